import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { IDLE_MILLISECONDS, WARNING_MILLISECONDS } from "@/auth/idle-clock";
import { answers } from "@/mocks/handlers";
import ACCOUNTS from "@/mocks/worlds/accounts";
import EXECUTIONS from "@/mocks/worlds/execution";
import { openBrowser, type WatchedPage } from "./browser.ts";
import { ExecutionPage } from "./pages/execution.ts";
import { signedIn } from "./person.ts";
import { playWorld } from "./played-world.ts";
import { Terminal } from "./terminal.ts";

const system = inject("system");
const terminal = new Terminal(system);
const DATABASES = "111122223333";
const SERVER = "s-1111111111111db01";

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => browser.close());

interface Stop {
  readonly name: string;
  readonly path: string;
  /** The tab to be opened first. */
  readonly tab?: string;
  /** What is there once the page has its data. */
  readonly shows: (page: Page) => Locator;
  /** What a person comes for, which must be within reach on a desk and on a phone. */
  readonly reaches?: (page: Page) => Locator;
}

const button =
  (name: string | RegExp) =>
  (page: Page): Locator =>
    page.getByRole("button", { name, exact: true, disabled: false });
const link =
  (name: string) =>
  (page: Page): Locator =>
    page.getByRole("link", { name, exact: true });
const text =
  (words: string | RegExp) =>
  (page: Page): Locator =>
    page.getByText(words).first();

/** What the system has: of each kind one thing that has a page. */
async function things() {
  const { planId, planName } = await terminal.firstPlan();
  const groups = (await terminal.operation("query-handler", "list_protection_groups")) as {
    items: { groupId: string; groupName: string; sourceServerIds: string[] }[];
  };
  const executions = (await terminal.operation("query-handler", "list_executions", { status: "COMPLETED" })) as {
    items: { executionId: string }[];
  };
  const group = groups.items.find(({ sourceServerIds }) => sourceServerIds.includes(SERVER));
  const [execution] = executions.items;
  if (group === undefined || execution === undefined) throw new Error("the first drill has left nothing to look at");
  return { planId, planName, group, executionId: execution.executionId };
}

type Things = Awaited<ReturnType<typeof things>>;

/** Where groups and plans are made. */
function pagesOfPlans({ planId, planName, group }: Things): readonly Stop[] {
  const groupPath = `/protection-groups/${group.groupId}`;
  const planPath = `/recovery-plans/${planId}`;
  return [
    {
      name: "groups",
      path: "/protection-groups",
      shows: text(group.groupName),
      reaches: button("Create protection group"),
    },
    { name: "group", path: groupPath, shows: text("db001"), reaches: button("Edit") },
    { name: "group-configurations", path: groupPath, tab: "Server Configurations", shows: text("Give them settings") },
    { name: "group-editor", path: `${groupPath}/edit`, shows: text("Owner"), reaches: button("Save changes") },
    { name: "server", path: `${groupPath}/servers/${SERVER}`, shows: text("Settings"), reaches: button("Apply") },
    { name: "plans", path: "/recovery-plans", shows: text(planName), reaches: button("Create recovery plan") },
    { name: "plan", path: planPath, shows: text("Wave 1"), reaches: button("Run drill") },
    { name: "plan-editor", path: `${planPath}/edit`, shows: text("Waits for"), reaches: button("Save changes") },
    {
      name: "start",
      path: `${planPath}/start?type=RECOVERY`,
      shows: text("It can be started"),
      reaches: button(/^Start recovery of \d+ servers$/),
    },
  ];
}

/** Where one looks at what runs and has run, and at what it needs. */
function pagesOfRuns({ executionId }: Things): readonly Stop[] {
  return [
    { name: "dashboard", path: "/", shows: text(/^(Yes|No), \d+ servers/) },
    { name: "executions", path: "/executions", shows: text("Completed") },
    { name: "execution", path: `/executions/${executionId}`, shows: text("Event log"), reaches: link("Report") },
    {
      name: "report",
      path: `/executions/${executionId}/report`,
      shows: text("Course of events"),
      reaches: button("Print"),
    },
    { name: "accounts", path: "/accounts", shows: text("Databases"), reaches: button("Add target account") },
    { name: "account", path: `/accounts/${DATABASES}`, shows: text(/^Here: /), reaches: button("Edit") },
    { name: "account-jobs", path: `/accounts/${DATABASES}`, tab: "Jobs", shows: text(/^drsjob-/) },
    {
      name: "account-editor",
      path: `/accounts/${DATABASES}/edit`,
      shows: text("External id"),
      reaches: button("Save changes"),
    },
    { name: "settings", path: "/settings", shows: text("Mappings"), reaches: button("Export everything") },
    { name: "not-found", path: "/nowhere", shows: text("There is no page at this address.") },
  ];
}

