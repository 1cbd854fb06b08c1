import { describe, expect, it } from "vitest";
import { DIAMOND } from "@/mocks/worlds/recovery-plans";
import { withDependency, withNewWave, withoutWave, withWave, withWaveMoved } from "./changes";
import { draftOf, newPlanOf } from "./draft";
import { cycleOf, problemsOf } from "./rules";

const DRAFT = draftOf(DIAMOND);

describe("a draft", () => {
  it("of a stored plan is well, and says the same again", () => {
    expect(problemsOf(DRAFT)).toEqual([]);
    const sent = JSON.stringify(newPlanOf(DRAFT), (_, value: unknown) => value ?? undefined);
    expect(draftOf({ ...DIAMOND, ...(JSON.parse(sent) as typeof DIAMOND) })).toEqual(DRAFT);
  });
  it("tells of a cycle at every wave of it", () => {
    const round = withDependency(DRAFT, 3, 0, true);
    expect(cycleOf(round.waves)).toHaveLength(4);
    const fields = problemsOf(round).map(({ field }) => field);
    expect(fields).toContain("waves[0].dependsOnWaves");
    expect(fields).toContain("waves[3].dependsOnWaves");
  });
  it("tells of a group in two waves, and of a wave without one", () => {
    const twice = withWave(withWave(DRAFT, 1, { protectionGroupIds: ["group-0"] }), 2, { protectionGroupIds: [] });
    expect(problemsOf(twice)).toEqual([
      { field: "waves[2].protectionGroupIds", reason: "A wave needs a group." },
      { field: "waves[1].protectionGroupIds", reason: "A group of it is also in wave 1." },
    ]);
  });
  it("lets nobody wait for a wave that was removed", () => {
    expect(withoutWave(DRAFT, 1).waves.at(-1)?.dependsOnWaves).toEqual([2]);
  });
  it("gives a new wave a number that none has", () => {
    expect(withNewWave(DRAFT).waves.at(-1)?.waveNumber).toBe(4);
  });
  it("keeps who waits for whom when waves change places", () => {
    const moved = withWaveMoved(DRAFT, 2, 1).waves;
    expect(moved.map(({ waveName }) => waveName)).toEqual(["Data", "Applications", "Front", "Search"]);
    expect(moved[2]?.dependsOnWaves).toEqual([1, 3]);
  });
});
