import { useEffect, useMemo } from "react";
import { useEvery } from "@/api/use-every";
import type { Model } from "@/api/types";

/**
 * How full the accounts are, by account: the hub's own and every active one. It is read anew with the list, as `readAt`
 * tells, but not more than once a minute, because DRS is asked for it.
 */
export function useCapacities(readAt: number) {
  const { data, error, isStale, refetch } = useEvery("get_all_capacity", {});
  useEffect(() => {
    if (readAt > 0 && data !== undefined && isStale) void refetch();
    // Only when the list was read: what is stale in between is read with the next one.
    // eslint-disable-next-line react-hooks/exhaustive-deps -- see above
  }, [readAt]);
  const byAccount = useMemo(
    () => new Map<string, Model<"CombinedCapacity">>((data ?? []).map((each) => [each.accountId, each])),
    [data],
  );
  return useMemo(() => ({ byAccount, isKnown: data !== undefined, error }), [byAccount, data, error]);
}
