import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { useOperation } from "@/api/use-operation";
import { Ago } from "@/components/ago";
import { Band } from "@/components/band";
import { CollectionTable } from "@/components/collection-table";
import { ErrorNotice } from "@/components/error-notice";
import { FindingList } from "@/components/finding-list";
import { Freshness } from "@/components/freshness";
import { count } from "@/text/amounts";

type Region = Model<"RegionCapacity">;

const COLUMNS: readonly TableProps.ColumnDefinition<Region>[] = [
  { id: "region", header: "Region", isRowHeader: true, cell: ({ region }) => region },
  {
    id: "replication",
    header: "Replicating",
    minWidth: 220,
    cell: ({ replication }) =>
      replication.map(({ accountId, accountName, role, replicating, limit, band }) => (
        <div key={accountId}>
          {role === "STAGING" ? `Staging account ${accountName}: ` : "Here: "}
          <Band used={replicating} limit={limit} band={band} />
        </div>
      )),
  },
  {
    id: "recovery",
    header: "Can be recovered",
    minWidth: 180,
    cell: ({ recovery }) => (
      <>
        <Band used={recovery.sourceServers} limit={recovery.limit} band={recovery.band} />
        {(recovery.extended ?? 0) > 0 && <div>{recovery.extended} of them extended from staging accounts</div>}
      </>
    ),
  },
];

/** How full an account and its staging accounts are, against the quotas of each region. */
export function Capacity({ accountId }: { readonly accountId: string }) {
  const read = useOperation("get_combined_capacity", { path: { accountId } }, { poll: true });
  const { data } = read;
  const refresh = (): void => void read.refetch();
  return (
    <SpaceBetween size="s">
      <ErrorNotice what="The capacity could not be read" error={read.error} onRetry={refresh} />
      {data?.complete === false && (
        <Alert type="warning" header="Not everything could be read">
          What is missing is missing from the numbers too.
        </Alert>
      )}
      <FindingList findings={data?.findings ?? []} />
      <CollectionTable<Region>
        title="Capacity"
        noun="region"
        items={data?.regions ?? []}
        columns={COLUMNS}
        idOf={({ region }) => region}
        isFiltered={false}
        isLoading={read.isPending}
        description={
          data !== undefined && (
            <>
              {count(data.serverCount, "source server")}. DRS was asked <Ago at={data.readAt} />.
            </>
          )
        }
        actions={<Freshness readAt={read.dataUpdatedAt} error={read.error} onRefresh={refresh} />}
        empty={<Box textAlign="center">No account has source servers in any region that was read.</Box>}
      />
    </SpaceBetween>
  );
}
