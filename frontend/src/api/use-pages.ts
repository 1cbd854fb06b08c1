import { useState } from "react";
import type { Answer, Input, Item, ListName } from "./types";
import { type ReadOptions, useOperation } from "./use-operation";

/** One page of a list with the way to the others, as Cloudscape's Pagination wants it. */
export interface Pages<Row> {
  readonly items: readonly Row[];
  readonly isLoading: boolean;
  readonly error: Error | null;
  readonly readAt: number;
  readonly refresh: () => void;
  readonly pagination: {
    readonly currentPageIndex: number;
    readonly pagesCount: number;
    readonly openEnd: boolean;
    readonly onChange: (event: { detail: { currentPageIndex: number } }) => void;
    readonly onNextPageClick: () => void;
  };
}

interface Place {
  readonly filters: string;
  readonly tokens: readonly string[];
  readonly index: number;
}

/**
 * A list of the API a page at a time.
 *
 * The API tells with a page how to ask for the next one, and no more: pages are found one after the other. A token
 * holds for its own filters only, so other filters begin at the first page.
 */
export function usePages<Name extends ListName>(
  name: Name,
  filters: Omit<NonNullable<Input<Name>["query"]>, "nextToken">,
  options: ReadOptions<Name> & { readonly path?: Input<Name>["path"] } = {},
): Pages<Item<Name>> & { readonly page: Answer<Name> | undefined } {
  const said = JSON.stringify([options.path, filters]);
  const beginning: Place = { filters: said, tokens: [], index: 1 };
  const [kept, setPlace] = useState(beginning);
  const place = kept.filters === said ? kept : beginning;
  const nextToken = place.tokens[place.index - 2];
  const input = { path: options.path, query: { ...filters, nextToken } } as unknown as Input<Name>;
  const read = useOperation(name, input, { keepPrevious: true, poll: true, ...options });
  const page = read.data as { items: Item<Name>[]; nextToken?: string } | undefined;
  const follows = read.isPlaceholderData ? undefined : page?.nextToken;
  const known = place.tokens.slice(0, place.index - 1);
  const tokens = follows === undefined ? known : [...known, follows];
  const goTo = (index: number): void => {
    if (index <= tokens.length + 1) setPlace({ filters: said, tokens, index });
  };
  return {
    page: read.data,
    items: page?.items ?? [],
    isLoading: read.isPending,
    error: read.error,
    readAt: read.dataUpdatedAt,
    refresh: () => void read.refetch(),
    pagination: {
      currentPageIndex: place.index,
      pagesCount: Math.max(tokens.length + 1, place.index),
      openEnd: false,
      onChange: ({ detail }) => goTo(detail.currentPageIndex),
      onNextPageClick: () => goTo(place.index + 1),
    },
  };
}

export type { Answer };
