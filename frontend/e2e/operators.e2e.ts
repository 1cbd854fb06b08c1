import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { openBrowser } from "./browser.ts";
import { signedIn } from "./person.ts";
import { Terminal } from "./terminal.ts";

const system = inject("system");
const terminal = new Terminal(system);
const DATABASES = "111122223333";
const ENDS = ["CANCELLED", "COMPLETED", "PARTIAL", "FAILED", "TIMEOUT"];

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => browser.close());

interface Group {
  readonly groupId: string;
  readonly groupName: string;
  readonly servers: readonly { readonly launchTemplate?: { readonly recoveryMode?: string } }[];
}

async function firstGroup(): Promise<Group> {
  const { items } = (await terminal.operation("query-handler", "list_protection_groups")) as { items: Group[] };
  const [group] = items;
  if (group === undefined) throw new Error("the system has no group");
  return group;
}

/** The recovery modes that the servers of a group have of their own. */
async function modesOf(groupId: string): Promise<(string | undefined)[]> {
  const { servers } = (await terminal.operation("query-handler", "get_protection_group", {
    groupId,
  })) as unknown as Group;
  return servers.map(({ launchTemplate }) => launchTemplate?.recoveryMode);
}

async function chooseBothServers(page: Page): Promise<void> {
  await page.getByRole("tab", { name: "Server Configurations" }).click();
  await page.getByRole("checkbox", { name: "Choose all servers of this page" }).check();
}

// requirement: UX-37
it("several servers are given a setting together, and have none of their own again", async () => {
  const { groupId } = await firstGroup();
  const watched = await signedIn(browser, system, "plan-manager", `/protection-groups/${groupId}`);
  const { page } = watched;
  await chooseBothServers(page);
  await page.getByRole("button", { name: /^Recovery mode/ }).click();
  await page.getByRole("option", { name: "Optimal" }).click();
  await page.getByRole("button", { name: "Save for 2 servers" }).click();
  await page.getByText("The settings of 2 servers are saved.").waitFor();
  expect(await modesOf(groupId)).toEqual(["OPTIMAL", "OPTIMAL"]);

  await chooseBothServers(page);
  await page.getByRole("radio", { name: /^Take all settings/ }).check();
  await page.getByRole("button", { name: "Save for 2 servers" }).click();
  await page.getByRole("button", { name: "Save for 0 servers" }).waitFor();
  expect((await modesOf(groupId)).filter((mode) => mode !== undefined)).toEqual([]);
  await watched.close();
});

// requirement: UX-39, UX-40
it("jobs of DRS are seen in their account, and before a start what the servers have already", async () => {
  const { planId } = await terminal.firstPlan();
  const watched = await signedIn(browser, system, "read-only", `/accounts/${DATABASES}`);
  const { page } = watched;
  await page.getByRole("tab", { name: "Jobs" }).click();
  const jobs = page.getByRole("grid", { name: "Jobs of DRS" });
  await jobs
    .getByText(/^drsjob-/)
    .first()
    .waitFor();
  await jobs
    .getByRole("link", { name: /^exec-/ })
    .first()
    .waitFor();

  await page.goto(`${system.console}/recovery-plans/${planId}/start?type=DRILL`);
  await page.getByText("No server of the plan has a recovery instance.").waitFor();
  await watched.close();
});

// requirement: UX-38
it("an execution that has ended is deleted from the list", async () => {
  const { planId } = await terminal.firstPlan();
  const executionId = await terminal.startDrill(planId);
  await terminal.operation("execution-handler", "cancel_execution", { executionId, reason: "to be deleted" });
  await expect.poll(async () => ENDS.includes(await terminal.statusOf(executionId)), { timeout: 180_000 }).toBe(true);
  const watched = await signedIn(browser, system, "admin", "/executions");
  const { page } = watched;
  const row = page.getByRole("row").filter({ has: page.locator(`a[href="/executions/${executionId}"]`) });
  await row.getByRole("checkbox").check();
  await page.getByRole("button", { name: "Delete", exact: true, disabled: false }).click();
  const dialog = page.getByRole("dialog", { name: "Delete 1 execution?" });
  await expect
    .poll(
      async () => {
        await dialog.getByRole("button", { name: "Delete 1 execution", disabled: false }).click();
        await dialog.getByText("It was not done").or(page.getByText("1 execution is deleted.")).first().waitFor();
        return page.getByText("1 execution is deleted.").isVisible();
      },
      // What has just ended may have a mail or a room in a quota still under way, which the refusal says.
      { timeout: 180_000, interval: 5_000 },
    )
    .toBe(true);
  await row.waitFor({ state: "hidden" });
  expect(watched.breaches.filter((breach) => !breach.includes("status of 409"))).toEqual([]);
  watched.breaches.length = 0; // the browser logs every answer 409 by itself
  await watched.close();
});
