import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useParams } from "react-router";
import { useOperation } from "@/api/use-operation";
import { ErrorNotice } from "@/components/error-notice";
import { Loading } from "@/components/loading";
import { Page } from "@/components/page";
import { EXECUTION, EXECUTION_TYPE, statusOf } from "@/text/statuses";
import { ReportDecisions, ReportEvents } from "./components/report-course";
import { ReportServers } from "./components/report-servers";
import { ReportSummary } from "./components/report-summary";
import { ReportWaves } from "./components/report-waves";
import { useAllEvents, useAllServers } from "./hooks";
import "./report.css";

const HELP = [
  "Print shows the browser's own dialog, which also saves a PDF.",
  "The report says how things were when it was opened. Load it anew for an execution that still runs.",
];

/** An execution on paper: what was planned, what happened, who decided, and what became of each server. */
export default function ExecutionReportPage() {
  const { executionId = "" } = useParams();
  const read = useOperation("get_execution", { path: { executionId }, query: { limit: 1 } });
  const servers = useAllServers(executionId);
  const events = useAllEvents(executionId);
  const isAll = servers.isAll && events.isAll;
  const execution = read.data;
  const name =
    execution === undefined ? undefined : `${EXECUTION_TYPE[execution.executionType]} of ${execution.planName}: report`;
  return (
    <Page
      title={name ?? "Report"}
      name={name}
      description={
        execution !== undefined && !statusOf(EXECUTION, execution.status).isEnd
          ? "The execution has not ended: this is not its last word."
          : undefined
      }
      actions={
        <Button
          iconName="download"
          disabled={!isAll}
          disabledReason={isAll ? undefined : "Not everything is read yet."}
          onClick={() => window.print()}
        >
          Print
        </Button>
      }
      help={HELP}
    >
      <div className="report">
        <SpaceBetween size="l">
          <ErrorNotice what="The execution could not be read" error={read.error} onRetry={() => void read.refetch()} />
          {read.isPending && <Loading />}
          {execution !== undefined && (
            <SpaceBetween size="l">
              <ReportSummary execution={execution} />
              <ReportWaves execution={execution} />
              <ReportDecisions gates={execution.gates} />
              <ReportServers execution={execution} servers={servers} />
              <ReportEvents events={events} />
            </SpaceBetween>
          )}
        </SpaceBetween>
      </div>
    </Page>
  );
}
