import type { Model } from "@/api/types";
import { Band } from "@/components/band";
import { FindingWords } from "@/components/finding-list";
import type { useCapacities } from "../hooks";

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
  return (
    <>
      {found.regions.map(({ region, replication, recovery }) => (
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
      {found.findings.map((finding, position) => (
        <div key={position}>
          <FindingWords finding={finding} />
        </div>
      ))}
      {found.regions.length === 0 && found.findings.length === 0 && "No source servers in any region"}
    </>
  );
}
