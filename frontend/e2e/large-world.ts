import type { Page } from "playwright-core";
import type { Model } from "@/api/types";
import { answers, exampleOf } from "@/mocks/handlers";
import EXECUTIONS from "@/mocks/worlds/execution";
import { playWorld } from "./played-world.ts";
import type { SystemFacts } from "./system.ts";

const GROUP_COUNT = 1_000;
const SERVER_COUNT = 5_000;

/** The execution of 1,000 servers in 50 waves. */
export const LARGE_EXECUTION = "exec-large";

const GROUPS: readonly Model<"ProtectionGroup">[] = Array.from({ length: GROUP_COUNT }, (_, number) => ({
  ...first(exampleOf("list_protection_groups").items),
  groupId: `group-${number}`,
  groupName: `Application ${String(number).padStart(4, "0")}`,
}));

const SERVERS: readonly Model<"InventoryServer">[] = Array.from({ length: SERVER_COUNT }, (_, number) => ({
  ...first(exampleOf("get_source_server_inventory").items),
  sourceServerId: `s-${String(number).padStart(17, "0")}`,
  hostname: `host${String(number).padStart(4, "0")}`,
  protectionGroups: [],
}));

const LARGE = [
  answers("list_protection_groups", (request) => {
    const prefix = new URL(request.url).searchParams.get("namePrefix") ?? "";
    return pageOf(
      request,
      GROUPS.filter(({ groupName }) => groupName.startsWith(prefix)),
    );
  }),
  answers("get_source_server_inventory", (request) => {
    const part = new URL(request.url).searchParams.get("hostname") ?? "";
    const found = SERVERS.filter(({ hostname }) => hostname.includes(part));
    return { ...exampleOf("get_source_server_inventory"), serverCount: SERVER_COUNT, ...pageOf(request, found) };
  }),
  ...EXECUTIONS,
];

/** Has the page see a large system in the place of its own, which only signs people in. */
export async function playLargeWorld(page: Page, system: SystemFacts): Promise<void> {
  await playWorld(page, system, LARGE);
}

function pageOf<Row>(request: Request, rows: readonly Row[]): { items: Row[]; nextToken: string | undefined } {
  const { searchParams } = new URL(request.url);
  const from = Number(searchParams.get("nextToken") ?? 0);
  const to = from + Number(searchParams.get("limit") ?? 50);
  return { items: rows.slice(from, to), nextToken: to < rows.length ? String(to) : undefined };
}

function first<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error("the contract has no example");
  return row;
}
