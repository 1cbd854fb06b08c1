import { describe, expect, it } from "vitest";
import { IDLE_MILLISECONDS, idleState, WARNING_MILLISECONDS } from "./idle-clock";

const NOON = Date.UTC(2026, 0, 29, 12);

describe("a session", () => {
  it("is active until two minutes before its end", () => {
    expect(idleState(NOON, NOON + IDLE_MILLISECONDS - WARNING_MILLISECONDS - 1)).toEqual({ kind: "active" });
  });
  // requirement: UX-21
  it("warns for the last two minutes", () => {
    const state = idleState(NOON, NOON + IDLE_MILLISECONDS - WARNING_MILLISECONDS);
    expect(state).toEqual({ kind: "warned", endsAt: NOON + IDLE_MILLISECONDS });
  });
  it("ends after 45 minutes", () => {
    expect(idleState(NOON, NOON + 45 * 60_000)).toEqual({ kind: "ended" });
  });
  it("has ended if nobody knows when the last input was", () => {
    expect(idleState(undefined, NOON)).toEqual({ kind: "ended" });
  });
  it("has ended if the last input is said to come", () => {
    expect(idleState(NOON + 2 * IDLE_MILLISECONDS, NOON)).toEqual({ kind: "ended" });
  });
});
