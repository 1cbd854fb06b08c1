import type { Model } from "@/api/types";

/** Why a region of an account was asked. */
export const REGION_USE: Readonly<Record<Model<"RegionUse">, string>> = {
  REQUEST: "It was asked for",
  ACCOUNT: "The account names it",
  GROUPS: "Groups are there",
  ALARMS: "Alarms of plans are there",
  HUB: "It is the hub's region",
};

/** How far the hub came on its way to DRS. */
export const STEP: Readonly<Record<Model<"Step">, string>> = {
  FindTargetAccount: "Find the account among those that are registered",
  AssumeRole: "Assume the role",
  DescribeSourceServers: "Read the source servers",
  ListStagingAccounts: "Ask for the staging accounts",
};

/** What a person does about a region that did not pass. */
export const REGION_REMEDY: Readonly<Record<Model<"RegionState">, string>> = {
  READY: "",
  NOT_INITIALIZED: "Initialise DRS in this region of the account, or let the account name other regions.",
  NOT_ENABLED: "Opt in to the region in the account, or let the account name other regions.",
  DENIED:
    "Bring the stack of the role to the present template, and see whether a policy of the organisation forbids the region.",
  THROTTLED: "Try again in a minute.",
  NOT_ENTERED:
    "See that the stack of the role is there, that it trusts the hub, and that its external id is the one stored here.",
  SILENT: "Try again. If it stays silent, see whether AWS reports trouble in the region.",
  UNREADABLE: "Read what AWS says, put that right, and try again.",
};

/** What a person does about a server that is not extended, or is of no use. */
export const EXTENSION_REMEDY: Readonly<Record<Model<"ExtendProblem">, string>> = {
  ENCRYPTION: "Make a key, share it, and let the server replicate with it.",
  KEY_NOT_SHARED: "Let the policy of the key give the target account its use, and its role use it.",
  DENIED: "Trust the target account in the staging account, and give its role the right.",
  QUOTA: "Raise the quota of source servers of the target account.",
  THROTTLED: "Sync again.",
  SERVER_GONE: "Read what DRS says; the server is not there any more.",
  REFUSED: "Read what DRS says.",
  NOT_LOOKED_AT: "Let the hub into the staging account: validate it, put right what is found, and sync again.",
  NO_ANSWER: "Sync again.",
};
