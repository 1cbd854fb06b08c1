import { useQuery } from "@tanstack/react-query";
import { useApi } from "@/api/api-context";
import type { Model } from "@/api/types";

type Group = Model<"ProtectionGroup">;

const AT_ONCE = 100;

/** All protection groups by their ids, read page after page: for names, and for the accounts and regions of plans. */
export function useAllGroups() {
  const api = useApi();
  return useQuery({
    queryKey: ["list_protection_groups", "all"],
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, Group>> => {
      const groups = new Map<string, Group>();
      let nextToken: string | undefined;
      do {
        const page = await api.call("list_protection_groups", { query: { limit: AT_ONCE, nextToken } }, { signal });
        for (const group of page.items) groups.set(group.groupId, group);
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return groups;
    },
  });
}

/** In which accounts and regions the waves recover, in words, each once: `111122223333 us-west-2`. */
export function placesOfWaves(
  waves: readonly { readonly protectionGroupIds: readonly string[] }[],
  groups: ReadonlyMap<string, Group>,
): string[] {
  const places = new Set<string>();
  for (const groupId of waves.flatMap(({ protectionGroupIds }) => protectionGroupIds)) {
    const group = groups.get(groupId);
    if (group !== undefined) places.add(`${group.accountId} ${group.region}`);
  }
  return [...places].sort();
}
