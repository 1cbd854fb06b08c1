import type { Model } from "@/api/types";

export type Finding = Model<"Finding">;
export type OverrideCode = NonNullable<Model<"Override">["codes"]>[number];

/** The codes that the contract lets an operator take upon himself; the compiler holds them against it. */
const OVERRIDABLE: Readonly<Record<OverrideCode, true>> = {
  SERVER_IN_TWO_GROUPS: true,
  OPTIONAL_SERVER_NOT_IN_WAVE: true,
  MINIMUM_SUCCESS_NOT_REACHABLE: true,
  NO_REQUIRED_SERVERS: true,
  ALARM_NOT_FOUND: true,
  COMMAND_NOT_RUNNABLE: true,
  HEALTH_CHECKS: true,
  ROLE: true,
  DRS_STATE: true,
  QUOTA: true,
  SERVER_MISSING: true,
  SERVER_BUSY: true,
  REPLICATION_STATE: true,
  EXTENSION_UNUSABLE: true,
  REPLICATION_LAG: true,
  SNAPSHOT_MISSING: true,
  SNAPSHOTS_NOT_CHECKED: true,
  LEFTOVER_INSTANCES: true,
  LAUNCH_CONFIG_INVALID: true,
  LAUNCH_CONFIG_DRIFT: true,
  LAUNCH_CONFIG_NOT_CHECKED: true,
  SUBNET_MISSING: true,
  SUBNET_ADDRESSES: true,
  SECURITY_GROUP: true,
  INSTANCE_TYPE: true,
  INSTANCE_PROFILE: true,
  STATIC_IP: true,
  PREPARED_INSTANCE: true,
  PREPARED_NOT_CHECKED: true,
  TEMPORARY_SETTINGS_LEFT: true,
  SERVERS_CHANGED: true,
  GROUP_SHRUNK: true,
  SERVERS_NOT_COMPARED: true,
};

/** Another execution's servers cannot be had. */
const NEVER: ReadonlySet<Finding["reason"]> = new Set<Finding["reason"]>(["HELD_BY_EXECUTION"]);

/** Whether a finding prevents a start: what was not to be checked does, what only a launch can prove does not. */
export function prevents({ outcome, code }: Finding): boolean {
  return (outcome === "FAIL" || outcome === "UNKNOWN") && code !== "LAUNCH_RIGHTS";
}

/** The code by which a finding can be overridden; nothing if nobody may take it upon himself. */
export function overrideCodeOf({ code, reason }: Finding): OverrideCode | undefined {
  return Object.hasOwn(OVERRIDABLE, code) && !NEVER.has(reason) ? (code as OverrideCode) : undefined;
}

/** Whoever names these accepts them of all servers until the execution ends, whatever is found before their launch. */
const ABOUT_SETTINGS: ReadonlySet<OverrideCode> = new Set<OverrideCode>([
  "LAUNCH_CONFIG_DRIFT",
  "LAUNCH_CONFIG_INVALID",
  "TEMPORARY_SETTINGS_LEFT",
]);

/** Whether it is about launch settings, which can be accepted as they were found, or whatever is found of them. */
export function isAboutSettings(code: OverrideCode): boolean {
  return ABOUT_SETTINGS.has(code);
}

const NAMED_ONLY: ReadonlySet<Finding["reason"]> = new Set<Finding["reason"]>([
  "NOTHING_TO_LAUNCH",
  "TOLD_BY_OTHERS",
  "LAUNCHED_INTO_BEFORE",
]);

/** Whether only an override that names its code covers it. */
export function mustBeNamed({ code, reason }: Finding): boolean {
  return NAMED_ONLY.has(reason) || code === "PREPARED_NOT_CHECKED";
}

/** With these an answer did not come in the time that there was. */
const FOR_TIME: ReadonlySet<Finding["reason"]> = new Set<Finding["reason"]>([
  "NO_ANSWER",
  "THROTTLED",
  "LENT_SETTINGS",
]);

/** Whether time was missing to find it out, and it can be overridden: a start has less time than a preflight. */
export function lackedTime(finding: Finding): boolean {
  return finding.outcome === "UNKNOWN" && FOR_TIME.has(finding.reason) && overrideCodeOf(finding) !== undefined;
}

/** The findings that prevent a start: those that can be overridden by their codes, and the others. */
export function obstaclesOf(findings: readonly Finding[]) {
  const byCode = new Map<OverrideCode, Finding[]>();
  const firm: Finding[] = [];
  for (const finding of findings.filter(prevents)) {
    const code = overrideCodeOf(finding);
    if (code === undefined) firm.push(finding);
    else byCode.set(code, [...(byCode.get(code) ?? []), finding]);
  }
  return { byCode, firm };
}

/** The worst first. */
export function inOrderOfWeight(findings: readonly Finding[]): Finding[] {
  const rank = (finding: Finding): number =>
    prevents(finding) ? 0 : { FAIL: 1, UNKNOWN: 1, WARN: 2, PASS: 3 }[finding.outcome];
  return [...findings].sort((one, other) => rank(one) - rank(other));
}

/** A code as people read it: `SERVER_BUSY` is `server busy`. */
export function codeWords(code: string): string {
  return code.toLowerCase().replaceAll("_", " ");
}
