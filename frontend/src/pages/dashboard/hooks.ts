import { useQueries } from "@tanstack/react-query";
import { useApi } from "@/api/api-context";
import { pollingDelay } from "@/api/retrying";
import type { Input, Model } from "@/api/types";
import { keyOf, useOperation } from "@/api/use-operation";
import { EXECUTION } from "@/text/statuses";

type Execution = Model<"ExecutionSummary">;

const ACTIVE = (Object.keys(EXECUTION) as Model<"ExecutionStatus">[]).filter((name) => !EXECUTION[name].isEnd);

/** What waits for a person comes first, then the newest. */
export function inOrderOfUrgency(executions: readonly Execution[]): Execution[] {
  const rank = ({ status }: Execution): number => (status === "PAUSED" ? 0 : 1);
  return [...executions].sort((one, other) => rank(one) - rank(other) || (one.startedAt < other.startedAt ? 1 : -1));
}

/** All executions that have not ended, however long ago they began: a list of the newest would miss the patient ones. */
export function useActiveExecutions() {
  const api = useApi();
  return useQueries({
    queries: ACTIVE.map((status) => {
      const input: Input<"list_executions"> = { query: { status, limit: 100 } };
      return {
        queryKey: keyOf("list_executions", input),
        queryFn: async ({ signal }: { signal: AbortSignal }) => api.call("list_executions", input, { signal }),
        refetchInterval: ({ state }: { state: { data?: Model<"ExecutionPage">; fetchFailureCount: number } }) =>
          pollingDelay((state.data?.items.length ?? 0) > 0, state.fetchFailureCount),
      };
    }),
    combine: (reads) => ({
      executions: inOrderOfUrgency(distinct(reads.flatMap(({ data }) => data?.items ?? []))),
      isLoading: reads.some(({ isPending }) => isPending),
      error: reads.find(({ error }) => error !== null)?.error ?? null,
      readAt: Math.min(...reads.map(({ dataUpdatedAt }) => dataUpdatedAt)),
      refresh: () => {
        for (const read of reads) void read.refetch();
      },
    }),
  });
}

/** The newest executions, ended ones too: what the figures and the last drills come from. */
export function useRecentExecutions() {
  return useOperation("list_executions", { query: { limit: 100 } }, { poll: true });
}

/** One execution while it moves from status to status may be in two of the lists. */
function distinct(executions: readonly Execution[]): Execution[] {
  return [...new Map(executions.map((execution) => [execution.executionId, execution])).values()];
}
