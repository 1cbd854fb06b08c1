import { useChange } from "@/api/use-operation";
import { useNotifications } from "@/shell/notifications";
import { count } from "@/text/amounts";
import type { Action, WaveAction } from "./actions";
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
  const path = { executionId };
  const start = ({ reason, relaunch }: Details): void => {
    switch (action.kind) {
      case "pause":
        pause.mutate({ path, body: { reason } });
        break;
      case "resume":
        resume.mutate({ path, body: { scope: "all", reason } });
        break;
      case "cancel":
        cancel.mutate({ path, body: { reason } });
        break;
      case "reject":
        cancel.mutate({ path, body: { reason: rejectionWords(action.wave.waveNumber, reason) } });
        break;
      case "terminate":
        terminate.mutate({ path, body: { confirm: executionId, reason } });
        break;
      default:
        startOfWave(action, { reason, relaunch });
    }
  };
  const startOfWave = ({ kind, wave, gate }: WaveAction, { reason, relaunch }: Details): void => {
    const { waveNumber } = wave;
    const gateNumber = gate?.number;
    switch (kind) {
      case "approve":
        resume.mutate({ path, body: { waveNumber, gateNumber, reason } });
        break;
      case "retry":
        retry.mutate({ path: { executionId, waveNumber }, body: { gateNumber, relaunch, reason } });
        break;
      case "skip":
        skip.mutate({ path: { executionId, waveNumber }, body: { gateNumber, reason } });
        break;
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
