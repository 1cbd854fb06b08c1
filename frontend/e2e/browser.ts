import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type * as Axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { expect } from "vitest";
import type { SystemFacts } from "./system.ts";

const ARTEFACTS = fileURLToPath(new URL("../artefacts/", import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
];

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** The Chromium of this machine. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
  return chromium.launch({ executablePath, args: FLAGS });
}

/** A page whose every breach of a rule is kept: scripts that fail, what the policy blocks, other origins. */
export class WatchedPage {
  readonly breaches: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
  ) {}

  static async open(browser: Browser, system: SystemFacts): Promise<WatchedPage> {
    const { API_ENDPOINT, AWS_ENDPOINT_URL } = system.environment;
    const own = [system.console, API_ENDPOINT, AWS_ENDPOINT_URL].filter((address) => address !== undefined);
    const origins = own.map((address) => new URL(address).origin);
    const context = await browser.newContext({ viewport: DESKTOP });
    const watched = new WatchedPage(await context.newPage(), context);
    watched.page.on("pageerror", (error) => watched.breaches.push(`script: ${error.message}`));
    watched.page.on("console", (message) => {
      if (message.type() === "error") watched.breaches.push(`console: ${message.text()}`);
    });
    watched.page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol !== "data:" && !origins.includes(origin)) watched.breaches.push(`request: ${request.url()}`);
    });
    return watched;
  }

  /** Keeps what is seen now in `artefacts/`. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(ARTEFACTS, { recursive: true });
    await this.page.evaluate(() => window.scrollTo(0, 0)); // what sticks to the top would be in the middle
    await this.page.screenshot({ path: `${ARTEFACTS}${name}.png`, fullPage: true });
  }

  /**
   * Keeps what is seen now, light and dark, on a desk and on a phone. axe looks at each, nothing is wider than its screen, and
   * what a person comes for can be reached: it could be clicked now.
   */
  async look(name: string, reachable?: Locator): Promise<void> {
    for (const theme of ["light", "dark"]) {
      await this.page.evaluate((dark) => document.body.classList.toggle("awsui-dark-mode", dark), theme === "dark");
      for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
        await this.page.setViewportSize(viewport);
        await this.page.waitForTimeout(400);
        await this.screenshot(`${name}-${theme}-${size}`);
        await this.expectAccessible();
        expect(await this.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
          viewport.width,
        );
        await reachable?.click({ trial: true });
      }
      await this.page.setViewportSize(DESKTOP);
    }
    await this.page.evaluate(() => document.body.classList.remove("awsui-dark-mode"));
  }

  /** Waits until what fades in has done so: half faded, no contrast is what it will be. */
  private async settled(): Promise<void> {
    await this.page.evaluate(async () => {
      const passing = document.getAnimations().filter((each) => each.effect?.getComputedTiming().endTime !== Infinity);
      await Promise.allSettled(passing.map(({ finished }) => finished));
    });
  }

  /** Fails with every violation that axe finds on what is seen now. */
  async expectAccessible(): Promise<void> {
    await this.settled();
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: typeof Axe };
      const { violations } = await axe.run(document, { resultTypes: ["violations"] });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
    });
    expect(found).toEqual([]);
  }

  /** Ends with the page; whatever broke a rule on the way fails the test. */
  async close(): Promise<void> {
    await this.context.close();
    expect(this.breaches).toEqual([]);
  }
}
