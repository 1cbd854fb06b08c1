import type { Page } from "playwright-core";

/** The sign-in page. */
export class SignInPage {
  constructor(private readonly page: Page) {}

  async open(address: string): Promise<void> {
    await this.page.goto(address);
    await this.page.getByLabel("User name").waitFor();
  }

  async signIn(name: string, password: string): Promise<void> {
    await this.page.getByLabel("User name").fill(name);
    await this.page.getByLabel("Password").fill(password);
    await this.page.keyboard.press("Enter");
  }
}
