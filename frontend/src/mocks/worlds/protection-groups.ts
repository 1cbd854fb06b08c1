import type { Answer, Model } from "@/api/types";
import { answers, exampleOf } from "../handlers";

/** A page of what is there, as the API pages. */
function page<Row>(rows: readonly Row[], url: URL): { items: Row[]; nextToken?: string } {
  const limit = Number(url.searchParams.get("limit") ?? "50");
  const from = Number(url.searchParams.get("nextToken") ?? "0");
  const end = from + limit;
  return { items: rows.slice(from, end), nextToken: end < rows.length ? String(end) : undefined };
}

const ACCOUNT = "111122223333";
const REGION = "us-west-2";
const [example] = exampleOf("list_protection_groups").items;
const [account] = exampleOf("list_target_accounts").items;

/** The server of a number; its id has the form of those of DRS. */
function server(number: number): Model<"InventoryServer"> {
  const isOwned = number % 7 === 0;
  return {
    sourceServerId: `s-${String(number).padStart(17, "0")}`,
    accountId: ACCOUNT,
    region: REGION,
    hostname: `app-${String(number).padStart(4, "0")}.example.com`,
    tags: { Tier: number % 3 === 0 ? "database" : "web", Site: number % 2 === 0 ? "a" : "b" },
    replicationState: number % 11 === 0 ? "STALLED" : "CONTINUOUS",
    replicationStateDisplay: "",
    accountName: "Production",
    protectionGroups: isOwned ? [{ groupId: "group-1", groupName: "Caches", by: "LIST" }] : [],
    readAt: "2026-01-29T09:30:00.000Z",
  };
}

const SERVERS = Array.from({ length: 3000 }, (_, number) => server(number));
const LISTED = SERVERS.slice(1, 7).map(({ sourceServerId }) => sourceServerId);

const GROUPS: Model<"ProtectionGroup">[] =
  example === undefined
    ? []
    : ["Databases", "Caches", "Web servers", ...Array.from({ length: 57 }, (_, number) => `Group ${number + 4}`)].map(
        (groupName, number) => ({
          ...example,
          groupId: number === 0 ? example.groupId : `group-${number}`,
          groupName,
          accountId: ACCOUNT,
          region: REGION,
          servers: [],
          launchConfig: number % 3 === 2 ? undefined : { subnetId: "subnet-0a1b2c3d4e5f60718", copyTags: true },
          drillLaunchConfig: undefined,
          launchIntoMatching: undefined,
          sourceServerIds: number % 2 === 0 ? LISTED : [],
          serverSelectionTags: tagsOf(number),
        }),
      );

/** Every other group has its servers by tags. */
function tagsOf(number: number): Record<string, string> {
  return number % 2 === 0 ? {} : { Tier: "database" };
}

const group = (request: Request): Model<"ProtectionGroup"> => {
  const [, groupId] = /protection-groups\/([^/]+)/.exec(new URL(request.url).pathname) ?? [];
  const found = GROUPS.find((each) => each.groupId === groupId) ?? GROUPS[0];
  if (found === undefined) throw new Error("The contract has no example of a group");
  return found;
};

const began = Date.now();

/** A run that takes a minute, from when the console was opened. */
function run(): Model<"LaunchConfigRunView"> {
  const done = Math.min(6, Math.floor((Date.now() - began) / 10_000));
  return {
    runId: "run-1",
    status: done === 6 ? "COMPLETED" : "RUNNING",
    startedBy: "operator@example.com",
    startedAt: new Date(began).toISOString(),
    total: 6,
    done,
    applied: Math.max(0, done - 1),
    unchanged: Math.min(done, 1),
    failed: 0,
  };
}

const STATUSES = ["APPLIED", "PENDING", "DRIFTED", "FAILED", "IN_PROGRESS", "NONE"] as const;

function status(request: Request): Answer<"get_launch_config_status"> {
  const rows = LISTED.map((sourceServerId, number) => ({
    sourceServerId,
    status: STATUSES[number] ?? "NONE",
    storedVersion: 1,
    appliedAt: number === 0 ? "2026-01-29T09:30:00.000Z" : undefined,
    reason: number === 3 ? "The role may not write the launch template." : undefined,
    differences: number === 2 ? [{ field: "instanceType", wanted: "m6i.large", found: "m6i.xlarge" }] : [],
  }));
  return {
    groupId: group(request).groupId,
    version: 1,
    serverCount: 6,
    counts: { APPLIED: 3, PENDING: 1, DRIFTED: 1, FAILED: 1 },
    run: group(request).groupName === "Databases" ? run() : undefined,
    ...page(rows, new URL(request.url)),
  };
}

/** Sixty groups, three thousand servers, and a run that goes on. */
export default [
  answers("list_target_accounts", { items: account === undefined ? [] : [{ ...account, accountId: ACCOUNT }] }),
  answers("list_protection_groups", (request) => {
    const url = new URL(request.url);
    const prefix = url.searchParams.get("namePrefix") ?? "";
    return page(
      GROUPS.filter(({ groupName }) => groupName.startsWith(prefix)),
      url,
    );
  }),
  answers("get_protection_group", group),
  answers("get_launch_config_status", status),
  answers("get_source_server_inventory", (request) => {
    const url = new URL(request.url);
    const hostname = url.searchParams.get("hostname") ?? "";
    const isFree = url.searchParams.get("unprotectedOnly") === "true";
    const found = SERVERS.filter(
      (each) => each.hostname.includes(hostname) && (!isFree || each.protectionGroups.length === 0),
    );
    return {
      ...exampleOf("get_source_server_inventory"),
      serverCount: found.length,
      replicationStates: { CONTINUOUS: 2727, STALLED: 273 },
      findings: [],
      ...page(found, url),
    };
  }),
  answers("get_drs_source_servers", (request) => {
    const asked = new URL(request.url).searchParams.getAll("sourceServerIds");
    const items = SERVERS.filter(({ sourceServerId }) => asked.includes(sourceServerId));
    return { items: items.map(({ protectionGroups: _, ...each }) => each) };
  }),
  answers("resolve_protection_group_tags", async (request) => {
    const { serverSelectionTags: tags } = (await request.json()) as { serverSelectionTags: Record<string, string> };
    const found = SERVERS.filter((each) => Object.entries(tags).every(([key, value]) => each.tags[key] === value));
    return { serverCount: found.length, items: found.slice(0, 100).map(({ protectionGroups: _, ...each }) => each) };
  }),
  answers("get_server_launch_config", (request) => {
    const [, sourceServerId = ""] = /servers\/([^/]+)/.exec(new URL(request.url).pathname) ?? [];
    return {
      ...exampleOf("get_server_launch_config"),
      sourceServerId,
      launchTemplate: { staticPrivateIp: "10.0.1.10" },
      drillLaunchTemplate: undefined,
      effective: { subnetId: "subnet-0a1b2c3d4e5f60718", copyTags: true, staticPrivateIp: "10.0.1.10" },
      implied: { copyPrivateIp: "With a static address that of the source is not copied." },
      found: { subnetId: "subnet-0a1b2c3d4e5f60718", copyTags: false },
      inDrills: {},
      differences: [{ field: "copyTags", wanted: true, found: false }],
    };
  }),
];
