import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useApi } from "@/api/api-context";
import { pollingDelay } from "@/api/retrying";
import type { Input, OperationName } from "@/api/types";
import { keyOf, useOperation } from "@/api/use-operation";
import { useTokenPages } from "./use-token-pages";
import { isSettled } from "./waves";

/** What is done elsewhere shows within 5 seconds, so it is read a little more often. */
const WATCH_SHARE = 0.8;
const PAGE_SIZE = 50;
const JOBS_AT_A_TIME = 10;

/** The reads that a request about an execution makes old. */
export const READS_OF_EXECUTION: readonly OperationName[] = [
  "get_execution",
  "get_execution_events",
  "get_termination_status",
  "list_executions",
];

/** An execution with all its waves and gates, watched until it has ended; of its servers only the first. */
export function useExecution(executionId: string) {
  const api = useApi();
  const input: Input<"get_execution"> = { path: { executionId }, query: { limit: 1 } };
  return useQuery({
    queryKey: keyOf("get_execution", input),
    queryFn: async ({ signal }) => api.call("get_execution", input, { signal }),
    refetchInterval: ({ state }) => {
      if (state.data !== undefined && isSettled(state.data)) return false;
      return WATCH_SHARE * pollingDelay(true, state.fetchFailureCount + (state.status === "error" ? 1 : 0));
    },
  });
}

/** The servers of a wave, a page at a time. */
export function useServers(executionId: string, waveNumber: number, poll: boolean) {
  const api = useApi();
  const query = { waveNumber, limit: PAGE_SIZE };
  return useTokenPages({ name: "get_execution", input: { executionId, query }, poll }, async (nextToken, signal) => {
    const answer = await api.call(
      "get_execution",
      { path: { executionId }, query: { ...query, nextToken } },
      { signal },
    );
    return answer.servers;
  });
}

/** What happened, newest first. */
export function useEvents(executionId: string, poll: boolean) {
  const api = useApi();
  const query = { newestFirst: true, limit: PAGE_SIZE };
  return useTokenPages({ name: "get_execution_events", input: { executionId }, poll }, async (nextToken, signal) =>
    api.call("get_execution_events", { path: { executionId }, query: { ...query, nextToken } }, { signal }),
  );
}

/** What DRS says about the jobs of a wave, some jobs at a time: one may have a thousand lines. */
export function useJobLogs(executionId: string, waveNumber: number, poll: boolean) {
  const api = useApi();
  const query = { waveNumber, limit: JOBS_AT_A_TIME };
  return useTokenPages({ name: "get_job_logs", input: { executionId, query }, poll }, async (nextToken, signal) =>
    api.call("get_job_logs", { path: { executionId }, query: { ...query, nextToken } }, { signal }),
  );
}

/** The instances of a wave that exist at this moment. */
export function useInstances(executionId: string, waveNumber: number, poll: boolean) {
  const api = useApi();
  const query = { waveNumber, limit: PAGE_SIZE };
  return useTokenPages(
    { name: "get_recovery_instances", input: { executionId, query }, poll },
    async (nextToken, signal) =>
      api.call("get_recovery_instances", { path: { executionId }, query: { ...query, nextToken } }, { signal }),
  );
}

/** How far a termination is, and what is left; asked for only where there is one. */
export function useTermination(executionId: string, isAny: boolean, isRunning: boolean) {
  return useOperation(
    "get_termination_status",
    { path: { executionId } },
    { enabled: isAny, poll: () => (isRunning ? true : "ended") },
  );
}

/** Once nothing changes any more, everything is read a last time: what was polled before may be some seconds older. */
export function useLastRead(isAtRest: boolean | undefined): void {
  const memory = useQueryClient();
  const was = useRef(isAtRest);
  useEffect(() => {
    if (was.current === false && isAtRest === true) {
      for (const name of [...READS_OF_EXECUTION, "get_job_logs", "get_recovery_instances"] as const) {
        void memory.invalidateQueries({ queryKey: [name] });
      }
    }
    was.current = isAtRest;
  }, [isAtRest, memory]);
}
