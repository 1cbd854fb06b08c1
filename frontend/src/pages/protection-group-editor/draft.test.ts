import { describe, expect, it } from "vitest";
import { exampleOf } from "@/mocks/handlers";
import { changes, draftOf, faults, EMPTY } from "./draft";

const tagged = exampleOf("get_protection_group");
const listed = { ...tagged, sourceServerIds: ["s-1111111111111db01"], serverSelectionTags: {} };

describe("the changes of a group", () => {
  it("are nothing but the version where nothing was typed", () => {
    expect(changes(draftOf(tagged), tagged)).toEqual({ version: tagged.version });
  });
  // requirement: UX-04
  it("name both ways to choose servers where one takes the place of the other", () => {
    const toTags = { ...draftOf(listed), by: "tags" as const, tags: [{ key: "Tier", value: "web" }] };
    expect(changes(toTags, listed)).toMatchObject({ sourceServerIds: null, serverSelectionTags: { Tier: "web" } });
    const toList = { ...draftOf(tagged), by: "list" as const, sourceServerIds: ["s-1111111111111db01"] };
    expect(changes(toList, tagged)).toMatchObject({
      sourceServerIds: ["s-1111111111111db01"],
      serverSelectionTags: {},
    });
  });
});

describe("a draft", () => {
  it("without name, place or servers is not sent", () => {
    expect(Object.keys(faults(EMPTY))).toEqual(["groupName", "accountId", "region", "servers"]);
  });
});
