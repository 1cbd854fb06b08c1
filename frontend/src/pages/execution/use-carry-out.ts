import { useChange } from "@/api/use-operation";
import { useNotifications } from "@/shell/notifications";
import { count } from "@/text/amounts";
import type { Action } from "./actions";
import { READS_OF_EXECUTION } from "./hooks";
import type { Execution } from "./waves";

interface Details {
  readonly reason: string;
  readonly relaunch: boolean;
}

interface CarryOut {
  readonly isBusy: boolean;
  readonly error: Error | null;
  readonly start: (details: Details) => void;
}

const INVALIDATES = { invalidates: READS_OF_EXECUTION };

/** Asks the API for an action; what the API says of it is told, and what it makes old is read anew. */
export function useCarryOut(action: Action, execution: Execution, onDone: () => void): CarryOut {
  const { succeeded } = useNotifications();
  const accepted = {
    ...INVALIDATES,
    onSuccess: ({ message }: { message: string }) => {
      succeeded(`${message.charAt(0).toUpperCase()}${message.slice(1)}`);
      onDone();
    },
  };
  const pause = useChange("pause_execution", accepted);
  const resume = useChange("resume_execution", accepted);
  const cancel = useChange("cancel_execution", accepted);
  const retry = useChange("retry_wave", accepted);
  const skip = useChange("skip_wave", accepted);
  const terminate = useChange("terminate_instances", {
    ...INVALIDATES,
    onSuccess: ({ serverCount, leftInstances }) => {
      const left =
        leftInstances.length === 0 ? "" : `; ${count(leftInstances.length, "instance")} that were there before stay`;
      succeeded(`The instances of ${count(serverCount, "server")} are being terminated${left}`);
      onDone();
    },
  });
  const all = [pause, resume, cancel, retry, skip, terminate];
  const { executionId } = execution;
  const start = ({ reason, relaunch }: Details): void => {
    switch (action.kind) {
      case "pause":
        return pause.mutate({ path: { executionId }, body: { reason } });
      case "resume":
        return resume.mutate({ path: { executionId }, body: { scope: "all", reason } });
      case "cancel":
        return cancel.mutate({ path: { executionId }, body: { reason } });
      case "reject":
        return cancel.mutate({
          path: { executionId },
          body: { reason: rejectionWords(action.wave.waveNumber, reason) },
        });
      case "terminate":
        return terminate.mutate({ path: { executionId }, body: { confirm: executionId, reason } });
    }
    const about = { waveNumber: action.wave.waveNumber, gateNumber: action.gate?.number };
    const path = { executionId, waveNumber: about.waveNumber };
    switch (action.kind) {
      case "approve":
        return resume.mutate({ path: { executionId }, body: { ...about, reason } });
      case "retry":
        return retry.mutate({ path, body: { gateNumber: about.gateNumber, relaunch, reason } });
      case "skip":
        return skip.mutate({ path, body: { gateNumber: about.gateNumber, reason } });
    }
  };
  return {
    isBusy: all.some(({ isPending }) => isPending),
    error: all.find(({ error }) => error !== null)?.error ?? null,
    start,
  };
}

/** A rejection is a cancellation that says which wave was meant. */
function rejectionWords(waveNumber: number, reason: string): string {
  return `Wave ${waveNumber + 1} was rejected${reason === "" ? "" : `: ${reason}`}`;
}
