import { useQuery } from "@tanstack/react-query";
import { useApi } from "./api-context";
import type { Input, Item, ListName } from "./types";

const MOST_PAGES = 200;

interface Page<Row> {
  readonly items: readonly Row[];
  readonly nextToken?: string;
}

/**
 * All things of a list of the API, its pages read one after the other: for questions that the API answers of no page by
 * itself. Remembered for a minute.
 */
export function useEvery<Name extends ListName>(
  name: Name,
  filters: Omit<NonNullable<Input<Name>["query"]>, "nextToken">,
  { enabled = true }: { enabled?: boolean } = {},
) {
  const api = useApi();
  return useQuery({
    queryKey: [name, "every", filters],
    queryFn: async ({ signal }) => {
      const found: Item<Name>[] = [];
      let nextToken: string | undefined;
      for (let pages = 0; pages < MOST_PAGES; pages += 1) {
        const input = { query: { ...filters, limit: 100, nextToken } } as unknown as Input<Name>;
        const page = (await api.call(name, input, { signal })) as unknown as Page<Item<Name>>;
        found.push(...page.items);
        nextToken = page.nextToken;
        if (nextToken === undefined) return found;
      }
      throw new Error(`There are more than ${found.length}; that is too many to be read as one.`);
    },
    enabled,
    staleTime: 60_000,
  });
}
