import { useMemo } from "react";
import type { Model } from "@/api/types";
import { useOperation } from "@/api/use-operation";

/**
 * The staging accounts of a target account as AWS shows them, and the last sync. Each call goes into every account anew, so
 * it is repeated only while a sync is under way.
 */
export function useStaging(accountId: string) {
  return useOperation(
    "discover_staging_accounts",
    { path: { accountId }, query: {} },
    { staleMilliseconds: 60_000, poll: (answer) => (isSyncing(answer) ? true : "ended") },
  );
}

/** Whether servers are being extended, or will be again by themselves. */
export function isSyncing(answer: Model<"StagingDiscovery"> | undefined): boolean {
  return answer?.lastSync !== undefined && answer.lastSync.status !== "DONE";
}

/** A staging account that is registered, or that AWS shows, or both. */
export interface Staging {
  readonly accountId: string;
  readonly registered: Model<"StagingAccountView"> | undefined;
  /** What AWS shows of it; nothing while that is not known. */
  readonly found: Model<"FoundStagingAccount"> | undefined;
}

/** The registered ones first, then what AWS shows beside them. */
export function useStagings(
  account: Model<"TargetAccountView"> | undefined,
  discovery: Model<"StagingDiscovery"> | undefined,
): readonly Staging[] {
  return useMemo(() => {
    const registered = account?.stagingAccounts ?? [];
    const found = discovery?.items ?? [];
    const isNew = ({ accountId }: { accountId: string }): boolean =>
      !registered.some((each) => each.accountId === accountId);
    return [
      ...registered.map((each) => ({
        accountId: each.accountId,
        registered: each,
        found: found.find(({ accountId }) => accountId === each.accountId),
      })),
      ...found.filter(isNew).map((each) => ({ accountId: each.accountId, registered: undefined, found: each })),
    ];
  }, [account, discovery]);
}

/** The regions in which an account is used, from what is known of it. */
export function regionsOf(
  account: Model<"TargetAccountView"> | undefined,
  capacity: Model<"CombinedCapacity"> | undefined,
): readonly string[] {
  return [...new Set([...(capacity?.regions ?? []).map(({ region }) => region), ...(account?.regions ?? [])])];
}
