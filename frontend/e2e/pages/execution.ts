import type { Locator, Page } from "playwright-core";

/** The page of one execution. */
export class ExecutionPage {
  constructor(private readonly page: Page) {}

  async open(console: string, executionId: string): Promise<void> {
    await this.page.goto(`${console}/executions/${executionId}`);
    await this.page.getByRole("heading", { name: "How it stands" }).waitFor();
  }

  /** The waves of the graph, each a button. */
  waves() {
    return this.page.getByLabel("Waves as a graph; the same is under List").getByRole("button", { name: /^Wave \d/ });
  }

  /** Approves what waits, as a person does: reads the question, then confirms. */
  async approve(): Promise<void> {
    await this.page.getByRole("button", { name: "Approve", exact: true }).click();
    const dialog = this.page.getByRole("dialog", { name: /^Approve wave/ });
    await dialog.getByText(/^In account/).waitFor();
    await dialog.getByRole("button", { name: /^Approve \d+ servers?/ }).click();
    await dialog.waitFor({ state: "hidden" });
  }

  /** The button that asks whether what was launched is to be terminated, once it may be. */
  terminate(): Locator {
    return this.page.getByRole("button", { name: "Terminate", exact: true, disabled: false });
  }

  /** Terminates what was launched, as a person does: reads the question, at which `look` looks too, then confirms. */
  async terminateAll(look: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    await this.terminate().click();
    const dialog = this.page.getByRole("dialog", { name: /^Terminate the instances/ });
    await dialog.waitFor();
    await look();
    await dialog.getByRole("button", { name: /^Terminate (\d+|all) instances?$/ }).click();
    await this.page.getByText("Terminated", { exact: true }).first().waitFor();
  }
}
