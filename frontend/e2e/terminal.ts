import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { SystemFacts } from "./system.ts";

const AWS = fileURLToPath(new URL("../../.venv-awscli/bin/aws", import.meta.url));
const run = promisify(execFile);

type Handler = "query-handler" | "execution-handler" | "data-management-handler";

/** An operator with the real AWS CLI, in a terminal into which the variables of the system were pasted. */
export class Terminal {
  constructor(private readonly system: SystemFacts) {}

  /** What `aws` prints. */
  async aws(...words: string[]): Promise<string> {
    const { stdout } = await run(AWS, words, { env: { PATH: process.env.PATH, ...this.system.environment } });
    return stdout;
  }

  /** Carries out an operation by invoking its function; an error of the operation is thrown. */
  async operation(handler: Handler, operation: string, parameters: object = {}): Promise<Record<string, unknown>> {
    const folder = await mkdtemp(join(tmpdir(), "console-e2e-"));
    try {
      const answer = join(folder, "answer.json");
      const payload = JSON.stringify({ operation, ...parameters });
      const name = `aws-drs-orchestration-${handler}-dev:live`;
      await this.aws("lambda", "invoke", "--function-name", name, "--payload", payload, answer);
      const said = JSON.parse(await readFile(answer, "utf8")) as Record<string, unknown>;
      if ("error" in said) throw new Error(`${operation}: ${JSON.stringify(said)}`);
      return said;
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** The first plan that there is. */
  async firstPlan(): Promise<{ planId: string; planName: string }> {
    const { items } = (await this.operation("query-handler", "list_recovery_plans")) as {
      items: { planId: string; planName: string }[];
    };
    const [plan] = items;
    if (plan === undefined) throw new Error("the system has no plan");
    return plan;
  }

  /** Starts a drill. */
  async startDrill(planId: string): Promise<string> {
    const started = await this.operation("execution-handler", "start_execution", {
      planId,
      executionType: "DRILL",
      reason: "started in a terminal",
    });
    return String(started.executionId);
  }

  /** Whether a drill of a plan could start: nothing of the last one is in its way any more. */
  async canDrill(planId: string): Promise<boolean> {
    const found = await this.operation("query-handler", "preflight_recovery_plan", { planId, executionType: "DRILL" });
    return found.canStart === true;
  }

  /** The status of an execution. */
  async statusOf(executionId: string): Promise<string> {
    return String((await this.operation("query-handler", "get_execution", { executionId, limit: 1 })).status);
  }
}
