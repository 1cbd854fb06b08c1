import { screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EXECUTIONS, type PlayedExecution } from "@/mocks/executions";
import { answers } from "@/mocks/handlers";
import world from "@/mocks/worlds/execution";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

let reads = 0;
let now = "exec-runs";

function played(): PlayedExecution {
  const found = EXECUTIONS[now];
  if (found === undefined) throw new Error(`${now} is not played`);
  return { ...found, executionId: "exec-runs" };
}

async function openWatched(): Promise<void> {
  reads = 0;
  server.use(...world);
  server.use(
    answers("get_execution", (request) => {
      if (new URL(request.url).searchParams.get("limit") === "1") reads += 1;
      return played();
    }),
  );
  await renderConsole("/executions/exec-runs?view=list");
  await screen.findByRole("heading", { level: 1, name: /of Shop/ });
}

beforeEach(() => vi.useFakeTimers({ shouldAdvanceTime: true }));
afterEach(() => vi.useRealTimers());

describe("an execution that is watched", () => {
  // requirement: UX-20, UX-28
  it("shows within 5 seconds what was done elsewhere, and has it read out", async () => {
    now = "exec-runs";
    await openWatched();
    now = "exec-paused";
    await vi.advanceTimersByTimeAsync(4_500);
    expect(await screen.findByText(/The execution is paused: nothing is launched/)).toBeVisible();
    expect(await screen.findByText(/The execution: Paused, waits for a decision\./)).toBeInTheDocument();
  });
  // requirement: UX-20
  it.each(["exec-completed", "exec-ended", "exec-failed", "exec-cancelled", "exec-timeout"])(
    "is read no more once it is %s, but for a last time",
    async (id) => {
      now = "exec-runs";
      await openWatched();
      now = id;
      await vi.advanceTimersByTimeAsync(4_500);
      await screen.findByText("Event log");
      await vi.advanceTimersByTimeAsync(2_000);
      const last = reads;
      await vi.advanceTimersByTimeAsync(120_000);
      expect(reads).toBe(last);
      expect(last).toBeLessThanOrEqual(4);
    },
  );
  it("is read on while its instances are being terminated", async () => {
    now = "exec-terminating";
    await openWatched();
    const before = reads;
    await vi.advanceTimersByTimeAsync(13_000);
    expect(reads).toBeGreaterThanOrEqual(before + 2);
  });
});
