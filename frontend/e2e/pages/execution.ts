import type { Page } from "playwright-core";

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
}
