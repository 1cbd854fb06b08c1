import { useMemo } from "react";
import { useOperation } from "@/api/use-operation";
import type { Model } from "@/api/types";

/** What DRS tells now of at most 100 servers of an account and region, by their ids; nothing of those it does not know. */
export function useSourceServers(
  place: { readonly accountId: string; readonly region: string } | undefined,
  sourceServerIds: readonly string[],
): { readonly known: ReadonlyMap<string, Model<"SourceServerView">>; readonly error: Error | null } {
  const query = {
    accountId: place?.accountId ?? "",
    region: place?.region ?? "",
    limit: 100,
    sourceServerIds: sourceServerIds.slice(0, 100),
  };
  const read = useOperation(
    "get_drs_source_servers",
    { query },
    { enabled: place !== undefined && sourceServerIds.length > 0, keepPrevious: true, staleMilliseconds: 60_000 },
  );
  const items = read.data?.items;
  const known = useMemo(
    () => new Map((items ?? []).map((server) => [server.sourceServerId, server] as const)),
    [items],
  );
  return { known, error: read.error };
}
