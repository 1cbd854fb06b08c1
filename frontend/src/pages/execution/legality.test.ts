import { describe, expect, it } from "vitest";
import { EXECUTIONS, type PlayedExecution } from "@/mocks/executions";
import {
  whyNotApprove,
  whyNotCancel,
  whyNotPause,
  whyNotResume,
  whyNotRetry,
  whyNotSkip,
  whyNotTerminate,
} from "./legality";

function played(id: string): PlayedExecution {
  const found = EXECUTIONS[id];
  if (found === undefined) throw new Error(`${id} is not played`);
  return found;
}

function wave(id: string, number: number) {
  const found = played(id).waves[number];
  if (found === undefined) throw new Error(`${id} has no wave ${number}`);
  return [played(id), found] as const;
}

const ENDED = ["exec-completed", "exec-ended", "exec-failed", "exec-cancelled", "exec-timeout"];
const ENDING = ["exec-cancelling", "exec-draining"];
const ALIVE = ["exec-runs", "exec-waits", "exec-paused", "exec-stuck"];

describe("what may be asked for", () => {
  it.each(["exec-preparing", ...ENDED, ...ENDING])("nothing but termination in %s", (id) => {
    const reasons = [whyNotPause(played(id)), whyNotResume(played(id)), whyNotCancel(played(id))];
    expect(reasons.filter((reason) => reason === undefined)).toEqual([]);
    expect(whyNotSkip(...wave(id, 3))).toBeDefined();
  });
  it.each(ALIVE)("cancelling in %s", (id) => {
    expect(whyNotCancel(played(id))).toBeUndefined();
  });
  it("termination once it has ended and launched something", () => {
    expect(ENDED.map((id) => whyNotTerminate(played(id)))).toEqual(ENDED.map(() => undefined));
    expect(whyNotTerminate(played("exec-runs"))).toMatch(/once the execution has ended/);
    expect(whyNotTerminate(played("exec-terminating"))).toMatch(/being terminated already/);
    expect(whyNotTerminate(played("exec-terminated"))).toMatch(/terminated already/);
  });
  it("a pause while something is left to start, and its end", () => {
    expect(whyNotPause(played("exec-runs"))).toBeUndefined();
    expect(whyNotPause(played("exec-paused"))).toMatch(/paused already/);
    expect(whyNotResume(played("exec-paused"))).toBeUndefined();
    expect(whyNotResume(played("exec-waits"))).toMatch(/not paused as a whole/);
    const { waves, ...rest } = played("exec-runs");
    const last = waves.map((each) => ({ ...each, status: "VALIDATING" as const }));
    expect(whyNotPause({ ...rest, waves: last })).toMatch(/Nothing is left to start/);
  });
  it("a retry of a wave that went wrong, and a skip of one that did not begin either", () => {
    expect(whyNotRetry(...wave("exec-stuck", 1))).toBeUndefined();
    expect(whyNotSkip(...wave("exec-stuck", 1))).toBeUndefined();
    expect(whyNotSkip(...wave("exec-stuck", 3))).toBeUndefined();
    expect(whyNotRetry(...wave("exec-stuck", 0))).toMatch(/cannot be retried as it is: Completed/);
    expect(whyNotSkip(...wave("exec-runs", 1))).toMatch(/cannot be skipped as it is: Launching/);
  });
  it("nothing about any wave once one went wrong that stops the plan", () => {
    const [stuck, failed] = wave("exec-stuck", 1);
    const stopped = { ...stuck, waves: stuck.waves.map((each) => ({ ...each, failurePolicy: "STOP" as const })) };
    expect(whyNotRetry(stopped, failed)).toMatch(/the plan says to stop then/);
  });
  // requirement: UX-13
  it("an approval at the gate, and ahead of it", () => {
    expect(whyNotApprove(...wave("exec-waits", 1))).toBeUndefined();
    expect(whyNotApprove(...wave("exec-paused", 1))).toBeUndefined();
    expect(whyNotApprove(...wave("exec-waits", 3))).toMatch(/does not wait for an approval/);
    expect(whyNotApprove(...wave("exec-runs", 1))).toMatch(/no gate left/);
  });
});
