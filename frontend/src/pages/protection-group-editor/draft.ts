import type { Input, Model } from "@/api/types";
import type { LaunchSettings } from "@/components/launch-settings/settings";

export type Group = Model<"ProtectionGroup">;
export type Override = Model<"ServerOverrideInput">;

export interface TagRow {
  readonly key: string;
  readonly value: string;
}

/** What is typed of a group: one object, with the servers of both ways to choose them. */
export interface Draft {
  readonly groupName: string;
  readonly description: string;
  readonly owner: string;
  readonly accountId: string;
  readonly region: string;
  readonly by: "list" | "tags";
  readonly sourceServerIds: readonly string[];
  readonly tags: readonly TagRow[];
  readonly launchConfig: LaunchSettings;
  readonly drillLaunchConfig: LaunchSettings;
  readonly launchConfigPolicy: Model<"DriftPolicy"> | "";
  readonly isIntoMatching: boolean;
  readonly servers: readonly Override[];
}

export const EMPTY: Draft = {
  groupName: "",
  description: "",
  owner: "",
  accountId: "",
  region: "",
  by: "list",
  sourceServerIds: [],
  tags: [{ key: "", value: "" }],
  launchConfig: {},
  drillLaunchConfig: {},
  launchConfigPolicy: "",
  isIntoMatching: false,
  servers: [],
};

/** A group as it is stored, to be typed upon. */
export function draftOf(group: Group): Draft {
  const tags = Object.entries(group.serverSelectionTags).map(([key, value]) => ({ key, value }));
  return {
    groupName: group.groupName,
    description: group.description,
    owner: group.owner,
    accountId: group.accountId,
    region: group.region,
    by: tags.length > 0 ? "tags" : "list",
    sourceServerIds: group.sourceServerIds,
    tags: tags.length > 0 ? tags : EMPTY.tags,
    launchConfig: group.launchConfig ?? {},
    drillLaunchConfig: group.drillLaunchConfig ?? {},
    launchConfigPolicy: group.launchConfigPolicy ?? "",
    isIntoMatching: group.launchIntoMatching !== undefined,
    servers: group.servers,
  };
}

/** The tags as the API takes them; rows without a key are none. */
export function tagsOf(rows: readonly TagRow[]): Record<string, string> {
  return Object.fromEntries(rows.filter(({ key }) => key !== "").map(({ key, value }) => [key, value]));
}

export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What a new group is created with. */
export function creation(draft: Draft): NonNullable<Input<"create_protection_group">["body"]> {
  return {
    groupName: draft.groupName,
    description: draft.description,
    owner: draft.owner,
    accountId: draft.accountId,
    region: draft.region,
    ...(draft.by === "list"
      ? { sourceServerIds: [...draft.sourceServerIds] }
      : { serverSelectionTags: tagsOf(draft.tags) }),
    launchConfig: settingsOrNull(draft.launchConfig),
    drillLaunchConfig: settingsOrNull(draft.drillLaunchConfig),
    launchConfigPolicy: draft.launchConfigPolicy === "" ? null : draft.launchConfigPolicy,
    launchIntoMatching: draft.isIntoMatching ? "NAME" : null,
    servers: [...draft.servers],
  };
}

type Changes = NonNullable<Input<"update_protection_group">["body"]>;

/** What a stored group is to have otherwise, and nothing else. */
export function changes(draft: Draft, stored: Group): Changes {
  const before = draftOf(stored);
  const is = (key: keyof Draft): boolean => !isSame(draft[key], before[key]);
  return {
    version: stored.version,
    ...(is("groupName") && { groupName: draft.groupName }),
    ...(is("description") && { description: draft.description }),
    ...(is("owner") && { owner: draft.owner }),
    ...(is("accountId") && { accountId: draft.accountId }),
    ...selectionChanges(draft, before),
    ...(is("launchConfig") && { launchConfig: settingsOrNull(draft.launchConfig) }),
    ...(is("drillLaunchConfig") && { drillLaunchConfig: settingsOrNull(draft.drillLaunchConfig) }),
    ...(is("launchConfigPolicy") && {
      launchConfigPolicy: draft.launchConfigPolicy === "" ? null : draft.launchConfigPolicy,
    }),
    ...(is("isIntoMatching") && { launchIntoMatching: draft.isIntoMatching ? ("NAME" as const) : null }),
    ...(is("servers") && { servers: [...draft.servers] }),
  };
}

/** Where one way to choose servers takes the place of the other, both are named: the other as empty. */
function selectionChanges(draft: Draft, before: Draft): Partial<Changes> {
  if (draft.by === "list") {
    const sourceServerIds = [...draft.sourceServerIds];
    if (before.by === "tags") return { sourceServerIds, serverSelectionTags: {} };
    return isSame(draft.sourceServerIds, before.sourceServerIds) ? {} : { sourceServerIds };
  }
  const serverSelectionTags = tagsOf(draft.tags);
  if (before.by === "list") return { serverSelectionTags, sourceServerIds: null };
  return isSame(serverSelectionTags, tagsOf(before.tags)) ? {} : { serverSelectionTags };
}

/** What must be put right before it can be sent, by field. */
export function faults(draft: Draft): Partial<Record<"groupName" | "accountId" | "region" | "servers", string>> {
  const hasServers =
    draft.by === "list" ? draft.sourceServerIds.length > 0 : Object.keys(tagsOf(draft.tags)).length > 0;
  return {
    ...(draft.groupName.trim() === "" && { groupName: "Give the group a name." }),
    ...(draft.accountId === "" && { accountId: "Choose an account." }),
    ...(draft.region === "" && { region: "Choose a region." }),
    ...(!hasServers && { servers: draft.by === "list" ? "Choose at least one server." : "Name at least one tag." }),
  };
}

function settingsOrNull(settings: LaunchSettings): Model<"LaunchConfigInput"> | null {
  return Object.keys(settings).length === 0 ? null : settings;
}
