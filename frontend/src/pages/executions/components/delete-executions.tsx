import { useState } from "react";
import type { Model } from "@/api/types";
import { useChange } from "@/api/use-operation";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Permitted } from "@/permissions/permitted";
import { useNotifications } from "@/shell/notifications";
import { count } from "@/text/amounts";
import { EXECUTION, EXECUTION_TYPE, statusOf } from "@/text/statuses";
import { instantOf, localTime } from "@/text/time";

type Execution = Model<"ExecutionSummary">;

/** As many as one request may name. */
const MOST = 25;

interface DeleteExecutionsProps {
  readonly chosen: readonly Execution[];
  readonly onDeleted: () => void;
  /** Some may be gone although the request failed: it ends when it takes too long, and goes on where it is repeated. */
  readonly onFailed: () => void;
}

/** Deletes executions that have ended, once a person has read what goes with them. */
export function DeleteExecutions({ chosen, onDeleted, onFailed }: DeleteExecutionsProps) {
  const { succeeded } = useNotifications();
  const [isAsking, setIsAsking] = useState(false);
  const executions = count(chosen.length, "execution");
  const remove = useChange("delete_executions", {
    invalidates: ["list_executions", "get_execution"],
    onSuccess: () => {
      setIsAsking(false);
      succeeded(chosen.length === 1 ? "1 execution is deleted." : `${executions} are deleted.`);
      onDeleted();
    },
    onError: onFailed,
  });
  const dismiss = (): void => {
    remove.reset();
    setIsAsking(false);
  };
  return (
    <>
      <Permitted operation="delete_executions" unavailable={whyNot(chosen)} onClick={() => setIsAsking(true)}>
        Delete
      </Permitted>
      {isAsking && (
        <ConfirmDialog
          question={`Delete ${executions}?`}
          operation="delete_executions"
          verb={`Delete ${executions}`}
          isBusy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ query: { executionIds: chosen.map(({ executionId }) => executionId) } })}
          onDismiss={dismiss}
        >
          <Effect chosen={chosen} />
        </ConfirmDialog>
      )}
    </>
  );
}

/** What goes, what stays, and that it is for good. */
function Effect({ chosen }: { readonly chosen: readonly Execution[] }) {
  const servers = chosen.reduce((sum, { serverCount }) => sum + serverCount, 0);
  return (
    <>
      <p>
        Everything that was kept of them goes for good: waves, {count(servers, "server")} with their verdicts,
        approvals, recovery times and the event log. Print or export first what must be proved later.
      </p>
      <p>
        Nothing changes in any account: instances that they launched and that were not terminated stay, and this system
        can then no longer terminate them.
      </p>
      <ul>
        {chosen.map(({ executionId, executionType, planName, startedAt, status }) => (
          <li key={executionId}>
            {EXECUTION_TYPE[executionType]} of {planName}, {localTimeOf(startedAt)}: {statusOf(EXECUTION, status).words}
          </li>
        ))}
      </ul>
    </>
  );
}

function localTimeOf(at: string | undefined): string {
  const instant = instantOf(at);
  return instant === undefined ? "never started" : localTime(instant);
}

function whyNot(chosen: readonly Execution[]): string | undefined {
  if (chosen.length === 0) return "Choose executions that have ended in the list below.";
  const open = chosen.filter(({ status }) => !statusOf(EXECUTION, status).isEnd);
  const [first] = open;
  if (first !== undefined) {
    return `${count(open.length, "execution has", "executions have")} not ended: ${first.planName} is ${statusOf(EXECUTION, first.status).words.toLowerCase()}.`;
  }
  return chosen.length > MOST ? `At most ${MOST} executions are deleted at once.` : undefined;
}
