import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { TAG_PLACE } from "@/text/statuses";
import { CollectionTable } from "./collection-table";
import { StatusWords } from "./status";

type Place = Model<"TagSyncPlaceView">;

const COLUMNS: readonly TableProps.ColumnDefinition<Place>[] = [
  {
    id: "account",
    header: "Account",
    isRowHeader: true,
    cell: ({ accountId }) => accountId,
    sortingField: "accountId",
  },
  { id: "region", header: "Region", cell: ({ region }) => region, sortingField: "region" },
  { id: "status", header: "State", minWidth: 150, cell: ({ status }) => <StatusWords of={TAG_PLACE} name={status} /> },
  { id: "done", header: "Servers done", cell: ({ done, fromEc2 }) => `${done} of ${fromEc2} that are EC2 instances` },
  { id: "added", header: "Tags added", cell: ({ counts }) => counts.added },
  { id: "changed", header: "Changed", cell: ({ counts }) => counts.changed },
  { id: "removed", header: "Removed", cell: ({ counts }) => counts.removed },
  { id: "failed", header: "Servers that failed", cell: ({ counts }) => counts.failed },
];

interface TagPlacesProps {
  readonly places: readonly Model<"TagSyncPlaceView">[];
  readonly isLoading: boolean;
  readonly variant?: TableProps.Variant;
}

/** How the newest copying of tags is in each account and region. */
export function TagPlaces({ places, isLoading, variant }: TagPlacesProps) {
  return (
    <CollectionTable<Place>
      title="Accounts and regions"
      noun="place"
      headingLevel="h3"
      variant={variant}
      items={places}
      columns={COLUMNS}
      idOf={({ accountId, region }) => `${accountId} ${region}`}
      isLoading={isLoading}
      isFiltered={false}
      empty="Nothing has been copied yet."
    />
  );
}
