import type { ComponentType } from "react";
import type { OperationName } from "@/api/types";

/** A page: where it is, what it is called, where its code lies, and which read it cannot do without. */
export interface Route {
  readonly path: string;
  readonly title: string;
  /** The path of the page above it, for breadcrumbs; the dashboard is above all. */
  readonly above?: string;
  /** Its entry in the navigation, if it has one. */
  readonly navigation?: string;
  /** Whoever may not call it is told so instead of seeing the page. */
  readonly needs?: OperationName;
  readonly page: () => Promise<{ default: ComponentType }>;
}

/** Every page of the console: one folder of `pages/` each, loaded when it is opened. */
export const ROUTES: readonly Route[] = [
  { path: "/", title: "Dashboard", navigation: "Dashboard", page: () => import("@/pages/dashboard") },
  {
    path: "/protection-groups",
    title: "Protection groups",
    navigation: "Protection groups",
    needs: "list_protection_groups",
    page: () => import("@/pages/protection-groups"),
  },
  {
    path: "/protection-groups/new",
    title: "Create protection group",
    above: "/protection-groups",
    needs: "create_protection_group",
    page: () => import("@/pages/protection-group-editor"),
  },
  {
    path: "/protection-groups/:groupId",
    title: "Protection group",
    above: "/protection-groups",
    needs: "get_protection_group",
    page: () => import("@/pages/protection-group"),
  },
  {
    path: "/protection-groups/:groupId/edit",
    title: "Edit protection group",
    above: "/protection-groups/:groupId",
    needs: "update_protection_group",
    page: () => import("@/pages/protection-group-editor"),
  },
  {
    path: "/protection-groups/:groupId/servers/:serverId",
    title: "Server configuration",
    above: "/protection-groups/:groupId",
    needs: "get_server_launch_config",
    page: () => import("@/pages/server-configuration"),
  },
  {
    path: "/recovery-plans",
    title: "Recovery plans",
    navigation: "Recovery plans",
    needs: "list_recovery_plans",
    page: () => import("@/pages/recovery-plans"),
  },
  {
    path: "/recovery-plans/new",
    title: "Create recovery plan",
    above: "/recovery-plans",
    needs: "create_recovery_plan",
    page: () => import("@/pages/recovery-plan-editor"),
  },
  {
    path: "/recovery-plans/:planId",
    title: "Recovery plan",
    above: "/recovery-plans",
    needs: "get_recovery_plan",
    page: () => import("@/pages/recovery-plan"),
  },
  {
    path: "/recovery-plans/:planId/edit",
    title: "Edit recovery plan",
    above: "/recovery-plans/:planId",
    needs: "update_recovery_plan",
    page: () => import("@/pages/recovery-plan-editor"),
  },
  {
    path: "/recovery-plans/:planId/start",
    title: "Start",
    above: "/recovery-plans/:planId",
    needs: "preflight_recovery_plan",
    page: () => import("@/pages/start-execution"),
  },
  {
    path: "/executions",
    title: "Executions",
    navigation: "Executions",
    needs: "list_executions",
    page: () => import("@/pages/executions"),
  },
  {
    path: "/executions/:executionId",
    title: "Execution",
    above: "/executions",
    needs: "get_execution",
    page: () => import("@/pages/execution"),
  },
  {
    path: "/executions/:executionId/report",
    title: "Report",
    above: "/executions/:executionId",
    needs: "get_execution",
    page: () => import("@/pages/execution-report"),
  },
  {
    path: "/accounts",
    title: "Accounts",
    navigation: "Accounts",
    needs: "list_target_accounts",
    page: () => import("@/pages/accounts"),
  },
  {
    path: "/accounts/new",
    title: "Add target account",
    above: "/accounts",
    needs: "add_target_account",
    page: () => import("@/pages/account-editor"),
  },
  {
    path: "/accounts/:accountId",
    title: "Account",
    above: "/accounts",
    needs: "get_target_account",
    page: () => import("@/pages/account"),
  },
  {
    path: "/accounts/:accountId/edit",
    title: "Edit target account",
    above: "/accounts/:accountId",
    needs: "update_target_account",
    page: () => import("@/pages/account-editor"),
  },
  { path: "/settings", title: "Settings", navigation: "Settings", page: () => import("@/pages/settings") },
  { path: "*", title: "Page not found", page: () => import("@/pages/not-found") },
];
