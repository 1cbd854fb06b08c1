import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useApi } from "@/api/api-context";
import type { Model, OperationName } from "@/api/types";

const MOST_AT_ONCE = 100;

interface Page<Row> {
  readonly items: readonly Row[];
  readonly nextToken?: string;
}

/** A list that is read to its end, and shown as far as it is read. */
export interface WholeList<Row> {
  readonly items: readonly Row[];
  readonly isAll: boolean;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** All servers of an execution, in the order of its waves. */
export function useAllServers(executionId: string): WholeList<Model<"ServerView">> {
  const api = useApi();
  return useWholeList("get_execution", executionId, async (nextToken, signal) => {
    const query = { limit: MOST_AT_ONCE, nextToken };
    return (await api.call("get_execution", { path: { executionId }, query }, { signal })).servers;
  });
}

/** Everything that happened, oldest first. */
export function useAllEvents(executionId: string): WholeList<Model<"ExecutionEvent">> {
  const api = useApi();
  return useWholeList("get_execution_events", executionId, async (nextToken, signal) => {
    const query = { limit: MOST_AT_ONCE, nextToken };
    return api.call("get_execution_events", { path: { executionId }, query }, { signal });
  });
}

function useWholeList<Row>(
  name: OperationName,
  executionId: string,
  read: (nextToken: string | undefined, signal: AbortSignal) => Promise<Page<Row>>,
): WholeList<Row> {
  const query = useInfiniteQuery({
    queryKey: [name, "whole", executionId],
    queryFn: async ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextToken }) => nextToken,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
  const { hasNextPage, isFetching, error, fetchNextPage } = query;
  const pagesRead = query.data?.pages.length ?? 0;
  useEffect(() => {
    if (pagesRead > 0 && hasNextPage && !isFetching && error === null) void fetchNextPage();
  }, [pagesRead, hasNextPage, isFetching, error, fetchNextPage]);
  return {
    items: query.data?.pages.flatMap(({ items }) => [...items]) ?? [],
    isAll: query.data !== undefined && !hasNextPage,
    error,
    retry: () => void (query.data === undefined ? query.refetch() : fetchNextPage()),
  };
}
