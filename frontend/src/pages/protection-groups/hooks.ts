import type { PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import { useMemo, useState } from "react";
import type { Model } from "@/api/types";
import { useEvery } from "@/api/use-every";
import { type Pages, usePages } from "@/api/use-pages";
import { matches, namePrefixOf } from "./filters";

type Group = Model<"ProtectionGroup">;

const PAGE_SIZE = 20;

/** The groups that are asked for: a page at a time by the API where it can filter, else all of them are looked through. */
export function useGroups(query: PropertyFilterProps.Query): Pages<Group> & { readonly count?: number } {
  const namePrefix = namePrefixOf(query);
  const isPaged = namePrefix !== undefined;
  const pages = usePages(
    "list_protection_groups",
    { limit: PAGE_SIZE, namePrefix },
    { enabled: isPaged, poll: isPaged },
  );
  const every = useEvery("list_protection_groups", {}, { enabled: !isPaged });
  const said = JSON.stringify(query);
  const [place, setPlace] = useState({ said, index: 1 });
  const found = useMemo(() => (every.data ?? []).filter((group) => matches(group, query)), [every.data, query]);
  if (isPaged) return pages;
  const pagesCount = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const index = Math.min(place.said === said ? place.index : 1, pagesCount);
  return {
    items: found.slice((index - 1) * PAGE_SIZE, index * PAGE_SIZE),
    count: found.length,
    isLoading: every.isPending,
    error: every.error,
    readAt: every.dataUpdatedAt,
    refresh: () => void every.refetch(),
    pagination: {
      currentPageIndex: index,
      pagesCount,
      openEnd: false,
      onChange: ({ detail }) => setPlace({ said, index: detail.currentPageIndex }),
      onNextPageClick: () => setPlace({ said, index: Math.min(index + 1, pagesCount) }),
    },
  };
}
