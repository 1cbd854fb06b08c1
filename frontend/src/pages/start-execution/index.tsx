import { useParams, useSearchParams } from "react-router";
import Alert from "@cloudscape-design/components/alert";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useState } from "react";
import { ApiError } from "@/api/errors";
import { useOperation } from "@/api/use-operation";
import { ErrorNotice } from "@/components/error-notice";
import { Freshness } from "@/components/freshness";
import { Page } from "@/components/page";
import { EXECUTION_TYPE } from "@/text/statuses";
import { PointInTime } from "./components/point-in-time";
import { type Intention, NOTHING_INTENDED, Preflight } from "./components/preflight";

const HELP = [
  "Everything that a start needs is checked now, in every account and region. Nothing is started by looking.",
  "What prevents a start can be overridden for a reason that is kept with the execution, kind by kind.",
  "What differs of launch settings is accepted as it was found, or whatever it is until the execution ends: you choose.",
];

/** What would be started and whether it could be, before anything is. */
export default function StartExecutionPage() {
  const { planId = "" } = useParams();
  const [search] = useSearchParams();
  const type = search.get("type") === "RECOVERY" ? "RECOVERY" : "DRILL";
  const [pointInTime, setPointInTime] = useState("LATEST");
  // Kept here, because another point in time is another report.
  const [intention, setIntention] = useState<Intention>(NOTHING_INTENDED);
  const read = useOperation(
    "preflight_recovery_plan",
    { path: { planId }, query: { executionType: type, pointInTime } },
    { staleMilliseconds: 0 },
  );
  const report = read.data;
  const what = EXECUTION_TYPE[type].toLowerCase();
  return (
    <Page
      title={`Run ${what}${report === undefined ? "" : `: ${report.planName}`}`}
      name={`Run ${what}`}
      help={HELP}
      description={
        type === "DRILL"
          ? "A drill leaves the sources alone; its instances are terminated afterwards."
          : "A recovery is the real thing: the servers are launched to take over."
      }
      actions={<Freshness readAt={read.dataUpdatedAt} error={read.error} onRefresh={() => void read.refetch()} />}
    >
      <SpaceBetween size="l">
        <PointInTime value={pointInTime} onChange={setPointInTime} />
        <ErrorNotice what="It could not be checked" error={read.error} onRetry={() => void read.refetch()} />
        {read.error instanceof ApiError && read.error.code === "CONFLICT_ERROR" && (
          <Alert type="info">Look at the active executions: one of this plan may still run.</Alert>
        )}
        {read.isFetching && (
          <Alert type="info" header="Being checked in every account and region">
            <Spinner /> This takes a few seconds.
          </Alert>
        )}
        {report !== undefined && (
          <Preflight
            key={`${type} ${pointInTime}`}
            report={report}
            type={type}
            pointInTime={pointInTime}
            isChecking={read.isFetching}
            isKnown={read.error === null}
            readAt={read.dataUpdatedAt}
            intention={intention}
            onIntend={setIntention}
            onCheckAgain={() => void read.refetch()}
          />
        )}
      </SpaceBetween>
    </Page>
  );
}
