import { act, cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answers } from "@/mocks/handlers";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";
import { IDLE_MILLISECONDS, lastInput, WARNING_MILLISECONDS } from "./idle-clock";

const PATH = "/protection-groups";
const HEADING = { level: 1, name: "Protection groups" };
const ENDED = "Your session ended after 45 minutes without input.";

/** How often the list was read. */
let polls = 0;

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  polls = 0;
  server.use(
    answers("list_protection_groups", () => {
      polls += 1;
      return { items: [] };
    }),
  );
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

async function pass(milliseconds: number): Promise<void> {
  await act(async () => {
    await vi.advanceTimersByTimeAsync(milliseconds);
  });
}

/** Time passes as for a machine that sleeps: nothing is done meanwhile. */
async function passAtOnce(milliseconds: number): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds - 2_000);
  await pass(2_000);
}

async function openList(): Promise<void> {
  await renderConsole(PATH);
  await screen.findByRole("heading", HEADING);
}

describe("a session without input", () => {
  it("ends after 45 minutes although the page goes on polling, and a reload does not bring it back", async () => {
    await openList();
    const atFirst = polls;

    await pass(IDLE_MILLISECONDS - WARNING_MILLISECONDS + 1_000);

    expect(await screen.findByRole("dialog", { name: "Are you still there?" })).toBeVisible();
    expect(polls).toBeGreaterThan(atFirst + 20);

    await pass(WARNING_MILLISECONDS);

    expect(await screen.findByText(ENDED)).toBeVisible();
    expect(screen.queryByRole("heading", HEADING)).toBeNull();
    const atLast = polls;
    await pass(60_000);
    expect(polls).toBe(atLast);

    cleanup();
    await reload();
    expect(await screen.findByLabelText("Password")).toBeVisible();
    expect(screen.queryByRole("heading", HEADING)).toBeNull();
  });
  it("is over also for whoever opens the page again only after it would have ended", async () => {
    await openList();
    cleanup();

    await passAtOnce(IDLE_MILLISECONDS);
    await reload();

    expect(await screen.findByText(ENDED)).toBeVisible();
  });
  it("goes on if there is input in another tab, which a reload remembers", async () => {
    await openList();
    await passAtOnce(40 * 60_000);

    lastInput.write(Date.now());
    await passAtOnce(40 * 60_000);

    expect(screen.getByRole("heading", HEADING)).toBeVisible();
    cleanup();
    await reload();
    expect(await screen.findByRole("heading", HEADING)).toBeVisible();
  });
  it("is not taken for one with input by a key that is pressed once the warning is shown", async () => {
    await openList();
    await passAtOnce(IDLE_MILLISECONDS - WARNING_MILLISECONDS + 1_000);

    fireEvent.keyDown(window, { key: "a" });
    await passAtOnce(WARNING_MILLISECONDS);

    expect(await screen.findByText(ENDED)).toBeVisible();
  });
});

/** The same browser opens the same address anew: what it stored is there, and nothing else. */
async function reload(): Promise<void> {
  await renderConsole(PATH, { isSignedIn: false });
}
