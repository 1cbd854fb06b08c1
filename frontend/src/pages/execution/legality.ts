import { EXECUTION, statusOf, WAVE } from "@/text/statuses";
import { type Execution, openGateOf, type Wave, waveTitle, waveWords } from "./waves";

/**
 * Why something cannot be asked for now, in words; nothing if it can.
 *
 * These are the API's own rules as far as they can be seen in its answer. It is the API that decides: what changed since it
 * was read, it refuses.
 */
export type Reason = string | undefined;

const TAKES_REQUESTS: readonly Execution["status"][] = ["PENDING", "RUNNING", "PAUSED"];
const NOT_STARTED: readonly Wave["status"][] = ["PENDING", "AWAITING_APPROVAL"];
const GONE_WRONG: readonly Wave["status"][] = ["FAILED", "TIMEOUT"];
const TO_RETRY: readonly Wave["status"][] = ["PARTIAL", ...GONE_WRONG];
const TO_SKIP: readonly Wave["status"][] = [...NOT_STARTED, ...TO_RETRY];

/** Why the execution takes no requests at all. */
export function whyClosed({ status }: Execution): Reason {
  if (TAKES_REQUESTS.includes(status)) return undefined;
  if (status === "PREPARING") return "The execution is still being started: try again in a few seconds.";
  if (!statusOf(EXECUTION, status).isEnd) return "The execution is ending by itself.";
  return `The execution has ended: ${statusOf(EXECUTION, status).words}.`;
}

/** Whether somebody paused the whole execution. */
export function isPaused(execution: Execution): boolean {
  return execution.gates.some(({ kind, status }) => kind === "PAUSE" && status === "OPEN");
}

export function whyNotPause(execution: Execution): Reason {
  const closed = whyClosed(execution);
  if (closed !== undefined) return closed;
  if (isPaused(execution)) return "The execution is paused already.";
  const isAnythingLeft = execution.waves.some(
    (wave) => NOT_STARTED.includes(wave.status) || wave.status === "LAUNCHING" || waitsAfterFailure(wave),
  );
  return isAnythingLeft ? undefined : "Nothing is left to start: every wave has launched its servers or ended.";
}

export function whyNotResume(execution: Execution): Reason {
  const closed = whyClosed(execution);
  if (closed !== undefined) return closed;
  return isPaused(execution) ? undefined : "The execution is not paused as a whole.";
}

export function whyNotCancel(execution: Execution): Reason {
  return execution.status === "CANCELLING" ? "The execution is being cancelled already." : whyClosed(execution);
}

export function whyNotRetry(execution: Execution, wave: Wave): Reason {
  return whyNotMove(execution, wave, TO_RETRY, "retried");
}

export function whyNotSkip(execution: Execution, wave: Wave): Reason {
  return whyNotMove(execution, wave, TO_SKIP, "skipped");
}

/** A wave is approved at its open gate, or ahead of it. */
export function whyNotApprove(execution: Execution, wave: Wave): Reason {
  const closed = whyClosed(execution);
  if (closed !== undefined) return closed;
  if (openGateOf(execution, wave) !== undefined) return undefined;
  if (wave.approvedBy !== undefined) return `${waveTitle(wave)} was approved already, by ${wave.approvedBy}.`;
  if (!wave.pauseBeforeWave) return `${waveTitle(wave)} does not wait for an approval.`;
  return wave.status === "PENDING" ? undefined : `${waveTitle(wave)} has no gate left to approve.`;
}

export function whyNotTerminate(execution: Execution): Reason {
  if (!statusOf(EXECUTION, execution.status).isEnd) return "Instances can be terminated once the execution has ended.";
  const { termination } = execution;
  if (termination?.status === "RUNNING") return "The instances are being terminated already.";
  if (execution.waves.every(({ startedAt }) => startedAt === undefined)) return "The execution launched nothing.";
  const mayStillCome = execution.abandonedJobs.some(({ endedAt }) => endedAt === undefined);
  return termination?.status === "COMPLETED" && !mayStillCome ? "All instances are terminated already." : undefined;
}

function whyNotMove(execution: Execution, wave: Wave, from: readonly Wave["status"][], done: string): Reason {
  const closed = whyClosed(execution);
  if (closed !== undefined) return closed;
  const stopper = execution.waves.find(
    ({ status, failurePolicy }) => GONE_WRONG.includes(status) && failurePolicy === "STOP",
  );
  if (stopper !== undefined) {
    return `Nothing new starts anywhere: ${waveWords(stopper)} went wrong, and the plan says to stop then.`;
  }
  if (from.includes(wave.status)) return undefined;
  return `${waveTitle(wave)} cannot be ${done} as it is: ${statusOf(WAVE, wave.status).words}.`;
}

function waitsAfterFailure(wave: Wave): boolean {
  return GONE_WRONG.includes(wave.status) && wave.failurePolicy === "PAUSE" && wave.continuedBy === undefined;
}
