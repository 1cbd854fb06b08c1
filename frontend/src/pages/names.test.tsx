import { screen, waitFor } from "@testing-library/react";
import type { HttpHandler } from "msw";
import { beforeEach, expect, it } from "vitest";
import { EXECUTIONS } from "@/mocks/executions";
import { answers, exampleOf } from "@/mocks/handlers";
import EXECUTION from "@/mocks/worlds/execution";
import { DIAMOND, GROUPS } from "@/mocks/worlds/recovery-plans";
import { renderConsole } from "@/testing/render-console";
import { server } from "@/testing/server";

/** What a person may call a plan: 64 characters as people count them, or what a browser must not take for its own. */
const NAMES = [`${"🚀".repeat(32)}${"👩🏽‍🚒".repeat(32)}`, '<script>alert("1")</script> &lt;b&gt; ${planName} {{1}} &amp;'];

interface Place {
  readonly where: string;
  readonly path: string;
  /** What is pressed before the name is there. */
  readonly opens?: string | RegExp;
  /** What the window is called. */
  readonly title?: (name: string) => string;
}

const PLACES: readonly Place[] = [
  { where: "the list of plans", path: "/recovery-plans" },
  { where: "its own page", path: "/recovery-plans/a-plan", title: (name) => name },
  { where: "the question before it is deleted", path: "/recovery-plans/a-plan", opens: "Delete" },
  { where: "its editor", path: "/recovery-plans/a-plan/edit" },
  { where: "the page that starts it", path: "/recovery-plans/a-plan/start?type=DRILL" },
  { where: "the question before it is started", path: "/recovery-plans/a-plan/start?type=RECOVERY", opens: /^Start/ },
  { where: "the list of executions", path: "/executions" },
  { where: "its execution", path: "/executions/exec-named?view=list", title: (name) => `Drill of ${name}` },
  {
    where: "the question before its execution is cancelled",
    path: "/executions/exec-named?view=list",
    opens: "Cancel",
  },
  { where: "the printable report", path: "/executions/exec-named/report" },
  { where: "the plans that get mails", path: "/settings?tab=notifications" },
];

function worldOf(planName: string): readonly HttpHandler[] {
  const plan = { ...DIAMOND, planName };
  const [summary] = exampleOf("list_executions").items;
  const execution = EXECUTIONS["exec-runs"];
  if (execution === undefined || summary === undefined) throw new Error("no execution is played");
  return [
    answers("list_recovery_plans", { items: [plan] }),
    answers("get_recovery_plan", plan),
    answers("list_protection_groups", { items: GROUPS }),
    answers("preflight_recovery_plan", { ...exampleOf("preflight_recovery_plan"), planName, findings: [] }),
    answers("list_executions", { items: [{ ...summary, planName }] }),
    answers("get_execution", { ...execution, planName }),
    ...EXECUTION,
  ];
}

beforeEach(() => {
  document.title = "";
});

it.each(PLACES)("a plan is called as it is on $where, whatever that is", async ({ path, opens, title }) => {
  for (const planName of NAMES) {
    server.use(...worldOf(planName));
    const { user, unmount } = await renderConsole(path);
    if (opens !== undefined) {
      const button = await screen.findByRole("button", { name: opens });
      await waitFor(() => expect(button).not.toHaveAttribute("aria-disabled", "true"));
      await user.click(button);
    }

    await waitFor(() => expect(shownWords(opens !== undefined)).toContain(planName));
    if (title !== undefined) {
      await waitFor(() => expect(document.title).toBe(`${title(planName)} - DRS Orchestration`));
    }
    expect(document.querySelector("script")).toBeNull();
    unmount();
  }
});

/** All that is written, in fields too; or in the dialog alone. */
function shownWords(isDialog: boolean): string {
  const shown = isDialog ? document.querySelector("[role=dialog]") : document.body;
  const fields = [...(shown?.querySelectorAll("input") ?? [])].map(({ value }) => value);
  return [shown?.textContent, ...fields].join("\n");
}
