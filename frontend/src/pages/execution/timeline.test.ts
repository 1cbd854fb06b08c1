import { describe, expect, it } from "vitest";
import { EXECUTIONS, minute, type PlayedExecution } from "@/mocks/executions";
import { timelineOf } from "./timeline";
import { layersOf, mostUrgentWave, placesWords } from "./waves";

function at(number: number): Date {
  return new Date(minute(number));
}

function waves(id: string): PlayedExecution["waves"] {
  return EXECUTIONS[id]?.waves ?? [];
}

describe("a timeline", () => {
  it("of an ended execution names the chain that made it as long as it was", () => {
    const { criticalPath, length, now, bars } = timelineOf(waves("exec-completed"), at(0), at(47), true);
    expect(criticalPath.map(({ waveName }) => waveName)).toEqual(["Databases", "Application", "Web"]);
    expect([length, now]).toEqual([47 * 60, undefined]);
    expect(bars[1]).toMatchObject({ from: 19 * 60, to: 34 * 60, isExpected: false });
  });
  it("shows what is still to come after what it waits for, as long as those before took", () => {
    const { bars, now } = timelineOf(waves("exec-waits"), at(0), at(20), false);
    const [databases, application, , web] = bars;
    expect(now).toBe(20 * 60);
    expect(databases?.isExpected).toBe(false);
    expect(application).toMatchObject({ from: 20 * 60, to: 34 * 60, isExpected: true });
    expect(web).toMatchObject({ from: 34 * 60, to: 48 * 60, isExpected: true, isCritical: true });
  });
  it("lets what runs end no sooner than now", () => {
    const { bars } = timelineOf(waves("exec-runs"), at(0), at(50), false);
    expect(bars[1]).toMatchObject({ from: 19 * 60, to: 50 * 60 });
  });
  it("has no bar for a wave that never began", () => {
    const { bars } = timelineOf(waves("exec-failed"), at(0), at(31), true);
    expect(bars.map(({ wave }) => wave.waveNumber)).toEqual([0, 1, 2]);
  });
  it("of an execution that is about to start has all its waves", () => {
    const { bars, criticalPath } = timelineOf(waves("exec-preparing"), at(0), at(0), false);
    expect(bars).toHaveLength(4);
    expect(criticalPath).toHaveLength(3);
  });
});

describe("the waves", () => {
  it("stand behind what they wait for", () => {
    expect([...layersOf(waves("exec-runs"))]).toEqual([
      [0, 0],
      [1, 1],
      [2, 1],
      [3, 2],
    ]);
  });
  it("are looked at where a person is needed", () => {
    expect(mostUrgentWave(waves("exec-waits"))?.waveNumber).toBe(1);
    expect(mostUrgentWave(waves("exec-runs"))?.waveNumber).toBe(1);
    expect(mostUrgentWave(waves("exec-preparing"))?.waveNumber).toBe(0);
    expect(mostUrgentWave([])).toBeUndefined();
  });
  it("tell their places by account", () => {
    const place = (accountId: string, region: string) => ({ accountId, region });
    expect(placesWords([place("1", "b"), place("1", "a"), place("2", "a"), place("1", "b")])).toBe(
      "accounts 1 (a and b) and 2 (a)",
    );
  });
});
