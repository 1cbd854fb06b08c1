import { act, fireEvent, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { IDLE_MILLISECONDS, lastInput, WARNING_MILLISECONDS } from "./idle-clock";
import { useIdle } from "./use-idle";

function watched() {
  lastInput.write(Date.now());
  const onEnd = vi.fn();
  return { ...renderHook(() => useIdle(true, onEnd)), onEnd };
}

function pass(milliseconds: number): void {
  act(() => {
    vi.advanceTimersByTime(milliseconds);
  });
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a session that is watched", () => {
  // requirement: UX-21
  it("ends once after 45 minutes without input, and stays ended", () => {
    const { onEnd } = watched();
    pass(IDLE_MILLISECONDS - 1_000);
    expect(onEnd).not.toHaveBeenCalled();
    pass(IDLE_MILLISECONDS);
    expect(onEnd).toHaveBeenCalledOnce();
  });
  it("lasts as long as somebody types, and no longer", () => {
    const { onEnd } = watched();
    pass(40 * 60_000);
    fireEvent.keyDown(window, { key: "a" });
    pass(40 * 60_000);
    expect(onEnd).not.toHaveBeenCalled();
    pass(5 * 60_000);
    expect(onEnd).toHaveBeenCalledOnce();
  });
  it("is not kept by chance once a person is warned, but by saying so", () => {
    const { result, onEnd } = watched();
    pass(IDLE_MILLISECONDS - WARNING_MILLISECONDS);
    expect(result.current[0].kind).toBe("warned");
    fireEvent.keyDown(window, { key: "a" });
    expect(result.current[0].kind).toBe("warned");
    act(() => result.current[1]());
    expect(result.current[0].kind).toBe("active");
    pass(40 * 60_000);
    expect(onEnd).not.toHaveBeenCalled();
  });
});
