import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { openBrowser } from "./browser.ts";
import { ExecutionPage } from "./pages/execution.ts";
import { signedIn } from "./person.ts";
import { Terminal } from "./terminal.ts";

const SHOWN_MILLISECONDS = 5_000;
const ENDS = ["CANCELLED", "COMPLETED", "PARTIAL", "FAILED", "TIMEOUT"];

const system = inject("system");
const terminal = new Terminal(system);

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => browser.close());

// requirement: UX-20
it("a drill that is started, resumed and cancelled in a terminal shows by itself on a page that is open", async () => {
  const { planId, planName } = await terminal.firstPlan();
  const watched = await signedIn(browser, system, "recovery-manager", "/executions");
  const { page } = watched;
  await page.getByRole("link", { name: planName }).first().waitFor();
  await page.evaluate(() => Object.assign(window, { openedOnce: true }));

  const startedAt = Date.now();
  const executionId = await terminal.startDrill(planId);
  const link = page.locator(`a[href="/executions/${executionId}"]`).first();
  await link.waitFor();
  process.stdout.write(`started in a terminal: in the list ${Date.now() - startedAt} ms after the command began\n`);

  await link.click();
  const execution = new ExecutionPage(page);
  await execution.waves().nth(2).waitFor();
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Pause \d+ servers$/ })
    .click();
  const paused = page.getByText(/^The execution is paused: nothing is launched/);
  await paused.waitFor();
  expect(await execution.waves().count()).toBe(3);

  await terminal.operation("execution-handler", "resume_execution", { executionId, scope: "all" });
  const resumedAt = Date.now();
  await paused.waitFor({ state: "hidden" });
  const resumed = Date.now() - resumedAt;
  process.stdout.write(`resumed in a terminal: shown after ${resumed} ms\n`);
  expect(resumed).toBeLessThanOrEqual(SHOWN_MILLISECONDS);
  expect(await execution.waves().count()).toBe(3);

  await terminal.operation("execution-handler", "cancel_execution", { executionId, reason: "seen enough" });
  await page.getByText("Cancelled", { exact: true }).first().waitFor();
  expect(await execution.waves().count()).toBe(3);
  expect(await page.evaluate(() => "openedOnce" in window)).toBe(true);

  await expect.poll(async () => ENDS.includes(await terminal.statusOf(executionId)), { timeout: 90_000 }).toBe(true);
  await execution.terminateAll();
  await expect.poll(async () => terminal.canDrill(planId), { timeout: 90_000, interval: 2_000 }).toBe(true);
  await watched.close();
});
