import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { openBrowser, WatchedPage } from "./browser.ts";
import { SignInPage } from "./pages/sign-in.ts";

/** "Fast 3G" as the browser's own tools have it: bytes a second, and milliseconds before an answer begins. */
const FAST_3G = {
  offline: false,
  downloadThroughput: (1.6 * 1000 * 1000 * 0.9) / 8,
  uploadThroughput: (750 * 1000 * 0.9) / 8,
  latency: 150 * 3.75,
};
const PAINTED_MILLISECONDS = 2_000;
const SETTLED_MILLISECONDS = 1_500;
const DASHBOARD_BYTES = 420_000;

const system = inject("system");

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => browser.close());

// requirement: UX-31, UX-36
it("the sign-in page is painted within two seconds over Fast 3G, and nothing is asked of other origins", async () => {
  const watched = await WatchedPage.open(browser, system);
  const { page } = watched;
  const tools = await page.context().newCDPSession(page);
  await tools.send("Network.enable");
  await tools.send("Network.emulateNetworkConditions", FAST_3G);
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (document.querySelector("input[name=username]") === null) return;
      performance.mark("form");
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(system.console);
  await page.getByLabel("User name").waitFor();
  const painted = await page.evaluate(
    async (settled) =>
      new Promise<{ largest: number; form: number }>((resolve) => {
        const candidates: number[] = [];
        const observer = new PerformanceObserver((seen) => {
          candidates.push(...seen.getEntries().map(({ startTime }) => startTime));
        });
        observer.observe({ type: "largest-contentful-paint", buffered: true });
        const form = performance.getEntriesByName("form").map(({ startTime }) => startTime);
        // What is painted later may be larger still.
        setTimeout(() => resolve({ largest: Math.max(...candidates), form: Math.max(...form) }), settled);
      }),
    SETTLED_MILLISECONDS,
  );
  process.stdout.write(
    `sign-in over Fast 3G: largest paint after ${Math.round(painted.largest)} ms, ` +
      `the form is there after ${Math.round(painted.form)} ms\n`,
  );
  expect(painted.largest).toBeGreaterThan(0);
  expect(painted.largest).toBeLessThanOrEqual(PAINTED_MILLISECONDS);
  await watched.close();
});

// requirement: UX-31
it("the dashboard has what it needs within its budget, all of it from the own origins", async () => {
  const watched = await WatchedPage.open(browser, system);
  const { page } = watched;
  const signIn = new SignInPage(page);
  await signIn.open(system.console);
  await signIn.signIn("read-only", system.passwords["read-only"] ?? "");
  await page.getByText(/^Yes, \d+ servers/).waitFor();
  await page.waitForLoadState("networkidle");
  const counted = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .filter((entry) => entry instanceof PerformanceResourceTiming)
      .filter(({ name }) => /\.(js|css|woff2?)$/.test(new URL(name).pathname))
      .map(({ encodedBodySize }) => encodedBodySize),
  );
  const total = counted.reduce((sum, bytes) => sum + bytes, 0);
  process.stdout.write(`dashboard: ${(total / 1000).toFixed(1)} kB in ${counted.length} files over the wire\n`);
  expect(counted.length).toBeGreaterThan(0);
  expect(total).toBeLessThanOrEqual(DASHBOARD_BYTES);
  await watched.close();
});
