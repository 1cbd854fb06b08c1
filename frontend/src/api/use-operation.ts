import {
  keepPreviousData,
  type QueryClient,
  QueryClient as Client,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useRef } from "react";
import { useApi } from "./api-context";
import { ApiError, UnreachableError } from "./errors";
import { isWorthRetrying, pollingDelay, retryDelay } from "./retrying";
import type { Answer, Input, OperationName } from "./types";

/** What is remembered of an operation's answers: `[name]` is everything of it, `[name, input]` one answer. */
export function keyOf<Name extends OperationName>(name: Name, input?: Input<Name>): readonly unknown[] {
  return input === undefined ? [name] : [name, input];
}

/** The memory of answers; reads are repeated as `retrying` says, changes never by themselves. */
export function createQueryClient(): QueryClient {
  return new Client({
    defaultOptions: {
      queries: { retry: isWorthRetrying, retryDelay, staleTime: 2_000, networkMode: "always" },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

export interface ReadOptions<Name extends OperationName> {
  readonly enabled?: boolean;
  /** Read again and again; a function tells from the last answer whether something is active, which is read sooner. */
  readonly poll?: boolean | ((answer: Answer<Name> | undefined) => boolean | "ended");
  /** Show the last page until the next one is there, so that nothing flashes. */
  readonly keepPrevious?: boolean;
  readonly staleMilliseconds?: number;
}

/** The answer of an operation that reads, kept up to date. Polling pauses while the page is hidden. */
export function useOperation<Name extends OperationName>(
  name: Name,
  input: Input<Name>,
  options: ReadOptions<Name> = {},
) {
  const api = useApi();
  return useQuery({
    queryKey: keyOf(name, input),
    queryFn: async ({ signal }) => (await api.call(name, input, { signal })) as Answer<Name>,
    enabled: options.enabled ?? true,
    placeholderData: options.keepPrevious === true ? keepPreviousData : undefined,
    staleTime: options.staleMilliseconds,
    refetchInterval: ({ state }) => {
      const poll = options.poll ?? false;
      const activity = typeof poll === "function" ? poll(state.data) : false;
      if (poll === false || activity === "ended") return false;
      return pollingDelay(activity, state.fetchFailureCount + (state.status === "error" ? 1 : 0));
    },
  });
}

export interface ChangeOptions<Name extends OperationName> {
  /** The reads that the change makes old. */
  readonly invalidates?: readonly OperationName[];
  readonly onSuccess?: (answer: Answer<Name>, input: Input<Name>) => void;
  readonly onError?: (error: Error, input: Input<Name>) => void;
}

/**
 * An operation that changes something, to be called by `mutate` or `mutateAsync`.
 *
 * A call that is repeated because nobody knows whether it arrived has the key of the first, so it happens once.
 */
export function useChange<Name extends OperationName>(name: Name, options: ChangeOptions<Name> = {}) {
  const api = useApi();
  const memory = useQueryClient();
  const doubtful = useRef<{ input: string; key: string } | undefined>(undefined);
  return useMutation<Answer<Name>, Error, Input<Name>>({
    mutationFn: async (input) => {
      const said = JSON.stringify(input);
      const key = doubtful.current?.input === said ? doubtful.current.key : crypto.randomUUID();
      doubtful.current = undefined;
      try {
        return await api.call(name, input, { idempotencyKey: key });
      } catch (error) {
        if (isDoubtful(error)) doubtful.current = { input: said, key };
        throw error;
      }
    },
    onSuccess: async (answer, input) => {
      options.onSuccess?.(answer, input);
      await Promise.all(
        (options.invalidates ?? []).map(async (read) => memory.invalidateQueries({ queryKey: [read] })),
      );
    },
    onError: (error, input) => {
      // A role was taken from the person, or given up: the buttons must say so.
      if (error instanceof ApiError && error.code === "AUTHORIZATION_ERROR") {
        void memory.invalidateQueries({ queryKey: keyOf("get_user_permissions") });
      }
      options.onError?.(error, input);
    },
  });
}

/** Whether a change may have been made although it was answered with an error. */
function isDoubtful(error: unknown): boolean {
  return error instanceof UnreachableError || (error instanceof ApiError && error.status >= 500);
}