// requirement: UX-29, UX-30
it.each([
  ["plans", pagesOfPlans],
  ["runs", pagesOfRuns],
])("the pages of %s are for everybody, light and dark, on a desk and on a phone", async (_, pagesOf) => {
  const pages = pagesOf(await things());
  const watched = await signedIn(browser, system, "admin", "/nowhere");
  const { page } = watched;
  await page.getByText("There is no page at this address.").waitFor();
  for (const { name, path, tab, shows, reaches } of pages) {
    await page.goto(`${system.console}${path}`);
    if (tab !== undefined) await page.getByRole("tab", { name: tab }).click();
    await shows(page).waitFor();
    await page.waitForLoadState("networkidle");
    await watched.look(`page-${name}`, reaches?.(page));
  }
  process.stdout.write(`${pages.length} pages: axe found nothing, nothing is wider than its screen\n`);
  await watched.close();
});

/** Looks at the dialog that is open, and closes it. */
async function lookAtDialog(watched: WatchedPage, name: string): Promise<void> {
  const { page } = watched;
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await watched.look(`dialog-${name}`, dialog.getByRole("button").first());
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
}

// requirement: UX-30
it("every dialog about groups, plans and executions is for everybody", async () => {
  const { planId, group } = await things();
  const watched = await signedIn(browser, system, "admin", "/protection-groups");
  const { page } = watched;
  await page.getByRole("button", { name: "Preferences" }).click();
  await lookAtDialog(watched, "preferences");

  await page.goto(`${system.console}/protection-groups/${group.groupId}`);
  await page.getByRole("button", { name: "Apply launch settings", disabled: false }).click();
  await lookAtDialog(watched, "apply");

  await page.goto(`${system.console}/protection-groups/${group.groupId}/edit`);
  await page.getByLabel("Owner").fill("Somebody");
  await page.getByRole("link", { name: "Executions" }).click();
  await lookAtDialog(watched, "unsaved");

  await page.goto(`${system.console}/recovery-plans/${planId}`);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await lookAtDialog(watched, "delete-plan");

  await page.goto(`${system.console}/executions?status=COMPLETED`);
  await page
    .getByRole("checkbox", { name: /^Choose 3Tier/ })
    .first()
    .check();
  await page.getByRole("button", { name: "Delete", exact: true, disabled: false }).click();
  await lookAtDialog(watched, "delete-executions");

  for (const type of ["DRILL", "RECOVERY"]) {
    await page.goto(`${system.console}/recovery-plans/${planId}/start?type=${type}`);
    await page.getByRole("button", { name: /^Start \w+ of \d+ servers$/, disabled: false }).click();
    await lookAtDialog(watched, `start-${type.toLowerCase()}`);
  }
  await watched.close();
});

/** Dialogs that are opened only by what this system does not have now: a wave that went wrong, a group of no plan, and so on. */
const PLAYED: readonly {
  readonly name: string;
  readonly path: string;
  readonly tab?: string;
  readonly opens: string | RegExp;
}[] = [
  { name: "delete-group", path: "/protection-groups/an-id", opens: "Delete" },
  { name: "apply-server", path: "/protection-groups/an-id/servers/an-id", opens: "Apply" },
  { name: "remove-settings", path: "/protection-groups/an-id/servers/an-id", opens: "Remove its settings" },
  { name: "retry", path: "/executions/exec-stuck", opens: "Retry" },
  { name: "go-on-without", path: "/executions/exec-stuck", opens: "Go on without what failed" },
  { name: "resume", path: "/executions/exec-paused", opens: "Resume" },
  { name: "remove-account", path: `/accounts/${DATABASES}`, opens: "Remove" },
  { name: "extend-servers", path: `/accounts/${DATABASES}`, tab: "Staging accounts", opens: "Extend their servers" },
  { name: "remove-staging", path: `/accounts/${DATABASES}`, tab: "Staging accounts", opens: /^Remove staging account/ },
];

