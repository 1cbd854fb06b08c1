import Box from "@cloudscape-design/components/box";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import type { TableProps } from "@cloudscape-design/components/table";
import type { Model } from "@/api/types";
import { paths } from "@/routes/paths";
import { EXECUTION, EXECUTION_TYPE } from "@/text/statuses";
import { duration, instantOf } from "@/text/time";
import { FollowLink } from "./follow-link";
import { StatusWords } from "./status";
import { Time } from "./time";

type Execution = Model<"ExecutionSummary">;

/** How long an execution took; of one that has not ended nothing is said. */
export function durationOf({ startedAt, endedAt }: Execution): string {
  const [from, until] = [instantOf(startedAt), instantOf(endedAt)];
  return from === undefined || until === undefined ? "-" : duration((until.getTime() - from.getTime()) / 1000);
}

/** The columns of executions, as data; who lists the executions of one plan leaves some of them out. */
export const EXECUTION_COLUMNS: readonly TableProps.ColumnDefinition<Execution>[] = [
  {
    id: "started",
    header: "Started",
    minWidth: 150,
    isRowHeader: true,
    cell: (each) => (
      <FollowLink href={paths.execution(each.executionId)}>
        <Time at={each.startedAt} />
      </FollowLink>
    ),
  },
  {
    id: "plan",
    header: "Plan",
    cell: (each) => <FollowLink href={paths.plan(each.planId)}>{each.planName}</FollowLink>,
  },
  { id: "type", header: "Type", cell: (each) => EXECUTION_TYPE[each.executionType] },
  {
    id: "status",
    header: "Status",
    minWidth: 180,
    cell: (each) => (
      <>
        <StatusWords of={EXECUTION} name={each.status} />
        <div>
          <Box variant="small">{each.statusReason}</Box>
        </div>
      </>
    ),
  },
  {
    id: "progress",
    header: "Progress",
    minWidth: 140,
    cell: (each) => (
      <ProgressBar value={each.progress} ariaLabel={`Progress of ${each.planName}, started ${each.startedAt}`} />
    ),
  },
  { id: "ended", header: "Ended", cell: (each) => <Time at={each.endedAt} /> },
  { id: "duration", header: "Took", cell: durationOf },
  { id: "initiatedBy", header: "Started by", cell: (each) => each.initiatedBy },
  { id: "waves", header: "Waves", cell: (each) => each.waveCount },
  { id: "servers", header: "Servers", cell: (each) => each.serverCount },
];
