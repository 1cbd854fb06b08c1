import Box from "@cloudscape-design/components/box";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import type { Model } from "@/api/types";
import { Ago } from "@/components/ago";
import { FollowLink } from "@/components/follow-link";
import { StatusWords } from "@/components/status";
import { paths } from "@/routes/paths";
import { count } from "@/text/amounts";
import { EXECUTION, EXECUTION_TYPE } from "@/text/statuses";
import { useActiveExecutions } from "../hooks";
import type { RowColumn } from "@/components/row-table";
import { PlainTable } from "./plain-table";
import { Section } from "./section";

type Execution = Model<"ExecutionSummary">;

const COLUMNS: readonly RowColumn<Execution>[] = [
  {
    header: "Plan",
    cell: (each) => <FollowLink href={paths.execution(each.executionId)}>{each.planName}</FollowLink>,
  },
  { header: "Type", cell: (each) => EXECUTION_TYPE[each.executionType] },
  {
    header: "Status",
    cell: (each) => (
      <>
        <StatusWords of={EXECUTION} name={each.status} />
        <Box variant="small">{each.statusReason}</Box>
      </>
    ),
  },
  {
    header: "Progress",
    cell: (each) => <ProgressBar value={each.progress} ariaLabel={`Progress of ${each.planName}`} />,
  },
  {
    header: "Size",
    cell: (each) => `${count(each.waveCount, "wave")}, ${count(each.serverCount, "server")}`,
  },
  { header: "Started", cell: (each) => <Ago at={each.startedAt} /> },
];

/** What has not ended, and first what waits for a decision. */
export function ActiveExecutions() {
  const { executions, isLoading, error, readAt, refresh } = useActiveExecutions();
  const waiting = executions.filter(({ status }) => status === "PAUSED").length;
  return (
    <Section
      title={`Active executions (${executions.length})`}
      description={
        waiting === 0 ? undefined : `${count(waiting, "execution")} wait${waiting === 1 ? "s" : ""} for a decision.`
      }
      what="The active executions"
      isLoading={isLoading}
      error={error}
      readAt={readAt}
      onRefresh={refresh}
    >
      <PlainTable
        label="Active executions"
        rows={executions}
        idOf={({ executionId }) => executionId}
        columns={COLUMNS}
        empty="Nothing runs and nothing waits."
      />
    </Section>
  );
}
