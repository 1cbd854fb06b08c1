import type { Answer, Model } from "@/api/types";
import { answers, exampleOf } from "../handlers";

let settings: Model<"TagSyncSettings"> = {
  enabled: true,
  intervalHours: 4,
  version: 3,
  updatedAt: "2026-01-29T09:30:00.000Z",
  updatedBy: "operator@example.com",
};

const REPORT: Answer<"get_tag_sync_status"> = {
  enabled: true,
  intervalHours: 4,
  nextDueAt: "2026-01-29T13:30:00.000Z",
  run: {
    runId: "run-1",
    reason: "SCHEDULE",
    startedBy: "the clock",
    startedAt: "2026-01-29T09:30:00.000Z",
    endedAt: "2026-01-29T09:31:12.000Z",
    status: "PARTIAL",
    isLeft: false,
    counts: { added: 12, changed: 3, removed: 1, unchanged: 250, failed: 1 },
    findings: [
      {
        outcome: "WARN",
        code: "ORIGIN_NOT_FOUND",
        message: "the instance of app-0041 is terminated; the server keeps its tags",
        accountId: "111122223333",
        region: "us-west-2",
        serverIds: [],
        details: {},
      },
    ],
    moreFindings: 0,
  },
  places: [
    {
      accountId: "111122223333",
      region: "us-west-2",
      status: "DONE",
      servers: 277,
      fromEc2: 260,
      done: 260,
      counts: { added: 12, changed: 3, removed: 1, unchanged: 250, failed: 1 },
      findingCount: 1,
    },
  ],
  morePlaces: 0,
  placesNotInUse: 31,
};

/** What an import would do to each group and plan of its document: the first plan has a group that nobody knows. */
async function imported(request: Request): Promise<Answer<"import_configuration">> {
  const said = (await request.json()) as {
    dryRun?: boolean;
    protectionGroups?: { groupName: string }[];
    recoveryPlans?: { planName: string }[];
  };
  const groups = said.protectionGroups ?? [];
  const plans = said.recoveryPlans ?? [];
  const created = groups.map(({ groupName }, position) => ({
    kind: "protectionGroup" as const,
    name: groupName,
    path: `protectionGroups[${position}]`,
    warnings:
      position === 0
        ? [
            {
              field: "serverConfigurations[0].sourceServerId",
              reason: "no tag of the group selects this server; its settings are kept, and hold for nobody now",
              code: "SERVER_NOT_IN_GROUP",
            },
          ]
        : [],
    ...(said.dryRun !== true && { id: `group-${position}` }),
  }));
  const failed = plans.map(({ planName }, position) => ({
    kind: "recoveryPlan" as const,
    name: planName,
    path: `recoveryPlans[${position}]`,
    code: "VALIDATION_ERROR",
    reasons: [
      {
        field: `recoveryPlans[${position}].waves[0].protectionGroupIds[0]`,
        reason: "there is no group of this id, and no mapping of it",
        code: "GROUP_NOT_FOUND",
      },
    ],
  }));
  const counts = { created: 0, updated: 0, skipped: 0, failed: 0 };
  return {
    dryRun: said.dryRun === true,
    partial: false,
    summary: {
      ...counts,
      created: created.length,
      failed: failed.length,
      protectionGroups: { ...counts, created: created.length },
      recoveryPlans: { ...counts, failed: failed.length },
    },
    created,
    updated: [],
    skipped: [],
    failed,
    unusedMappings: [],
  };
}

/** Tags that are copied every four hours, and an import that finds something. */
export default [
  answers("get_tag_sync_settings", () => settings),
  answers("update_tag_sync_settings", async (request) => {
    const said = (await request.json()) as Partial<Model<"TagSyncSettings">>;
    settings = { ...settings, ...said, version: settings.version + 1 };
    return { ...settings, runId: settings.enabled ? "run-2" : undefined };
  }),
  answers("get_tag_sync_status", REPORT),
  answers("trigger_tag_sync", { ...exampleOf("trigger_tag_sync"), status: "RUNNING", isLeft: false }),
  answers("import_configuration", imported),
];
