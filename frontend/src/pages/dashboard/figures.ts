import type { Model } from "@/api/types";
import { EXECUTION } from "@/text/statuses";

type Execution = Model<"ExecutionSummary">;

export interface Figures {
  readonly ended: number;
  readonly completed: number;
  readonly partial: number;
  readonly notCompleted: number;
  /** Of those that ended, how many in a hundred are completed; none if none ended. */
  readonly successRate: number | undefined;
}

/** How executions went. One that is partly completed counts as ended and is no success; a cancelled one is neither. */
export function figuresOf(executions: readonly Execution[]): Figures {
  const ended = executions.filter(({ status }) => EXECUTION[status].isEnd && status !== "CANCELLED");
  const completed = ended.filter(({ status }) => status === "COMPLETED").length;
  const partial = ended.filter(({ status }) => status === "PARTIAL").length;
  return {
    ended: ended.length,
    completed,
    partial,
    notCompleted: ended.length - completed - partial,
    successRate: ended.length === 0 ? undefined : Math.round((100 * completed) / ended.length),
  };
}

/** The newest drill of each plan that came to an end, by plan. */
export function lastDrills(executions: readonly Execution[]): ReadonlyMap<string, Execution> {
  const found = new Map<string, Execution>();
  for (const execution of executions) {
    if (execution.executionType !== "DRILL" || !EXECUTION[execution.status].isEnd) continue;
    const known = found.get(execution.planId);
    if (known === undefined || known.startedAt < execution.startedAt) found.set(execution.planId, execution);
  }
  return found;
}
