import type { Model } from "@/api/types";
import { usePages } from "@/api/use-pages";
import { FollowLink } from "@/components/follow-link";
import { StatusWords } from "@/components/status";
import { paths } from "@/routes/paths";
import { BAND } from "@/text/statuses";
import type { RowColumn } from "@/components/row-table";
import { PlainTable } from "./plain-table";
import { Unread } from "./replication";
import { Section } from "./section";

interface Row {
  readonly id: string;
  readonly account: Model<"CombinedCapacity">;
  readonly region: Model<"RegionCapacity">;
}

const COLUMNS: readonly RowColumn<Row>[] = [
  {
    header: "Account",
    cell: ({ account }) => (
      // the name of a target account has its id already
      <FollowLink href={paths.account(account.accountId)}>{account.accountName}</FollowLink>
    ),
  },
  { header: "Region", cell: ({ region }) => region.region },
  {
    header: "Replicating",
    cell: ({ region }) =>
      region.replication.map(({ accountId, replicating, limit, band }) => (
        <div key={accountId}>
          {replicating ?? "unknown"} of {limit} <Filling band={band} />
        </div>
      )),
  },
  {
    header: "Can be recovered",
    cell: ({ region: { recovery } }) => (
      <>
        {recovery.sourceServers ?? "unknown"} of {recovery.limit} <Filling band={recovery.band} />
      </>
    ),
  },
];

/** How full each account is in each region, against the quotas of DRS. */
export function Capacity() {
  const pages = usePages("get_all_capacity", { limit: 100 });
  const rows = pages.items.flatMap((account) =>
    account.regions.map((region) => ({ id: `${account.accountId}/${region.region}`, account, region })),
  );
  const unread = pages.items.flatMap(({ complete, findings }) => (complete ? [] : findings));
  return (
    <Section
      title="Capacity"
      description="Servers against the quotas of DRS, by account and region."
      what="The capacities"
      isLoading={pages.isLoading}
      error={pages.error}
      readAt={pages.readAt}
      onRefresh={pages.refresh}
    >
      <PlainTable
        label="Capacity"
        rows={rows}
        idOf={({ id }) => id}
        columns={COLUMNS}
        empty="No account has source servers."
      />
      {unread.length > 0 && <Unread findings={unread} />}
    </Section>
  );
}

function Filling({ band }: { readonly band: Model<"Band"> | undefined }) {
  return band === undefined ? <>Not known</> : <StatusWords of={BAND} name={band} />;
}
