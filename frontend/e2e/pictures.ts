import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, inject, it } from "vitest";
import { openBrowser } from "./browser.ts";
import { ExecutionPage } from "./pages/execution.ts";
import { SignInPage } from "./pages/sign-in.ts";

const PICTURES = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const QUALITY = 70;
const SIZE = { width: 1280, height: 1100 };

const system = inject("system");

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => browser.close());

/** Keeps what is seen now, small enough for a repository, without the notifications of what was just done. */
async function picture(page: Page, name: string): Promise<void> {
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.mouse.move(0, 0);
  await page.waitForTimeout(1_000); // what fades in is there
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
  await session.detach();
  mkdirSync(PICTURES, { recursive: true });
  writeFileSync(`${PICTURES}${name}.webp`, Buffer.from(data, "base64"));
}

/** The sample's plan as a drill in the browser, and the question before a recovery. */
it("makes the pictures of the documents", async () => {
  const page = await browser.newPage({ viewport: SIZE });
  page.setDefaultTimeout(400_000);
  const signIn = new SignInPage(page);
  await signIn.open(system.console);
  await signIn.signIn("recovery-manager", system.passwords["recovery-manager"] ?? "");

  await page.getByRole("link", { name: "Recovery plans" }).click();
  const plan = await page.getByRole("link", { name: "3TierFullStackRecoveryPlan" }).getAttribute("href");
  await page.goto(`${system.console}${plan ?? ""}/start?type=RECOVERY`);
  await page.getByRole("button", { name: "Start recovery of 6 servers", disabled: false }).click();
  await page.getByRole("dialog").waitFor();
  await picture(page, "start-of-a-recovery");

  await page.goto(`${system.console}${plan ?? ""}/start?type=DRILL`);
  await page.getByRole("button", { name: "Start drill of 6 servers", disabled: false }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Start drill of 6 servers" }).click();
  await page.getByRole("heading", { name: "How it stands" }).waitFor();

  const execution = new ExecutionPage(page);
  const waits = page.getByRole("button", { name: "Approve", exact: true, disabled: false });
  await waits.waitFor();
  await page.reload();
  await waits.waitFor();
  await execution.waves().nth(2).waitFor();
  await picture(page, "execution-at-a-gate");
  await execution.approve();
  await waits.waitFor({ state: "hidden" });
  await waits.waitFor();
  await execution.approve();
  await execution.terminate().waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Timeline" }).click();
  await picture(page, "execution-completed");
});
