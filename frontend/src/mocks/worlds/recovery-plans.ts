import type { Model } from "@/api/types";
import { answers, exampleOf } from "../handlers";

type Wave = Model<"Wave">;

const NAMES = ["Databases", "Application servers", "Search", "Frontends", "Reports"];

/** Groups of two accounts. */
export const GROUPS: Model<"ProtectionGroup">[] = exampleOf("list_protection_groups").items.flatMap((example) =>
  NAMES.map((groupName, position) => ({
    ...example,
    groupName,
    groupId: `group-${position}`,
    accountId: position < 3 ? "111122223333" : "444455556666",
  })),
);

const wave = (waveNumber: number, waveName: string, dependsOnWaves: number[]): Wave => ({
  waveNumber,
  waveName,
  description: "",
  protectionGroupIds: [`group-${waveNumber}`],
  pauseBeforeWave: waveNumber === 3,
  dependsOnWaves,
  failurePolicy: waveNumber === 0 ? "STOP" : "PAUSE",
  optionalServerIds: [],
  deadlineMinutes: 120,
  drainMinutes: 360,
});

/** A plan that is a diamond: two waves after the first one, and one after both. */
export const DIAMOND: Model<"RecoveryPlan"> = {
  ...exampleOf("get_recovery_plan"),
  waves: [wave(0, "Data", []), wave(1, "Applications", [0]), wave(2, "Search", [0]), wave(3, "Front", [1, 2])],
};

export default [
  answers("list_recovery_plans", {
    items: [DIAMOND, { ...DIAMOND, planId: "plan-2", planName: "Reports", waves: [wave(4, "Reports", [])] }],
  }),
  answers("get_recovery_plan", DIAMOND),
  answers("list_protection_groups", { items: GROUPS }),
  answers("preflight_recovery_plan", () => {
    const example = exampleOf("preflight_recovery_plan");
    const findings = example.findings.flatMap((found): Model<"Finding">[] => [
      { ...found, overridden: undefined, outcome: "FAIL" },
      { ...found, overridden: undefined, code: "LEFTOVER_INSTANCES", reason: undefined, message: "one drill was left" },
    ]);
    return { ...example, canStart: false, findings };
  }),
];
