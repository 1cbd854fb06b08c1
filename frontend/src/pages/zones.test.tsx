import { screen, within } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { answers, exampleOf } from "@/mocks/handlers";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

const ZONE = process.env.TZ;

/** Before and after the clocks of New York go forward, and in the two same hours when they go back. */
const SPRING = { startedAt: "2026-03-08T06:59:59.000Z", endedAt: "2026-03-08T07:00:01.000Z" };
const AUTUMN = { startedAt: "2026-11-01T05:30:00.000Z", endedAt: "2026-11-01T06:30:00.000Z" };

interface Reader {
  readonly zone: string;
  readonly when: string;
  readonly times: { readonly startedAt: string; readonly endedAt: string };
  readonly shown: readonly string[];
  readonly took: string;
}

const READERS: readonly Reader[] = [
  {
    zone: "America/New_York",
    when: "clocks go forward",
    times: SPRING,
    shown: ["2026-03-08 01:59:59 GMT-5", "2026-03-08 03:00:01 GMT-4"],
    took: "2 s",
  },
  {
    zone: "America/New_York",
    when: "clocks go back",
    times: AUTUMN,
    shown: ["2026-11-01 01:30:00 GMT-4", "2026-11-01 01:30:00 GMT-5"],
    took: "1 h",
  },
  {
    zone: "Asia/Kolkata",
    when: "they stay",
    times: SPRING,
    shown: ["2026-03-08 12:29:59 GMT+5:30", "2026-03-08 12:30:01 GMT+5:30"],
    took: "2 s",
  },
];

afterEach(() => {
  process.env.TZ = ZONE;
});

describe("times", () => {
  it.each(READERS)("are those of $zone when $when, and UTC when pointed at", async ({ zone, times, shown, took }) => {
    process.env.TZ = zone;
    server.use(
      answers("list_executions", (request) => {
        const isActive = new URL(request.url).searchParams.has("status");
        return { items: isActive ? [] : exampleOf("list_executions").items.map((each) => ({ ...each, ...times })) };
      }),
    );
    await renderConsole("/executions");

    const table = within(await screen.findByRole("grid", { name: "Executions" }));
    const [started, ended] = shown;
    expect(await table.findByText(started ?? "")).toHaveAttribute(
      "title",
      `${times.startedAt.slice(0, 10)} ${times.startedAt.slice(11, 19)} UTC`,
    );
    expect(table.getByText(ended ?? "")).toHaveAttribute("datetime", times.endedAt);
    expect(table.getByText(took)).toBeVisible();
  });
  it.each([
    ["America/New_York", "2025/01/15", "12:00:00", "2025-01-15T17:00:00.000Z"],
    ["America/New_York", "2025/07/15", "12:00:00", "2025-07-15T16:00:00.000Z"],
    ["Asia/Kolkata", "2025/07/15", "12:00:00", "2025-07-15T06:30:00.000Z"],
  ])("typed in %s on %s at %s are that instant", async (zone, day, time, instant) => {
    process.env.TZ = zone;
    const asked: (string | null)[] = [];
    server.use(
      answers("preflight_recovery_plan", (request) => {
        asked.push(new URL(request.url).searchParams.get("pointInTime"));
        return { ...exampleOf("preflight_recovery_plan"), findings: [] };
      }),
    );
    const { user } = await renderConsole("/recovery-plans/plan-1/start?type=DRILL");
    await user.click(await screen.findByRole("radio", { name: /^A point in time/ }));

    await user.type(screen.getByLabelText("Day"), day);
    await user.type(screen.getByLabelText("Time"), time);
    await user.click(screen.getByRole("button", { name: "Check for this point in time" }));

    const words = `${instant.slice(0, 10)} ${instant.slice(11, 19)} UTC`;
    expect(await screen.findByText(`Checked for ${words}.`)).toBeVisible();
    expect(asked.at(-1)).toBe(instant);
  });
});
