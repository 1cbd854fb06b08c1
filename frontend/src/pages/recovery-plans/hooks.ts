import { useOperation } from "@/api/use-operation";
import { EXECUTION } from "@/text/statuses";

/** The newest execution of a plan; read sooner while it runs. */
export function useLastExecution(planId: string) {
  const read = useOperation(
    "list_executions",
    { query: { planId, limit: 1 } },
    { poll: (page) => (page?.items ?? []).some(({ status }) => !EXECUTION[status].isEnd), staleMilliseconds: 10_000 },
  );
  return { execution: read.data?.items[0], isPending: read.isPending, error: read.error };
}

/** How long the newest execution of a plan took, as the engine measured it; only of one that has ended. */
export function useMeasuredRto(planId: string) {
  const { execution } = useLastExecution(planId);
  const executionId = execution?.executionId ?? "";
  const hasEnded = execution !== undefined && EXECUTION[execution.status].isEnd;
  const read = useOperation(
    "get_execution",
    { path: { executionId } },
    { enabled: hasEnded, staleMilliseconds: Number.POSITIVE_INFINITY },
  );
  return hasEnded ? read.data?.rto : undefined;
}
