import type { Answer, Model } from "@/api/types";
import { answers, exampleOf } from "../handlers";

type Account = Model<"TargetAccountView">;
type Finding = Model<"Finding">;

const HUB = "123456789012";
const REGION = "us-west-2";

const [example] = exampleOf("list_target_accounts").items;

function account(accountId: string, accountName: string, change: Partial<Account> = {}): Account {
  if (example === undefined) throw new Error("the contract has no example of an account");
  return {
    ...example,
    accountId,
    accountName,
    roleArn: undefined,
    checkDocumentPattern: undefined,
    stagingAccounts: [],
    ...change,
  };
}

const ACCOUNTS: readonly Account[] = [
  account("111122223333", "Production", {
    regions: [REGION, "us-east-2"],
    stagingAccounts: [{ accountId: "777788889999", accountName: "Replication one", hasExternalId: true }],
  }),
  account("444455556666", "Applications", { regions: [] }),
  account("555566667777", "Retired", { status: "inactive", hasExternalId: false }),
];

const finding = (change: Partial<Finding>): Finding => ({
  outcome: "FAIL",
  code: "ROLE",
  message: "",
  serverIds: [],
  details: {},
  ...change,
});

function capacity(accountId: string): Answer<"get_combined_capacity"> {
  const { accountName, stagingAccounts } = ACCOUNTS.find((each) => each.accountId === accountId) ?? {
    accountName: "Hub",
    stagingAccounts: [],
  };
  const isClosed = accountId === "444455556666";
  const replication = [
    { accountId, accountName, role: "TARGET" as const, replicating: 236, limit: 300, band: "warning" as const },
    ...stagingAccounts.map((staging) => ({
      accountId: staging.accountId,
      accountName: staging.accountName,
      role: "STAGING" as const,
      replicating: 41,
      limit: 300,
      band: "ok" as const,
    })),
  ];
  const recovery = { sourceServers: 277, extended: 41, limit: 4000, band: "ok" as const };
  return {
    accountId,
    accountName,
    serverCount: isClosed ? 0 : 277,
    regions: isClosed ? [] : [{ region: REGION, replication, recovery }],
    replication,
    recovery,
    complete: !isClosed,
    readAt: new Date(Date.now() - 20_000).toISOString(),
    ageSeconds: 20,
    findings: isClosed
      ? [
          finding({
            accountId,
            reason: "ROLE_NOT_ASSUMABLE",
            message: "the role DRSOrchestrationRole cannot be assumed: its external id is another",
          }),
        ]
      : [],
  };
}

function validation(accountId: string): Answer<"validate_target_account"> {
  const isClosed = accountId === "444455556666";
  return {
    accountId,
    valid: !isClosed,
    regions: [
      isClosed
        ? {
            region: REGION,
            usedBy: ["GROUPS"],
            passed: false,
            state: "NOT_ENTERED",
            failedStep: "AssumeRole",
            finding: finding({ accountId, region: REGION, message: "STS does not let the hub in: AccessDenied" }),
          }
        : { region: REGION, usedBy: ["ACCOUNT", "GROUPS"], passed: true, state: "READY" },
    ],
  };
}

function discovery(accountId: string): Answer<"discover_staging_accounts"> {
  return {
    accountId,
    complete: true,
    items: [
      {
        accountId: "777788889999",
        accountName: "Replication one",
        registered: true,
        regions: [REGION],
        extendedCount: 41,
        unusableCount: 1,
        unusable: [
          { sourceServerId: "s-00000000000000041", region: REGION, message: "The key of the volume is not shared." },
        ],
      },
      {
        accountId: "888899990000",
        registered: false,
        regions: [REGION],
        extendedCount: 3,
        unusableCount: 0,
        unusable: [],
      },
    ],
    regions: validation(accountId).regions,
    lastSync: sync(accountId),
  };
}

function sync(accountId: string): Answer<"sync_staging_accounts"> {
  return {
    accountId,
    syncId: "01M851V6N7X9A1C3E5G7J9L1P3",
    status: "DONE",
    requestedBy: "operator@example.com",
    startedAt: "2026-01-29T09:30:00.000Z",
    endedAt: "2026-01-29T09:34:10.000Z",
    placeCount: 1,
    pendingCount: 0,
    extendedCount: 1,
    failedCount: 1,
    places: [
      {
        stagingAccountId: "777788889999",
        region: REGION,
        servers: [
          {
            sourceServerId: "s-00000000000000040",
            hostname: "app-0040.example.com",
            outcome: "EXTENDED",
            extendedServerId: "s-00000000000000140",
            message: "",
          },
          {
            sourceServerId: "s-00000000000000041",
            hostname: "app-0041.example.com",
            outcome: "UNUSABLE",
            problem: "KEY_NOT_SHARED",
            message: "Let the policy of key/11112222 in us-west-2 give account 111122223333 its use.",
          },
        ],
      },
    ],
  };
}

const idIn = (request: Request): string => /targets\/(\d{12})/.exec(new URL(request.url).pathname)?.[1] ?? HUB;

/** Three accounts: one that is well and has a staging account, one that the hub does not get into, one that is inactive. */
export default [
  answers("get_current_account", {
    accountId: HUB,
    region: "us-east-1",
    partition: "aws",
    drsRegions: ["eu-central-1", "us-east-1", "us-east-2", REGION],
  }),
  answers("list_target_accounts", { items: [...ACCOUNTS] }),
  answers("get_target_account", (request) => {
    const [first] = ACCOUNTS;
    if (first === undefined) throw new Error("there is no account");
    return ACCOUNTS.find(({ accountId }) => accountId === idIn(request)) ?? first;
  }),
  answers("get_all_capacity", {
    items: [HUB, ...ACCOUNTS.slice(0, 2).map(({ accountId }) => accountId)].map(capacity),
    complete: false,
    findings: [],
  }),
  answers("get_combined_capacity", (request) => capacity(idIn(request))),
  answers("validate_target_account", (request) => validation(idIn(request))),
  answers("discover_staging_accounts", (request) => discovery(idIn(request))),
  answers("sync_staging_accounts", (request) => ({
    ...sync(idIn(request)),
    status: "RUNNING" as const,
    endedAt: undefined,
  })),
  answers("get_drs_quotas", (request) => {
    const asked = new URL(request.url).searchParams;
    const quota = exampleOf("get_drs_quotas").quotas[0];
    return {
      accountId: asked.get("accountId") ?? HUB,
      region: asked.get("region") ?? REGION,
      readAt: new Date().toISOString(),
      findings: [],
      quotas:
        quota === undefined
          ? []
          : [
              {
                ...quota,
                quota: "Replicating source servers",
                code: "L-C1D14A2B",
                limit: 300,
                inUse: 236,
                reserved: 0,
              },
              {
                ...quota,
                quota: "Concurrent jobs",
                code: "L-D88FAC3A",
                limit: 20,
                inUse: 1,
                reserved: 1,
                band: undefined,
              },
            ],
    };
  }),
];
