import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { DESKTOP, openBrowser, PHONE, WatchedPage } from "./browser.ts";
import { navigationLink } from "./person.ts";
import { SignInPage } from "./pages/sign-in.ts";

const system = inject("system");

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => browser.close());

describe("an administrator", () => {
  // requirement: UX-02, UX-30, UX-31
  it("signs in, sees how things stand, and the protection groups of the running system", async () => {
    const watched = await WatchedPage.open(browser, system);
    const { page } = watched;
    const signIn = new SignInPage(page);

    await signIn.open(system.console);
    await watched.screenshot("sign-in");
    await watched.expectAccessible();
    await signIn.signIn("admin", system.passwords.admin ?? "");

    await page.getByRole("heading", { name: "Dashboard" }).waitFor();
    await page.getByText("Room enough").first().waitFor();
    await page.getByText(/^Yes, 6 servers/).waitFor();
    await watched.screenshot("dashboard");
    await watched.expectAccessible();

    // A window that was narrow for a moment, as it also is while Chromium takes a picture of a whole page.
    await page.setViewportSize(PHONE);
    await navigationLink(page, "Protection groups").waitFor({ state: "hidden" });
    await page.setViewportSize(DESKTOP);
    await navigationLink(page, "Protection groups").click();
    await page.getByRole("link", { name: "DatabaseServersWaveGroup" }).waitFor();
    expect(await page.getByRole("row").count()).toBe(4);
    await watched.screenshot("protection-groups");
    await watched.expectAccessible();
    await watched.close();
  });

  it("is refused with a wrong password", async () => {
    const watched = await WatchedPage.open(browser, system);
    const signIn = new SignInPage(watched.page);
    await signIn.open(system.console);
    await signIn.signIn("admin", "not-the-password");
    await watched.page.getByText("User name or password is wrong.").waitFor();
    watched.breaches.length = 0; // the browser logs every answer 400 by itself
    await watched.close();
  });
});
