import type { Model } from "@/api/types";

/** Where things are shown; the one place that joins ids to paths. */
export const paths = {
  dashboard: "/",
  groups: "/protection-groups",
  newGroup: "/protection-groups/new",
  group: (groupId: string): string => `/protection-groups/${encodeURIComponent(groupId)}`,
  editGroup: (groupId: string): string => `/protection-groups/${encodeURIComponent(groupId)}/edit`,
  server: (groupId: string, serverId: string): string =>
    `/protection-groups/${encodeURIComponent(groupId)}/servers/${encodeURIComponent(serverId)}`,
  plans: "/recovery-plans",
  newPlan: "/recovery-plans/new",
  plan: (planId: string): string => `/recovery-plans/${encodeURIComponent(planId)}`,
  editPlan: (planId: string): string => `/recovery-plans/${encodeURIComponent(planId)}/edit`,
  start: (planId: string, type: Model<"ExecutionType">): string =>
    `/recovery-plans/${encodeURIComponent(planId)}/start?type=${type}`,
  executions: "/executions",
  execution: (executionId: string): string => `/executions/${encodeURIComponent(executionId)}`,
  report: (executionId: string): string => `/executions/${encodeURIComponent(executionId)}/report`,
  accounts: "/accounts",
  newAccount: "/accounts/new",
  account: (accountId: string): string => `/accounts/${encodeURIComponent(accountId)}`,
  editAccount: (accountId: string): string => `/accounts/${encodeURIComponent(accountId)}/edit`,
  settings: "/settings",
} as const;