// requirement: UX-30
it("every dialog about what went wrong, is taken away or is extended is for everybody", async () => {
  const watched = await signedIn(browser, system, "admin", "/nowhere");
  const { page } = watched;
  await page.getByText("There is no page at this address.").waitFor();
  await playWorld(page, system, [answers("list_recovery_plans", { items: [] }), ...EXECUTIONS, ...ACCOUNTS]);
  for (const { name, path, tab, opens } of PLAYED) {
    await page.goto(`${system.console}${path}`);
    if (tab !== undefined) await page.getByRole("tab", { name: tab }).click();
    await page.getByRole("button", { name: opens, exact: true, disabled: false }).first().click();
    await lookAtDialog(watched, name);
  }
  await watched.close();
});

// requirement: UX-30
it("a session that ends, or has ended, is for everybody", async () => {
  const watched = await signedIn(browser, system, "admin", "/recovery-plans");
  const { page } = watched;
  await page.getByRole("button", { name: "Create recovery plan" }).waitFor();
  await page.evaluate(([key, ago]) => localStorage.setItem(key, String(Date.now() - ago)), [
    "drs-orchestration.last-input",
    IDLE_MILLISECONDS - WARNING_MILLISECONDS,
  ] as const);
  await page.getByRole("dialog", { name: "Are you still there?" }).waitFor();
  await lookAtDialog(watched, "idle");

  const refused = { error: "AUTHENTICATION_ERROR", message: "The token is too old.", details: {}, requestId: "played" };
  await page.route(`${system.environment.API_ENDPOINT ?? ""}/**`, async (route) =>
    route.fulfill({ status: 401, headers: { "access-control-allow-origin": system.console }, json: refused }),
  );
  await page.getByRole("link", { name: "Executions", exact: true }).first().click();
  await page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
  await lookAtDialog(watched, "sign-in-again");
  expect(watched.breaches.filter((breach) => !breach.includes("status of 401"))).toEqual([]);
  watched.breaches.length = 0; // the browser logs every answer 401 by itself
  await watched.close();
});

// requirement: UX-28, UX-30
it("a drill that runs is for everybody, and a screen reader hears its waves", async () => {
  const { planId } = await terminal.firstPlan();
  const watched = await signedIn(browser, system, "recovery-manager", "/nowhere");
  const { page } = watched;
  await page.getByText("There is no page at this address.").waitFor();
  const executionId = await terminal.startDrill(planId);
  const execution = new ExecutionPage(page);
  await execution.open(system.console, executionId);
  await hear(page);
  await watched.look("run-started", page.getByRole("button", { name: "Pause", exact: true }));

  const approve = page.getByRole("button", { name: "Approve", exact: true, disabled: false });
  await approve.waitFor();
  await watched.look("run-waits", approve);
  for (const name of ["Pause", "Cancel", "Approve", "Skip the wave", "Reject"]) {
    await page.getByRole("button", { name, exact: true, disabled: false }).click();
    await lookAtDialog(watched, name.toLowerCase().replaceAll(" ", "-"));
  }
  await page.getByRole("button", { name: "Reject", exact: true }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Reject/ })
    .click();
  await execution.terminateAll(async () => watched.look("dialog-terminate"));
  await expect.poll(async () => terminal.canDrill(planId), { timeout: 90_000, interval: 2_000 }).toBe(true);

  const heard = await page.evaluate(() => (window as unknown as { heard: string[] }).heard);
  process.stdout.write(`heard: ${heard.join(" | ")}\n`);
  expect(heard.join(" ")).toMatch(/Wave 1.*: Completed\..*Wave 2.*: Waits for approval\./);
  expect(heard.join(" ")).toMatch(/The execution: Partly completed\./);
  await watched.close();
});

/** Keeps what the live region says from now on. */
async function hear(page: Page): Promise<void> {
  await page.evaluate(() => {
    const heard: string[] = [];
    const region = document.querySelector('.only-heard[aria-live="polite"]');
    if (region === null) throw new Error("the page has no live region");
    new MutationObserver(() => heard.push(region.textContent)).observe(region, {
      childList: true,
      subtree: true,
    });
    Object.assign(window, { heard });
  });
}
