import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { openBrowser, WatchedPage } from "./browser.ts";
import { ExecutionPage } from "./pages/execution.ts";
import { SignInPage } from "./pages/sign-in.ts";
import { chooseByArrows, navigationLink, signedIn, tabTo } from "./person.ts";
import { serve, type Served, type SystemFacts } from "./system.ts";
import { Terminal } from "./terminal.ts";

const HERE = { account: "111122223333", server: "s-4444444444444db01", hostname: "orders-db", tag: "orders-web" };
const THERE = { account: "444455556666", server: "s-5555555555555db01", hostname: "orders-db-2" };

const system = inject("system");

let browser: Browser;
let second: Promise<Served>;

beforeAll(async () => {
  browser = await openBrowser();
  second = serve(process.env.SERVED_SECOND);
  await protect(system, HERE.account, [
    server(HERE.hostname, { sourceServerId: HERE.server }),
    server(HERE.tag, { tags: { Tier: HERE.tag } }),
  ]);
});

afterAll(async () => {
  await browser.close();
  await (await second).end();
});

/** A server of a data centre, as the simulator is told of it. */
function server(hostname: string, more: object): { readonly hostname: string } {
  return { hostname, ...more };
}

/** Has DRS replicate more servers, unless it does: a system that is used again has them. */
async function protect(
  where: SystemFacts,
  account: string,
  servers: readonly { readonly hostname: string }[],
): Promise<void> {
  const simulator = `${where.environment.AWS_ENDPOINT_URL_DRS ?? ""}/_simulator`;
  const known = await (await fetch(`${simulator}/state`)).text();
  if (servers.every(({ hostname }) => known.includes(`"${hostname}"`))) return;
  const answer = await fetch(`${simulator}/servers`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ regions: [{ account, region: "us-west-2", servers }] }),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

/** An administrator who was never here, and has a password for one sign-in only. */
async function newcomer(name: string): Promise<string> {
  const terminal = new Terminal(system);
  const pool = ["--user-pool-id", system.environment.USER_POOL_ID ?? "", "--username", name];
  const password = "Dr0-Temporary-1";
  await terminal.aws("cognito-idp", "admin-create-user", ...pool, "--temporary-password", password);
  await terminal.aws("cognito-idp", "admin-add-user-to-group", ...pool, "--group-name", "DRSOrchestrationAdmin");
  return password;
}

/** Fills in what names a group and where it is, with the keyboard alone. */
async function nameGroup(page: Page, name: string): Promise<void> {
  await page.getByRole("heading", { level: 1, name: "Create protection group" }).waitFor();
  await tabTo(page, /^Name/);
  await page.keyboard.type(name);
  await tabTo(page, /^(Account|Choose an account)/);
  await chooseByArrows(page, /Databases/);
  await page.keyboard.press("Shift+Tab");
  for (let tabs = 0; tabs < 10; tabs += 1) {
    await page.keyboard.press("Shift+Tab");
    if (await page.evaluate(() => document.activeElement?.getAttribute("role") === "tab")) break;
  }
  await page.keyboard.press("ArrowRight");
  await page.getByRole("radio", { name: /^By list/ }).waitFor();
}

/** Presses the button of this name, with the keyboard alone. */
async function press(page: Page, name: RegExp): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press("Enter");
}

// requirement: UX-08
it("a newcomer makes groups and a diamond by keyboard, drills it, and takes it to another system", async () => {
  const password = await newcomer("newcomer");
  const watched = await WatchedPage.open(browser, system);
  const { page } = watched;
  page.setDefaultTimeout(120_000);
  const signIn = new SignInPage(page);
  await signIn.open(`${system.console}/protection-groups`);
  await signIn.signIn("newcomer", password);
  await page.getByLabel("New password").waitFor();
  await watched.screenshot("new-password");
  await page.keyboard.type("My-own-passw0rd");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "DatabaseServersWaveGroup" }).waitFor();

  await press(page, /^Create protection group/);
  await nameGroup(page, "OrdersData");
  await tabTo(page, /^Host name contains/);
  await page.keyboard.type(HERE.hostname);
  await page
    .getByRole("row", { name: /^(?!.*db00)/ })
    .nth(1)
    .waitFor();
  await page.getByRole("row", { name: /db001/ }).waitFor({ state: "hidden" });
  await tabTo(page, /^Choose all servers of this page/);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.getByText("(1 chosen)").waitFor();
  await watched.screenshot("group-by-list");
  await press(page, /^Create protection group/);
  await page.getByRole("heading", { level: 1, name: "OrdersData" }).waitFor();

  await visit(page, "Protection groups");
  await page.getByRole("link", { name: "OrdersData" }).waitFor();
  await press(page, /^Create protection group/);
  await nameGroup(page, "OrdersWeb");
  await tabTo(page, /^By list/);
  await page.keyboard.press("ArrowDown");
  await press(page, /^Add tag/);
  await tabTo(page, /^Key of tag 1/);
  await page.keyboard.type("Tier");
  await tabTo(page, /^Value of tag 1/);
  await page.keyboard.type(HERE.tag);
  await page.getByText("1 server would be taken now.").waitFor();
  await watched.screenshot("group-by-tags");
  await press(page, /^Create protection group/);
  await page.getByRole("heading", { level: 1, name: "OrdersWeb" }).waitFor();

  await makeDiamond(page);
  await watched.screenshot("diamond");
  const exported = await exportPlan(page);
  await drill(page, watched);
  await watched.close();
  await importElsewhere(exported);
});

/** Opens a page of the navigation, with the keyboard alone. */
async function visit(page: Page, name: string): Promise<void> {
  await navigationLink(page, name).waitFor();
  await press(page, new RegExp(`^${name}$`));
}

