import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { pollingDelay } from "@/api/retrying";
import type { OperationName } from "@/api/types";
import type { Pages } from "@/api/use-pages";

interface Page {
  readonly items: readonly unknown[];
  readonly nextToken?: string;
}

interface Place {
  readonly of: string;
  readonly tokens: readonly string[];
  readonly index: number;
}

interface Asked {
  readonly name: OperationName;
  /** What is asked for, without the token: another question begins at its first page. */
  readonly input: object;
  /** Whether the page is read again and again. */
  readonly poll: boolean;
}

/** A list of one execution a page at a time: its servers, events, jobs or instances. */
export function useTokenPages<Found extends Page>(
  asked: Asked,
  read: (nextToken: string | undefined, signal: AbortSignal) => Promise<Found>,
): Pages<Found["items"][number]> & { readonly page: Found | undefined } {
  const of = JSON.stringify(asked.input);
  const beginning: Place = { of, tokens: [], index: 1 };
  const [kept, setPlace] = useState(beginning);
  const place = kept.of === of ? kept : beginning;
  const nextToken = place.tokens[place.index - 2];
  const { data, isPlaceholderData, isPending, error, dataUpdatedAt, refetch } = useQuery<Found>({
    queryKey: [asked.name, "page", of, nextToken],
    queryFn: async ({ signal }) => read(nextToken, signal),
    // The last page stays until the next is there, but not that of another question.
    placeholderData: (last, query) => (query?.queryKey[2] === of ? (last as Found | undefined) : undefined) as never,
    refetchInterval: ({ state }) => asked.poll && pollingDelay(true, state.fetchFailureCount),
  });
  const follows = isPlaceholderData ? undefined : data?.nextToken;
  const known = place.tokens.slice(0, place.index - 1);
  const tokens = follows === undefined ? known : [...known, follows];
  const goTo = (index: number): void => {
    if (index <= tokens.length + 1) setPlace({ of, tokens, index });
  };
  return {
    page: data,
    items: data?.items ?? [],
    isLoading: isPending,
    error,
    readAt: dataUpdatedAt,
    refresh: () => void refetch(),
    pagination: {
      currentPageIndex: place.index,
      pagesCount: Math.max(tokens.length + 1, place.index),
      openEnd: false,
      onChange: ({ detail }) => goTo(detail.currentPageIndex),
      onNextPageClick: () => goTo(place.index + 1),
    },
  };
}
