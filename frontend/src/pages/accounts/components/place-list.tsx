import type { Model } from "@/api/types";
import { Band } from "@/components/band";
import { FindingList } from "@/components/finding-list";
import { count, enumeration } from "@/text/amounts";
import type { useCapacities } from "../hooks";

const MOST_NAMED = 3;

interface PlaceListProps {
  readonly account: Model<"TargetAccountView">;
  readonly capacities: ReturnType<typeof useCapacities>;
}

/** How an account stands in each region that it is used in: what replicates, what can be recovered, what was not read. */
export function PlaceList({ account, capacities }: PlaceListProps) {
  const found = capacities.byAccount.get(account.accountId);
  if (account.status === "inactive") return <>Not asked while it is inactive</>;
  if (found === undefined && capacities.error !== null) return <>Could not be read: {capacities.error.message}</>;
  if (found === undefined) return <>{capacities.isKnown ? "Not read" : "…"}</>;
  const read = found.regions.filter(isRead);
  const unread = found.regions.filter((region) => !isRead(region)).map(({ region }) => region);
  return (
    <>
      {read.map(({ region, replication, recovery }) => (
        <div key={region}>
          <strong>{region}</strong>
          {replication.map(({ accountId, role, replicating, limit, band }) => (
            <div key={accountId}>
              {role === "STAGING" ? `Staging account ${accountId} replicates` : "Replicates"}{" "}
              <Band used={replicating} limit={limit} band={band} />
            </div>
          ))}
          <div>
            Can recover <Band used={recovery.sourceServers} limit={recovery.limit} band={recovery.band} />
          </div>
        </div>
      ))}
      {unread.length > 0 && (
        <div>Unknown in {unread.length > MOST_NAMED ? count(unread.length, "region") : enumeration(unread)}</div>
      )}
      <FindingList findings={found.findings} />
      {found.regions.length === 0 && found.findings.length === 0 && "No source servers in any region"}
    </>
  );
}

/** Whether anything of a region is known. */
function isRead({ replication, recovery }: Model<"RegionCapacity">): boolean {
  return recovery.sourceServers !== undefined || replication.some(({ replicating }) => replicating !== undefined);
}
