import type { Browser, Locator, Page } from "playwright-core";
import { WatchedPage } from "./browser.ts";
import { SignInPage } from "./pages/sign-in.ts";
import type { SystemFacts } from "./system.ts";

/** What is waited for longer than this does not come. */
const PATIENCE_MILLISECONDS = 90_000;

/** A page of the console at a path, of one of the system's users. */
export async function signedIn(browser: Browser, system: SystemFacts, name: string, path = "/"): Promise<WatchedPage> {
  const watched = await WatchedPage.open(browser, system);
  watched.page.setDefaultTimeout(PATIENCE_MILLISECONDS);
  const signIn = new SignInPage(watched.page);
  await signIn.open(`${system.console}${path}`);
  await signIn.signIn(name, system.passwords[name] ?? "");
  return watched;
}

/** A link of the side navigation, which is open on a desk. */
export function navigationLink(page: Page, name: string): Locator {
  return page.getByRole("navigation").getByRole("link", { name, exact: true }).first();
}

/** Chooses an option of the list that has the focus, by its arrows. */
export async function chooseByArrows(page: Page, name: RegExp, most = 20): Promise<void> {
  await page.keyboard.press("Enter");
  await page.getByRole("option").first().waitFor();
  for (let presses = 0; presses < most; presses += 1) {
    await page.keyboard.press("ArrowDown");
    const option = await page.evaluate(() => {
      const id = document.activeElement?.getAttribute("aria-activedescendant") ?? "";
      return document.getElementById(id)?.textContent ?? "";
    });
    if (!name.test(option)) continue;
    await page.keyboard.press("Enter");
    return;
  }
  throw new Error(`no option is called ${name.source}`);
}

/** Presses Tab until what has this name has the focus, as somebody without a mouse does. */
export async function tabTo(page: Page, name: RegExp, most = 120): Promise<void> {
  for (let presses = 0; presses < most; presses += 1) {
    await page.keyboard.press("Tab");
    if (name.test(await focused(page))) return;
  }
  throw new Error(`nothing that is called ${name.source} could be reached by Tab`);
}

/** What the element that has the focus is called. */
async function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement as (HTMLElement & { labels?: NodeListOf<HTMLElement> }) | null;
    const label = element?.labels?.[0]?.textContent ?? "";
    const named = (element?.getAttribute("aria-labelledby") ?? "")
      .split(" ")
      .map((id) => document.getElementById(id)?.textContent ?? "");
    return [element?.getAttribute("aria-label") ?? "", label, ...named, element?.textContent ?? ""]
      .filter((words) => words !== "")
      .join(" ")
      .trim();
  });
}
