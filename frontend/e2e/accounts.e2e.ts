import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openBrowser } from "./browser.ts";
import { signedIn, tabTo } from "./person.ts";

const system = inject("system");
const EXAMPLES = fileURLToPath(new URL("../../examples/configuration/", import.meta.url));
const DATABASES = "111122223333";
const STAGING = "777788889999";

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => browser.close());

describe("an administrator", () => {
  it("sees the accounts of the running system, validates them, and adds one by keyboard alone", async () => {
    const watched = await signedIn(browser, system, "admin", "/accounts");
    const { page } = watched;
    await page.getByRole("link", { name: "Databases" }).waitFor();
    await page.getByText("us-west-2").first().waitFor();
    await page.getByRole("button", { name: "Validate all" }).click();
    await page
      .getByText(/^The hub gets in, /)
      .nth(1)
      .waitFor();
    await watched.look("accounts");

    await tabTo(page, /^Add target account/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Add target account" }).waitFor();
    await tabTo(page, /^Account id/);
    await page.keyboard.type("12");
    await page.keyboard.press("Enter");
    await page.getByText("An account id has 12 digits.").waitFor();
    await watched.look("account-editor");
    await page.keyboard.type("3456780000");
    await tabTo(page, /^Name/);
    await page.keyboard.type("Branch 🏝");
    await tabTo(page, /^External id/);
    await page.keyboard.type("a-secret-of-the-branch");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Branch 🏝" }).waitFor();
    await page.getByText("Failed at: Assume the role.").waitFor();
    await watched.look("account-closed");

    await page.getByRole("button", { name: "Remove", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Remove the account Branch 🏝?" });
    await dialog.waitFor();
    await watched.look("account-remove");
    await dialog.getByRole("button", { name: "Remove account 123456780000" }).click();
    await page.getByText("Branch 🏝 is no target account any more.").waitFor();
    await page.getByRole("link", { name: "Databases" }).waitFor();
    await watched.close();
  });

  // requirement: UX-15
  it("looks at one account in all its parts, and adds a staging account that the hub does not get into", async () => {
    const watched = await signedIn(browser, system, "admin", `/accounts/${DATABASES}`);
    const { page } = watched;
    await page.getByText("The hub gets in, DRS answers").waitFor();
    await page.getByText(/^Here: /).waitFor();
    await watched.look("account");

    await page.getByRole("tab", { name: "Servers" }).click();
    await page.getByRole("row", { name: /s-1111111111111db01/ }).waitFor();
    await watched.look("account-servers");

    await page.getByRole("tab", { name: "Quotas" }).click();
    await page.getByText("Service Quotas").or(page.getByText("AWS's documentation")).first().waitFor();
    await watched.look("account-quotas");

    await page.getByRole("tab", { name: "Staging accounts" }).click();
    await page.getByRole("button", { name: "Add staging account" }).click();
    await page.getByLabel("Staging account id").fill(STAGING);
    await page.getByLabel(/^Staging account external id/).fill("a-secret-of-this-account");
    await page.getByRole("button", { name: "Validate first" }).click();
    await page.getByRole("heading", { name: "The hub does not get in everywhere" }).waitFor();
    await watched.look("account-staging-form");
    await page.getByRole("button", { name: "Add the staging account" }).click();
    await page.getByText(`Account ${STAGING} is a staging account of ${DATABASES}.`).waitFor();
    await page.getByRole("button", { name: `Remove staging account ${STAGING}` }).waitFor();
    await watched.look("account-staging");
    await page.getByRole("button", { name: `Remove staging account ${STAGING}` }).click();
    const remove = page.getByRole("dialog");
    await remove.getByRole("button", { name: `Remove staging account ${STAGING}` }).click();
    await remove
      .getByText("It was not done")
      .or(page.getByText(/is no staging account of/))
      .first()
      .waitFor();
    const force = remove.getByRole("checkbox", { name: "Forget it all the same" });
    if (await force.isVisible()) {
      await watched.look("account-staging-in-use");
      await force.check();
      await remove.getByRole("button", { name: `Remove staging account ${STAGING}` }).click();
    }
    await page.getByText(/is no staging account of/).waitFor();
    expect(watched.breaches.filter((breach) => !breach.includes("status of 409"))).toEqual([]);
    watched.breaches.length = 0; // the browser logs every answer 409 by itself
    await watched.close();
  });
});

describe("the settings", () => {
  it("export the configuration, and import the sample after a dry run without and with its mappings", async () => {
    const watched = await signedIn(browser, system, "admin", "/settings");
    const { page } = watched;
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export everything" }).click();
    const path = await (await saved).path();
    const exported = JSON.parse(readFileSync(path, "utf8")) as { protectionGroups: object[]; schemaVersion: string };
    expect(exported.schemaVersion).toBe("1.1");
    expect(exported.protectionGroups).toHaveLength(3);

    const sample = JSON.parse(readFileSync(`${EXAMPLES}three-tier-sample.json`, "utf8")) as {
      protectionGroups: { description: string }[];
    };
    for (const group of sample.protectionGroups) group.description += ", revised";
    const buffer = Buffer.from(JSON.stringify(sample));
    const file = { name: "three-tier-sample.json", mimeType: "application/json", buffer };
    await page.getByLabel("Choose a document").setInputFiles(file);
    await page.getByText(/^three-tier-sample.json: 3 groups, 1 plan/).waitFor();
    await page.getByRole("button", { name: "List what is in the document" }).click();
    await page.getByRole("radio", { name: /^Change them/ }).click();
    await page.getByRole("button", { name: "Dry run" }).click();
    await page.getByText("What an import would do; nothing is written yet").waitFor();
    await page.getByText("Would not be imported").first().waitFor();
    await watched.look("settings-import-unmapped");

    await page.getByLabel("Take the mappings from a file").setInputFiles(`${EXAMPLES}three-tier-mappings.json`);
    await page.getByText(/^Something was changed since the dry run/).waitFor();
    await page.getByRole("button", { name: "Dry run" }).click();
    await page.getByText(/^Something was changed since the dry run/).waitFor({ state: "hidden" });
    await page
      .getByText("0 would be created, 3 would be changed, 1 left as they are, 0 failed.", { exact: true })
      .waitFor();
    await watched.look("settings-import-mapped");
    await page.getByRole("button", { name: "Import", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/111122223333 us-west-2 and 444455556666 us-west-2/).waitFor();
    await watched.look("settings-import-question");
    await dialog.getByRole("button", { name: /^Import \d/ }).click();
    await page.getByText("What was imported").waitFor();
    await watched.look("settings-imported");
    await watched.close();
  });

  // requirement: UX-30
  it("copy tags, tell whose mails go where, and change how it looks", async () => {
    const watched = await signedIn(browser, system, "admin", "/settings?tab=tags");
    const { page } = watched;
    await page.getByRole("button", { name: "Copy tags now" }).click();
    await page.getByText("The tags are being copied, in every account and region.").waitFor();
    await page.getByText("Completed").or(page.getByText("Not all servers are up to date")).first().waitFor();
    await watched.look("settings-tags");
    for (const tab of ["Notifications", "Appearance", "About"]) {
      await page.getByRole("tab", { name: tab }).click();
      await page.waitForTimeout(1_500);
      await watched.look(`settings-${tab.toLowerCase()}`);
    }
    await page.getByText("Well", { exact: true }).waitFor();
    await watched.close();
  });

  it("show a reader what is not allowed, and why", async () => {
    const watched = await signedIn(browser, system, "read-only", "/accounts");
    const { page } = watched;
    await page.getByRole("link", { name: "Databases" }).waitFor();
    const reasons = await page.getByRole("button", { name: /^Add target account/ }).getAttribute("aria-disabled");
    expect(reasons).toBe("true");
    await watched.look("accounts-reader");
    await page.goto(`${system.console}/settings`);
    await page.getByRole("button", { name: "Dry run" }).waitFor();
    await watched.look("settings-reader");
    await watched.close();
  });
});
