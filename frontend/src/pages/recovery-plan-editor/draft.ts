import type { Input, Model } from "@/api/types";

/** A plan as it is being edited: numbers are text until they are saved, so that nothing typed is lost. */
export interface PlanDraft {
  readonly planName: string;
  readonly description: string;
  readonly notificationEmail: string;
  readonly rtoMinutes: string;
  readonly rpoSeconds: string;
  readonly waves: readonly WaveDraft[];
}

export interface WaveDraft {
  readonly waveNumber: number;
  readonly waveName: string;
  readonly description: string;
  readonly protectionGroupIds: readonly string[];
  readonly dependsOnWaves: readonly number[];
  readonly pauseBeforeWave: boolean;
  readonly failurePolicy: Model<"FailurePolicy">;
  readonly minimumSuccess: string;
  /** One id on each line. */
  readonly optionalServers: string;
  readonly waitMinutes: string;
  readonly deadlineMinutes: string;
  readonly drainMinutes: string;
  readonly healthChecks: readonly CheckDraft[];
}

export type CheckDraft = AlarmDraft | CommandDraft;

export interface AlarmDraft {
  readonly kind: "alarm";
  readonly alarmName: string;
  readonly accountId: string;
  readonly region: string;
}

export interface CommandDraft {
  readonly kind: "command";
  readonly documentName: string;
  readonly timeoutSeconds: string;
  /** `name=value` on each line; a name may come again. */
  readonly parameters: string;
}

type NewWave = Model<"NewWave">;
type NewCheck = NonNullable<NewWave["healthChecks"]>[number];

/** What a new wave has. */
export function emptyWave(waveNumber: number): WaveDraft {
  return {
    waveNumber,
    waveName: "",
    description: "",
    protectionGroupIds: [],
    dependsOnWaves: [],
    pauseBeforeWave: false,
    failurePolicy: "PAUSE",
    minimumSuccess: "",
    optionalServers: "",
    waitMinutes: "",
    deadlineMinutes: "120",
    drainMinutes: "360",
    healthChecks: [],
  };
}

export const EMPTY_PLAN: PlanDraft = {
  planName: "",
  description: "",
  notificationEmail: "",
  rtoMinutes: "",
  rpoSeconds: "",
  waves: [emptyWave(0)],
};

/** A stored plan, to be edited. */
export function draftOf(plan: Model<"RecoveryPlan">): PlanDraft {
  return {
    planName: plan.planName,
    description: plan.description,
    notificationEmail: plan.notificationEmail ?? "",
    rtoMinutes: textOf(plan.rtoMinutes),
    rpoSeconds: textOf(plan.rpoSeconds),
    waves: plan.waves.map((wave) => ({
      waveNumber: wave.waveNumber,
      waveName: wave.waveName,
      description: wave.description,
      protectionGroupIds: wave.protectionGroupIds,
      dependsOnWaves: wave.dependsOnWaves,
      pauseBeforeWave: wave.pauseBeforeWave,
      failurePolicy: wave.failurePolicy,
      minimumSuccess: textOf(wave.minimumSuccess),
      optionalServers: wave.optionalServerIds.join("\n"),
      waitMinutes: textOf(wave.waitMinutes),
      deadlineMinutes: textOf(wave.deadlineMinutes),
      drainMinutes: textOf(wave.drainMinutes),
      healthChecks: (wave.healthChecks ?? []).map((check): CheckDraft =>
        "alarmName" in check
          ? { kind: "alarm", ...check, accountId: check.accountId ?? "", region: check.region ?? "" }
          : {
              kind: "command",
              documentName: check.documentName,
              timeoutSeconds: textOf(check.timeoutSeconds),
              parameters: Object.entries(check.parameters)
                .flatMap(([name, values]) => values.map((value) => `${name}=${value}`))
                .join("\n"),
            },
      ),
    })),
  };
}

/** What is sent to make the plan. */
export function newPlanOf(draft: PlanDraft): NonNullable<Input<"create_recovery_plan">["body"]> {
  return {
    planName: draft.planName,
    description: draft.description,
    notificationEmail: draft.notificationEmail === "" ? null : draft.notificationEmail,
    rtoMinutes: numberOf(draft.rtoMinutes),
    rpoSeconds: numberOf(draft.rpoSeconds),
    waves: draft.waves.map(newWaveOf),
  };
}

/** The lines of a text that hold something. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function newWaveOf(wave: WaveDraft): NewWave {
  const { minimumSuccess } = wave;
  return {
    waveNumber: wave.waveNumber,
    waveName: wave.waveName,
    description: wave.description,
    protectionGroupIds: [...wave.protectionGroupIds],
    dependsOnWaves: [...wave.dependsOnWaves],
    pauseBeforeWave: wave.pauseBeforeWave,
    failurePolicy: wave.failurePolicy,
    minimumSuccess: minimumSuccess.endsWith("%") ? minimumSuccess : numberOf(minimumSuccess),
    optionalServerIds: linesOf(wave.optionalServers),
    waitMinutes: numberOf(wave.waitMinutes),
    deadlineMinutes: numberOf(wave.deadlineMinutes) ?? undefined,
    drainMinutes: numberOf(wave.drainMinutes) ?? undefined,
    healthChecks: wave.healthChecks.length === 0 ? null : wave.healthChecks.map(newCheckOf),
  };
}

function newCheckOf(check: CheckDraft): NewCheck {
  if (check.kind === "alarm") {
    return { alarmName: check.alarmName, accountId: check.accountId || null, region: check.region || null };
  }
  const parameters: Record<string, string[]> = {};
  for (const line of linesOf(check.parameters)) {
    const [name = "", ...value] = line.split("=");
    (parameters[name] ??= []).push(value.join("="));
  }
  return {
    documentName: check.documentName,
    parameters,
    timeoutSeconds: numberOf(check.timeoutSeconds) ?? undefined,
  };
}

function textOf(value: number | string | undefined): string {
  return value === undefined ? "" : String(value);
}

function numberOf(text: string): number | null {
  return text.trim() === "" ? null : Number(text);
}
