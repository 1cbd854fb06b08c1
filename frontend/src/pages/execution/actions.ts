import type { OperationName } from "@/api/types";
import { count } from "@/text/amounts";
import { EXECUTION_TYPE } from "@/text/statuses";
import { type Execution, type Gate, placesWords, type Wave, waveOf, waveTitle, waveWords } from "./waves";

interface AboutWave<Kind extends string> {
  readonly kind: Kind;
  readonly wave: Wave;
  readonly gate: Gate | undefined;
}

/** What a person may ask for about a wave, and is asked for as that. */
export type WaveAction = AboutWave<"approve" | "retry" | "skip">;

/** What a person may ask for about an execution. */
export type Action = { readonly kind: "pause" | "resume" | "cancel" | "terminate" } | AboutWave<"reject"> | WaveAction;

export interface ActionWords {
  readonly operation: OperationName;
  readonly question: string;
  readonly verb: string;
  /** What will happen, in sentences. */
  readonly effect: readonly string[];
  /** What must be typed before it, where a mistake is dear. */
  readonly typed?: string;
}

const RUNNING: readonly Wave["status"][] = ["LAUNCHING", "LAUNCHED", "VALIDATING"];

/** What the dialog of an action says: what it does, to how many servers. Where they are is said beside it. */
export function wordsOf(action: Action, execution: Execution): ActionWords {
  switch (action.kind) {
    case "pause":
    case "resume":
    case "cancel":
      return wordsAboutAll(action.kind, execution);
    case "terminate":
      return wordsOfTermination(execution);
    case "approve":
      return wordsOfApproval(action.wave, action.gate);
    case "reject":
      return wordsOfRejection(action.wave, execution);
    case "retry":
    case "skip":
      return wordsOfMove(action.kind, action.wave);
  }
}

/** The gate of a wave as an action: what it is approved or rejected by. */
export function aboutGate(kind: "approve" | "reject", execution: Execution, gate: Gate): Action | undefined {
  const wave = waveOf(execution, gate);
  if (wave === undefined) return undefined;
  return kind === "approve" ? { kind, wave, gate } : { kind, wave, gate };
}

/** How many servers of an execution were launched. */
export function launchedIn(waves: readonly Wave[]): number {
  return waves.reduce((sum, { launchedCount }) => sum + launchedCount, 0);
}

/** The servers of waves that have not begun. */
export function stillToCome(waves: readonly Wave[]): number {
  const waiting = waves.filter(({ status }) => status === "PENDING" || status === "AWAITING_APPROVAL");
  return waiting.reduce((sum, { serverCount }) => sum + serverCount, 0);
}

function wordsAboutAll(kind: "pause" | "resume" | "cancel", execution: Execution): ActionWords {
  const what = `${EXECUTION_TYPE[execution.executionType].toLowerCase()} of ${execution.planName}`;
  const servers = count(execution.serverCount, "server");
  const toCome = count(stillToCome(execution.waves), "server");
  const running = execution.waves.filter(({ status }) => RUNNING.includes(status)).length;
  const jobs =
    running === 0 ? "No wave runs at the moment." : `${count(running, "wave")} that runs now is followed to its end.`;
  switch (kind) {
    case "pause":
      return {
        operation: "pause_execution",
        question: `Pause the ${what}?`,
        verb: `Pause ${servers}`,
        effect: [`Nothing more is launched until somebody resumes it: ${toCome} are still to come.`, jobs],
      };
    case "resume":
      return {
        operation: "resume_execution",
        question: `Resume the ${what}?`,
        verb: `Resume ${servers}`,
        effect: [`The pause ends, and launching goes on: ${toCome} are still to come.`],
      };
    case "cancel":
      return {
        operation: "cancel_execution",
        question: `Cancel the ${what}?`,
        verb: `Cancel ${servers}`,
        effect: [
          `Nothing new starts: ${toCome} will not be launched. This cannot be undone.`,
          jobs,
          `What is launched stays, ${count(launchedIn(execution.waves), "server")} now, until it is terminated.`,
        ],
      };
  }
}

function wordsOfTermination(execution: Execution): ActionWords {
  const launched = launchedIn(execution.waves);
  const instances = launched === 0 ? "all instances" : count(launched, "instance");
  const isRecovery = execution.executionType === "RECOVERY";
  return {
    operation: "terminate_instances",
    question: `Terminate the instances of the ${EXECUTION_TYPE[execution.executionType].toLowerCase()} of ${execution.planName}?`,
    verb: `Terminate ${instances}`,
    effect: [
      "Exactly what this execution launched is terminated, with its disks. This cannot be undone.",
      "Instances that were there before, and into which servers were launched, stay.",
      ...(isRecovery ? ["This was a recovery: your production may run on these instances."] : []),
    ],
    typed: isRecovery ? execution.planName : undefined,
  };
}

function wordsOfApproval(wave: Wave, gate: Gate | undefined): ActionWords {
  const servers = count(wave.serverCount, "server");
  if (gate?.kind === "FAILURE") {
    return {
      operation: "resume_execution",
      question: `Go on without what failed in ${waveWords(wave)}?`,
      verb: `Go on without ${count(wave.failedCount, "server")}`,
      effect: [
        `${waveTitle(wave)} stays as it is, and the waves after it start: ${wave.launchedCount} of ${servers} are launched.`,
      ],
    };
  }
  return {
    operation: "resume_execution",
    question: `Approve ${waveWords(wave)}?`,
    verb: `Approve ${servers}`,
    effect: [
      gate === undefined
        ? `${waveTitle(wave)} will not wait for an approval once its turn comes: it launches ${servers}.`
        : `${waveTitle(wave)} starts, and launches ${servers}.`,
    ],
  };
}

function wordsOfRejection(wave: Wave, execution: Execution): ActionWords {
  const { effect } = wordsAboutAll("cancel", execution);
  return {
    operation: "cancel_execution",
    question: `Reject ${waveWords(wave)}, and cancel the execution?`,
    verb: `Reject ${count(wave.serverCount, "server")} and cancel`,
    effect: [`${waveTitle(wave)} does not start, and the execution of ${execution.planName} is cancelled.`, ...effect],
  };
}

function wordsOfMove(kind: "retry" | "skip", wave: Wave): ActionWords {
  const servers = count(wave.serverCount, "server");
  if (kind === "retry") {
    const bad = Math.max(wave.failedCount, wave.serverCount - wave.launchedCount);
    return {
      operation: "retry_wave",
      question: `Retry ${waveWords(wave)}?`,
      verb: bad === 0 ? `Check ${servers} again` : `Retry ${count(bad, "server")}`,
      effect: [`Of its ${servers} those that are not well are looked at, then launched and checked again if need be.`],
    };
  }
  return {
    operation: "skip_wave",
    question: `Skip ${waveWords(wave)}?`,
    verb: `Skip ${servers}`,
    effect: [
      `The plan goes on without it: ${servers} are given up, of which ${wave.launchedCount} are launched.`,
      "What runs of it is followed to its end. A wave that was skipped cannot be started again in this execution.",
    ],
  };
}

/** Where an action has its effect, in words. */
export function whereOf(places: readonly { accountId: string; region: string }[], isExact: boolean): string {
  return isExact ? `In ${placesWords(places)}.` : `In one or more of ${placesWords(places)}.`;
}
