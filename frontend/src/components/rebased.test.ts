import { describe, expect, it } from "vitest";
import { rebased } from "./rebased";

interface Thing {
  readonly name: string;
  readonly owner: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly ids: readonly string[];
  readonly waves: readonly { readonly waveNumber: number; readonly waveName: string; readonly pause?: boolean }[];
  readonly checks: readonly { readonly alarm: string }[];
}

const OLDER: Thing = {
  name: "Shop",
  owner: "",
  settings: { copyTags: true, licensing: { osByol: true } },
  ids: ["a", "b"],
  waves: [
    { waveNumber: 0, waveName: "Data" },
    { waveNumber: 1, waveName: "Front" },
  ],
  checks: [{ alarm: "one" }],
};

function put(mine: Partial<Thing>, newer: Partial<Thing>): Thing {
  return rebased({ ...OLDER, ...mine }, OLDER, { ...OLDER, ...newer });
}

describe("what was typed upon an older version", () => {
  it("is upon the newer one, beside what the other person saved", () => {
    expect(put({ name: "Mine" }, { owner: "Theirs" })).toEqual({ ...OLDER, name: "Mine", owner: "Theirs" });
  });
  it("holds where both changed the same", () => {
    expect(put({ name: "Mine" }, { name: "Theirs" }).name).toBe("Mine");
    expect(put({ checks: [{ alarm: "mine" }] }, { checks: [] }).checks).toEqual([{ alarm: "mine" }]);
  });
  it("is told field by field within a field, and what was taken away stays away", () => {
    const { settings } = put({ settings: { copyTags: true } }, { settings: { ...OLDER.settings, copyTags: false } });
    expect(settings).toEqual({ copyTags: false });
  });
  it("adds to a list of ids, and takes out of it, as both did", () => {
    expect(put({ ids: ["b", "mine"] }, { ids: ["a", "b", "theirs"] }).ids).toEqual(["b", "theirs", "mine"]);
  });
  it("is told wave by wave", () => {
    const [data, front] = OLDER.waves;
    const mine = [{ waveNumber: 0, waveName: "Mine" }, ...(front === undefined ? [] : [front])];
    const theirs = [...(data === undefined ? [] : [{ ...data, pause: true }]), { waveNumber: 2, waveName: "Theirs" }];
    expect(put({ waves: mine }, { waves: theirs }).waves).toEqual([
      { waveNumber: 0, waveName: "Mine", pause: true },
      { waveNumber: 2, waveName: "Theirs" },
    ]);
  });
});
