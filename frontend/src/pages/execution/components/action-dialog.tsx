import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { type Action, whereOf, wordsOf } from "../actions";
import { useServers } from "../hooks";
import { useCarryOut } from "../use-carry-out";
import type { Execution, Wave } from "../waves";

interface ActionDialogProps {
  readonly action: Action;
  readonly execution: Execution;
  /** The API has stored what was asked for. */
  readonly onDone: (action: Action) => void;
  readonly onDismiss: () => void;
}

/** Says what an action will do, to how many servers, in which accounts, and does it. */
export function ActionDialog({ action, execution, onDone, onDismiss }: ActionDialogProps) {
  const [details, setDetails] = useState({ reason: "", relaunch: false });
  const carryOut = useCarryOut(action, execution, () => {
    onDone(action);
    onDismiss();
  });
  const words = wordsOf(action, execution);
  return (
    <ConfirmDialog
      question={words.question}
      operation={words.operation}
      verb={words.verb}
      typed={words.typed}
      isBusy={carryOut.isBusy}
      error={carryOut.error}
      onConfirm={() => carryOut.start(details)}
      onDismiss={onDismiss}
    >
      <SpaceBetween size="s">
        <div>
          {words.effect.map((sentence) => (
            <div key={sentence}>{sentence}</div>
          ))}
          {"wave" in action && action.kind !== "reject" ? (
            <PlacesOfWave execution={execution} wave={action.wave} />
          ) : (
            <div>{whereOf(execution.targets, true)}</div>
          )}
        </div>
        {action.kind === "retry" && (
          <Checkbox
            checked={details.relaunch}
            description="It is replaced by a new instance; otherwise it is only checked again."
            onChange={({ detail }) => setDetails({ ...details, relaunch: detail.checked })}
          >
            Also launch anew what is launched and not healthy
          </Checkbox>
        )}
        <FormField label="Reason" description="It is kept in the event log.">
          <Input value={details.reason} onChange={({ detail }) => setDetails({ ...details, reason: detail.value })} />
        </FormField>
      </SpaceBetween>
    </ConfirmDialog>
  );
}

/** The accounts and regions of a wave are those of its servers, of which the first are read. */
function PlacesOfWave({ execution, wave }: { readonly execution: Execution; readonly wave: Wave }) {
  const servers = useServers(execution.executionId, wave.waveNumber, false);
  const isAll = !servers.isLoading && servers.items.length >= wave.serverCount;
  return <div>{isAll ? whereOf(servers.items, true) : whereOf(execution.targets, execution.targets.length === 1)}</div>;
}
