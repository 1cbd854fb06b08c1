import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { openBrowser, WatchedPage } from "./browser.ts";
import { ExecutionPage } from "./pages/execution.ts";
import { SignInPage } from "./pages/sign-in.ts";

const system = inject("system");
const API = system.environment.API_ENDPOINT ?? "";
const PATIENCE = { timeout: 180_000 };

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => browser.close());

/** Calls the API as the person who is signed in on the page, but elsewhere than in it. */
async function caller(page: Page) {
  const request = await page.waitForRequest((each) => each.headers().authorization !== undefined);
  const { authorization = "" } = request.headers();
  return async (path: string, body?: object): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${API}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const said = (await answer.json()) as Record<string, unknown>;
    if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(said)}`);
    return said;
  };
}

// requirement: UX-13, UX-30
it(
  "an administrator watches a drill, approves in the browser, sees what was done elsewhere, and terminates",
  { timeout: 600_000 },
  async () => {
    const watched = await WatchedPage.open(browser, system);
    const { page } = watched;
    page.setDefaultTimeout(PATIENCE.timeout);
    const signIn = new SignInPage(page);
    await signIn.open(system.console);
    const calling = caller(page);
    await signIn.signIn("admin", system.passwords.admin ?? "");
    const call = await calling;
    const { items } = (await call("/recovery-plans")) as { items: { planId: string }[] };
    const started = await call("/executions", { planId: items[0]?.planId, executionType: "DRILL", reason: "e2e" });
    const executionId = String(started.executionId);

    const execution = new ExecutionPage(page);
    await execution.open(system.console, executionId);
    await execution.waves().nth(2).waitFor();
    expect(await execution.waves().count()).toBe(3);
    await watched.screenshot("execution-started");

    await page
      .getByText(/^Wave 1 .*: Launch/)
      .or(page.getByText("Launching").first())
      .first()
      .waitFor(PATIENCE);
    await watched.look("execution-running");

    const waits = page.getByRole("button", { name: "Approve", exact: true, disabled: false });
    await waits.waitFor(PATIENCE);
    await watched.look("execution-waits");

    // Paused and resumed elsewhere, it shows within 5 seconds, and all waves stay.
    await call(`/executions/${executionId}/pause`, { reason: "elsewhere" });
    const paused = page.getByText(/^The execution is paused: nothing is launched/);
    await paused.waitFor(PATIENCE);
    await call(`/executions/${executionId}/resume`, { scope: "all" });
    const resumedAt = Date.now();
    await paused.waitFor({ state: "hidden", ...PATIENCE });
    process.stdout.write(`resumed elsewhere: shown after ${Date.now() - resumedAt} ms\n`);
    expect(await execution.waves().count()).toBe(3);

    await execution.approve();
    while (!(await execution.terminate().isVisible())) {
      if ((await waits.count()) > 0) await execution.approve();
      await page.waitForTimeout(1_000);
    }
    expect((await call(`/executions/${executionId}`)).status).toBe("COMPLETED");
    await page.getByText("Completed", { exact: true }).first().waitFor(PATIENCE);
    await page.getByRole("button", { name: "Timeline" }).click();
    await watched.look("execution-completed");

    await execution.terminateAll(async () => {
      await watched.expectAccessible();
      await watched.screenshot("execution-terminate-dialog");
    });
    await page.getByRole("heading", { name: "Termination of the instances" }).waitFor();

    await page.getByRole("link", { name: "Report" }).click();
    await page.getByRole("heading", { name: "Course of events" }).waitFor();
    await page.getByRole("button", { name: "Print" }).waitFor();
    await watched.expectAccessible();
    await watched.screenshot("execution-report");
    await watched.close();
  },
);
