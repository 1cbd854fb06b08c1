import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { useOperation } from "@/api/use-operation";
import { CollectionTable } from "@/components/collection-table";
import { ErrorNotice } from "@/components/error-notice";
import { FindingList } from "@/components/finding-list";
import { Freshness } from "@/components/freshness";
import { StatusWords } from "@/components/status";
import { BAND } from "@/text/statuses";
import { useRegionChoice } from "./region-choice";

type Quota = Model<"QuotaUse">;

const COLUMNS: readonly TableProps.ColumnDefinition<Quota>[] = [
  {
    id: "quota",
    header: "Quota",
    isRowHeader: true,
    minWidth: 200,
    cell: ({ quota }) => inWords(quota),
    sortingField: "quota",
  },
  { id: "limit", header: "Limit", cell: ({ limit }) => limit },
  { id: "inUse", header: "In use", cell: ({ inUse }) => inUse ?? "-" },
  { id: "reserved", header: "Reserved by calls of ours", cell: ({ reserved }) => reserved ?? "-" },
  {
    id: "band",
    header: "State",
    cell: ({ band }) => (band === undefined ? "-" : <StatusWords of={BAND} name={band} />),
  },
  {
    id: "from",
    header: "Limit known from",
    cell: ({ limitFrom }) => (limitFrom === "SERVICE_QUOTAS" ? "Service Quotas" : "AWS's documentation"),
  },
  { id: "adjustable", header: "Can be raised", cell: ({ adjustable }) => (adjustable ? "Yes" : "No") },
  { id: "code", header: "Code", cell: ({ code }) => code },
];

interface QuotasProps {
  readonly accountId: string;
  /** Where the account is used, as far as that is known. */
  readonly regions: readonly string[];
}

/** Every quota of DRS in a region of the account, and what of it is in use now. */
export function Quotas({ accountId, regions }: QuotasProps) {
  const [region, regionField] = useRegionChoice(regions);
  const read = useOperation(
    "get_drs_quotas",
    { query: { accountId, region: region ?? "" } },
    { enabled: region !== undefined, poll: true },
  );
  const refresh = (): void => void read.refetch();
  return (
    <SpaceBetween size="s">
      {regionField}
      <ErrorNotice what="The quotas could not be read" error={read.error} onRetry={refresh} />
      <FindingList findings={read.data?.findings ?? []} />
      <CollectionTable<Quota>
        title="Quotas"
        noun="quota"
        items={read.data?.quotas ?? []}
        columns={COLUMNS}
        idOf={({ code, quota }) => `${code} ${quota}`}
        isFiltered={false}
        isLoading={read.isLoading}
        variant="embedded"
        actions={<Freshness readAt={read.dataUpdatedAt} error={read.error} onRefresh={refresh} />}
      />
    </SpaceBetween>
  );
}

/** `serversInAllJobs` as `Servers in all jobs`. */
function inWords(name: string): string {
  const words = name.replace(
    /([a-z])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
  return words.charAt(0).toUpperCase() + words.slice(1);
}