interface WaveToMake {
  readonly name: string;
  readonly group: RegExp;
  readonly after: readonly RegExp[];
  readonly pauses?: boolean;
}

const WAVES: readonly WaveToMake[] = [
  { name: "Data", group: /^OrdersData/, after: [] },
  { name: "Databases", group: /^DatabaseServersWaveGroup/, after: [/^1\./] },
  { name: "Reports", group: /^WebServersWaveGroup/, after: [/^1\./] },
  { name: "Front", group: /^OrdersWeb/, after: [/^2\./, /^3\./], pauses: true },
];

/** A plan of four waves, of which the last one waits for the two that wait for the first; with the keyboard alone. */
async function makeDiamond(page: Page): Promise<void> {
  await visit(page, "Recovery plans");
  await page.getByRole("link", { name: "3TierFullStackRecoveryPlan" }).waitFor();
  await press(page, /^Create recovery plan/);
  await page.getByRole("heading", { level: 1, name: "Create recovery plan" }).waitFor();
  await tabTo(page, /^Name/);
  await page.keyboard.type("Orders");
  for (const [number, { name, group, after, pauses }] of WAVES.entries()) {
    if (number > 0) {
      for (let tabs = 0; tabs < 60; tabs += 1) {
        if (await page.evaluate(() => document.activeElement?.textContent === "Add wave")) break;
        await page.keyboard.press("Shift+Tab");
      }
      await page.keyboard.press("Enter");
    } else await tabTo(page, /^Name of the wave/);
    await page.getByRole("tab", { name: `${number + 1}. (no name yet)`, selected: true }).waitFor();
    await page.keyboard.type(name);
    await tabTo(page, /Protection groups/);
    await chooseByArrows(page, group);
    await page.keyboard.press("Escape");
    for (const other of after) {
      await tabTo(page, /Waits for/);
      await chooseByArrows(page, other);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Shift+Tab");
    }
    if (pauses !== true) continue;
    await tabTo(page, /^Pause before this wave/);
    await page.keyboard.press("Space");
  }
  await press(page, /^Create recovery plan/);
  await page.getByRole("heading", { level: 1, name: "Orders" }).waitFor();
  await page.getByLabel("Order of the waves").getByText("Front").first().waitFor();
}

/** The document of the plan and its groups, as the browser saves it. */
async function exportPlan(page: Page): Promise<string> {
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export", exact: true }).click();
  const document = readFileSync(await (await saved).path(), "utf8");
  const { protectionGroups, recoveryPlans } = JSON.parse(document) as {
    protectionGroups: { groupName: string }[];
    recoveryPlans: { waves: { dependsOnWaves: number[] }[] }[];
  };
  expect(protectionGroups.map(({ groupName }) => groupName)).toContain("OrdersData");
  expect(recoveryPlans.map(({ waves }) => waves.map(({ dependsOnWaves }) => dependsOnWaves))).toEqual([
    [[], [0], [0], [1, 2]],
  ]);
  return document;
}

/** A drill from its preflight until nothing of it is left. */
async function drill(page: Page, watched: WatchedPage): Promise<void> {
  await page.getByRole("button", { name: "Run drill" }).click();
  await page.getByRole("button", { name: "Start drill of 6 servers", disabled: false }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Start drill of 6 servers" }).click();
  const execution = new ExecutionPage(page);
  await execution.waves().nth(3).waitFor();
  const startedAt = Date.now();
  await page.getByRole("button", { name: "Approve", exact: true, disabled: false }).waitFor({ timeout: 240_000 });
  await watched.screenshot("diamond-waits");
  await execution.approve();
  await execution.terminate().waitFor({ timeout: 240_000 });
  await page.getByText("Completed", { exact: true }).first().waitFor();
  process.stdout.write(`the drill of the diamond: watched for ${Math.round((Date.now() - startedAt) / 1000)} s\n`);
  await watched.screenshot("diamond-completed");
  await execution.terminateAll(async () => {
    await page.getByRole("dialog").getByRole("button", { name: "Terminate 6 instances" }).waitFor();
  });
}

/** Imports the document into a second system, in which a server and its account are others. */
async function importElsewhere(document: string): Promise<void> {
  const elsewhere = (await second).facts;
  await protect(elsewhere, THERE.account, [server(THERE.hostname, { sourceServerId: THERE.server })]);
  const watched = await signedIn(browser, elsewhere, "admin", "/settings");
  const { page } = watched;
  const json = (name: string, content: string) => ({
    name,
    mimeType: "application/json",
    buffer: Buffer.from(content),
  });
  const mappings = { accounts: { OrdersData: THERE.account }, servers: { [HERE.server]: THERE.server } };
  await page.getByLabel("Choose a document").setInputFiles(json("orders.json", document));
  await page.getByText(/^orders.json: 4 groups, 1 plan/).waitFor();
  await page.getByLabel("Take the mappings from a file").setInputFiles(json("mappings.json", JSON.stringify(mappings)));
  await page.getByRole("button", { name: "Dry run" }).click();
  await page.getByText("3 would be created", { exact: false }).first().waitFor();
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Import \d/ })
    .click();
  await page.getByText("What was imported").waitFor();
  await watched.screenshot("imported-elsewhere");

  await navigationLink(page, "Protection groups").click();
  await page.getByRole("link", { name: "OrdersData" }).click();
  await page.getByRole("heading", { level: 1, name: "OrdersData" }).waitFor();
  await page.getByText(THERE.hostname, { exact: true }).first().waitFor();
  await page.getByText(THERE.account).first().waitFor();
  await navigationLink(page, "Recovery plans").click();
  await page.getByRole("link", { name: "Orders", exact: true }).click();
  await page.getByLabel("Order of the waves").getByText("Front").first().waitFor();
  await watched.close();
}
