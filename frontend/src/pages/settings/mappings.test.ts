import { describe, expect, it } from "vitest";
import { identifiersOf, placesOf, readDocument } from "./configuration-document";
import { mappingsOf, NO_TEXTS, textsOf, withLinesFor } from "./mappings";
import sample from "../../../../examples/configuration/three-tier-sample.json";
import mappings from "../../../../examples/configuration/three-tier-mappings.json";

describe("mappings", () => {
  it("of the sample are the same after they were typed", () => {
    expect(mappingsOf(textsOf(mappings)).mappings).toEqual(mappings);
  });
  it("take what a spreadsheet gives, and names with = in them", () => {
    const { mappings: read, faults } = mappingsOf({ ...NO_TEXTS, servers: "s-1\ts-2\n\n", groups: "a=b = New" });
    expect(faults).toEqual({});
    expect(read).toMatchObject({ servers: { "s-1": "s-2" }, groups: { "a=b": "New" } });
  });
  it("name the line that is none, and one that maps a second time", () => {
    expect(mappingsOf({ ...NO_TEXTS, subnets: "subnet-1" }).faults.subnets).toMatch(/^Line 1 /);
    expect(mappingsOf({ ...NO_TEXTS, subnets: "a = b\na = c" }).faults.subnets).toMatch(/^Line 2 maps a/);
  });
  it("ask for every identifier once, and leave what is typed", () => {
    expect(withLinesFor("a = b\n", ["a", "c"])).toBe("a = b\nc = ");
    expect(mappingsOf({ ...NO_TEXTS, servers: "a = b\nc = " }).mappings.servers).toEqual({ a: "b" });
  });
});

describe("a document", () => {
  const read = readDocument(JSON.stringify(sample));
  it("tells everything that the sample's mappings map", () => {
    const found = identifiersOf(read);
    for (const [kind, pairs] of Object.entries(mappings)) {
      expect([...found[kind as keyof typeof found]].sort()).toEqual(Object.keys(pairs).sort());
    }
  });
  it("tells in which accounts its groups will be", () => {
    expect(placesOf(read, mappings.accounts)).toEqual(["111122223333 us-west-2", "444455556666 us-west-2"]);
    expect(placesOf(read, {})).toEqual(["the hub's account us-west-2"]);
  });
  it("brings its mappings, and leaves the options of a request out", () => {
    const { document, mappings: brought } = readDocument(
      JSON.stringify({ document: sample, mappings, dryRun: false, onConflict: "update" }),
    );
    expect(document).toEqual(sample);
    expect(brought?.accounts).toContain("DatabaseServersWaveGroup = 111122223333");
  });
});
