import Box from "@cloudscape-design/components/box";
import type { TableProps } from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import type { Model } from "@/api/types";
import { REGION_REMEDY, REGION_USE, STEP } from "@/text/remedies";
import { REGION_STATE } from "@/text/statuses";
import { Breakable } from "./breakable";
import { CollectionTable } from "./collection-table";
import { StatusWords } from "./status";

type Check = Model<"RegionCheck">;

const COLUMNS: readonly TableProps.ColumnDefinition<Check>[] = [
  { id: "region", header: "Region", isRowHeader: true, cell: ({ region }) => region, sortingField: "region" },
  { id: "state", header: "State", minWidth: 210, cell: ({ state }) => <StatusWords of={REGION_STATE} name={state} /> },
  {
    id: "usedBy",
    header: "Why it was asked",
    minWidth: 180,
    cell: ({ usedBy }) => usedBy.map((use) => <div key={use}>{REGION_USE[use]}</div>),
  },
  { id: "todo", header: "What failed, and what to do", minWidth: 260, cell: (check) => <Obstacle check={check} /> },
];

interface RegionChecksProps {
  readonly title: string;
  readonly checks: readonly Check[];
  readonly isLoading?: boolean;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly headingLevel?: "h2" | "h3";
  readonly variant?: TableProps.Variant;
}

/** What came of each region that was asked, and what a person does where it did not pass. */
export function RegionChecks({ checks, ...table }: RegionChecksProps) {
  return (
    <CollectionTable<Check>
      {...table}
      noun="region"
      items={checks}
      columns={COLUMNS}
      idOf={({ region }) => region}
      isFiltered={false}
      empty={<Box textAlign="center">No region was asked.</Box>}
    />
  );
}

function Obstacle({ check }: { readonly check: Check }) {
  const { passed, failedStep, finding, state } = check;
  if (passed) return <>-</>;
  return (
    <>
      {failedStep !== undefined && <div>Failed at: {STEP[failedStep]}.</div>}
      {finding !== undefined && (
        <div>
          <Breakable text={finding.message} />
        </div>
      )}
      <div>
        <strong>{REGION_REMEDY[state]}</strong>
      </div>
    </>
  );
}
