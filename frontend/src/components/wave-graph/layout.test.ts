import { describe, expect, it } from "vitest";
import { arrowsOf, columnsOf } from "./layout";

const wave = (waveNumber: number, ...dependsOnWaves: number[]) => ({ waveNumber, waveName: "", dependsOnWaves });

describe("the graph of waves", () => {
  // requirement: UX-08
  it("puts a wave after everything it waits for", () => {
    const waves = [wave(0), wave(1, 0), wave(2, 0), wave(3, 1, 2), wave(4, 0, 3)];
    expect([...columnsOf(waves, arrowsOf(waves)).values()]).toEqual([0, 1, 1, 2, 3]);
  });
  it("draws the order of the numbers where nobody names a dependency", () => {
    expect(arrowsOf([wave(5), wave(2), wave(9)])).toEqual([
      { from: 2, to: 5, isImplied: true },
      { from: 5, to: 9, isImplied: true },
    ]);
  });
  it("draws a cycle too, for it is what must be put right", () => {
    const waves = [wave(0, 1), wave(1, 0)];
    expect(columnsOf(waves, arrowsOf(waves)).size).toBe(2);
  });
});
