import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useParams } from "react-router";
import { ErrorNotice } from "@/components/error-notice";
import { Freshness } from "@/components/freshness";
import { Loading } from "@/components/loading";
import { Page } from "@/components/page";
import { EXECUTION_TYPE } from "@/text/statuses";
import type { Action } from "./actions";
import { AbandonedJobs } from "./components/abandoned-jobs";
import { ActionDialog } from "./components/action-dialog";
import { EventLog } from "./components/event-log";
import { ExecutionButtons } from "./components/execution-buttons";
import { Gates } from "./components/gates";
import { Summary } from "./components/summary";
import { Termination } from "./components/termination";
import { Waves } from "./components/waves";
import { useExecution, useLastRead } from "./hooks";
import { useAnnouncements } from "./use-announcements";
import { useDecided } from "./use-decided";
import { isSettled } from "./waves";

const HELP = [
  "Pause lets running jobs finish and launches nothing more; every wave stays as it is until somebody resumes.",
  "Cancel starts nothing new and cannot be undone. Instances that are launched stay until they are terminated.",
  "Rejecting a wave cancels the execution. To go on without a wave, skip it.",
  "The critical path is the chain of waves that made the execution as long as it is: to be faster, begin there.",
  "Times are those of your own zone; point at one to see it in UTC.",
];

/** One execution while it runs and after: the whole plan, what waits for a decision, and what may be done about it. */
export default function ExecutionPage() {
  const { executionId = "" } = useParams();
  const { data: execution, error, dataUpdatedAt, refetch } = useExecution(executionId);
  const [action, setAction] = useState<Action | undefined>(undefined);
  const decided = useDecided();
  const refresh = (): void => void refetch();
  useLastRead(execution === undefined ? undefined : isSettled(execution));
  useAnnouncements(execution);
  const title =
    execution === undefined ? "Execution" : `${EXECUTION_TYPE[execution.executionType]} of ${execution.planName}`;
  return (
    <Page
      title={title}
      name={execution === undefined ? undefined : title}
      actions={execution !== undefined && <ExecutionButtons execution={execution} onAsk={setAction} />}
      help={HELP}
    >
      <SpaceBetween size="l">
        <ErrorNotice
          what={
            execution === undefined
              ? "The execution could not be read"
              : "This is not up to date: it could not be read again"
          }
          error={error}
          onRetry={refresh}
        />
        {execution === undefined && error === null && <Loading />}
        {execution !== undefined && (
          <SpaceBetween size="l">
            <Gates execution={execution} onAsk={setAction} whyNotAgain={decided.whyNotAgain} />
            <Summary
              execution={execution}
              freshness={<Freshness readAt={dataUpdatedAt} error={error} onRefresh={refresh} />}
            />
            <AbandonedJobs execution={execution} />
            <Termination execution={execution} />
            <Waves execution={execution} onAsk={setAction} />
            <EventLog execution={execution} />
            <Box variant="small">Execution {execution.executionId}</Box>
          </SpaceBetween>
        )}
      </SpaceBetween>
      {execution !== undefined && action !== undefined && (
        <ActionDialog
          action={action}
          execution={execution}
          onDone={decided.remember}
          onDismiss={() => setAction(undefined)}
        />
      )}
    </Page>
  );
}
