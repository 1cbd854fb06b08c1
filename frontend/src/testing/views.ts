import { screen, waitFor } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import type { HttpHandler } from "msw";
import { expect } from "vitest";
import type { OperationName, RoleName } from "@/api/generated/operations";
import { answers } from "@/mocks/handlers";
import { permissionsFor } from "@/mocks/permissions";
import ACCOUNTS from "@/mocks/worlds/accounts";
import EXECUTION from "@/mocks/worlds/execution";
import { ROUTES } from "@/routes/route-table";
import { renderConsole } from "./render-console";
import { server } from "./server";
// Written by `make contract`; tests/functional/contract/test_roles.py holds the API against the same rows.
import listing from "../../../docs/api/operations.json";

/** Which roles may call each operation. */
export const MATRIX = new Map(listing.operations.map(({ name, roles }) => [name, new Set<string>(roles)]));

/** Whether a role may call an operation, by the matrix that is published. */
export function mayCall(role: RoleName, operation: string): boolean {
  return MATRIX.get(operation)?.has(role) ?? false;
}

/** A page as it is opened, with the buttons that it has. */
export interface View {
  readonly path: string;
  /** What the buttons of the view call, whoever looks, each as often as it is there. */
  readonly buttons: readonly OperationName[];
  /** What the API answers beyond the contract's examples. */
  readonly world?: readonly HttpHandler[];
  /** The tab to be opened first. */
  readonly tab?: string;
}

const OF_PLAN = ["start_execution", "start_execution", "update_recovery_plan", "export_configuration"] as const;
const OF_EXECUTION = ["pause_execution", "resume_execution", "cancel_execution", "terminate_instances"] as const;

/** Every page of the console, and of pages that have several faces each. */
export const VIEWS: readonly View[] = [
  { path: "/", buttons: [] },
  { path: "/protection-groups", buttons: ["create_protection_group"] },
  { path: "/protection-groups/new", buttons: ["create_protection_group"] },
  {
    path: "/protection-groups/an-id",
    buttons: ["delete_protection_group", "apply_launch_configs", "update_protection_group"],
  },
  {
    path: "/protection-groups/an-id",
    tab: "Server Configurations",
    buttons: [
      ...["delete_protection_group", "apply_launch_configs", "update_protection_group"],
      "bulk_update_server_configs",
    ] as OperationName[],
  },
  { path: "/protection-groups/an-id/edit", buttons: ["update_protection_group"] },
  {
    path: "/protection-groups/an-id/servers/an-id",
    buttons: ["delete_server_launch_config", "apply_launch_configs", "update_server_launch_config"],
  },
  { path: "/recovery-plans", buttons: [...OF_PLAN, "create_recovery_plan"] },
  { path: "/recovery-plans/new", buttons: ["create_recovery_plan"] },
  { path: "/recovery-plans/an-id", buttons: [...OF_PLAN, "delete_recovery_plan"] },
  { path: "/recovery-plans/an-id/edit", buttons: ["update_recovery_plan"] },
  { path: "/recovery-plans/an-id/start?type=RECOVERY", buttons: ["start_execution"] },
  { path: "/executions", buttons: ["delete_executions"] },
  {
    path: "/executions/exec-waits?view=list&wave=1",
    buttons: [
      ...["resume_execution", "skip_wave", "cancel_execution"],
      ...OF_EXECUTION,
      ...["resume_execution", "retry_wave", "skip_wave"],
    ] as OperationName[],
    world: EXECUTION,
  },
  {
    path: "/executions/exec-stuck?view=list&wave=0",
    buttons: [
      ...["retry_wave", "resume_execution", "skip_wave"],
      ...OF_EXECUTION,
      ...["retry_wave", "skip_wave"],
    ] as OperationName[],
    world: EXECUTION,
  },
  {
    path: "/executions/exec-paused?view=list&wave=0",
    buttons: ["resume_execution", ...OF_EXECUTION, "retry_wave", "skip_wave"],
    world: EXECUTION,
  },
  { path: "/executions/exec-completed/report", buttons: [], world: EXECUTION },
  {
    path: "/accounts",
    buttons: [
      ...["validate_target_account", "validate_target_account", "delete_target_account"],
      ...["update_target_account", "add_target_account"],
    ] as OperationName[],
  },
  { path: "/accounts/new", buttons: ["add_target_account"] },
  {
    path: "/accounts/111122223333",
    buttons: ["delete_target_account", "update_target_account", "validate_target_account"],
    world: ACCOUNTS,
  },
  {
    path: "/accounts/111122223333",
    tab: "Staging accounts",
    buttons: [
      ...["delete_target_account", "update_target_account", "sync_staging_accounts"],
      ...["add_staging_account", "add_staging_account", "remove_staging_account"],
    ] as OperationName[],
    world: ACCOUNTS,
  },
  {
    path: "/accounts/111122223333",
    tab: "Servers",
    buttons: ["delete_target_account", "update_target_account"],
    world: ACCOUNTS,
  },
  {
    path: "/accounts/111122223333",
    tab: "Quotas",
    buttons: ["delete_target_account", "update_target_account"],
    world: ACCOUNTS,
  },
  {
    path: "/accounts/111122223333",
    tab: "Jobs",
    buttons: ["delete_target_account", "update_target_account"],
    world: ACCOUNTS,
  },
  {
    path: "/accounts/111122223333",
    tab: "Tags",
    buttons: ["delete_target_account", "update_target_account", "trigger_tag_sync"],
    world: ACCOUNTS,
  },
  { path: "/accounts/111122223333/edit", buttons: ["update_target_account"] },
  { path: "/settings", buttons: ["export_configuration", "import_configuration", "import_configuration"] },
  { path: "/settings?tab=tags", buttons: ["update_tag_sync_settings", "trigger_tag_sync"] },
  { path: "/settings?tab=notifications", buttons: ["update_recovery_plan"] },
];

/** The buttons that call an operation. */
export function shown(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("button[data-operation]")];
}

/** The operation that a button calls. */
export function calledBy(button: HTMLElement): string {
  return button.dataset.operation ?? "";
}

/** Opens a view for somebody of a role, once all its buttons are there. */
export async function openAs(role: RoleName, { path, tab, world = [], buttons }: View): Promise<UserEvent> {
  server.use(...world, answers("get_user_permissions", permissionsFor(role)));
  const { user } = await renderConsole(path);
  if (tab !== undefined) await user.click(await screen.findByRole("tab", { name: tab }));
  await waitFor(() => expect(shown().map(calledBy).sort()).toEqual([...buttons].sort()));
  return user;
}

/** Whether a role may see the page at all. */
export function maySee(role: RoleName, path: string): boolean {
  const asked = path.replace(/\?.*/, "");
  const route = ROUTES.find((each) => new RegExp(`^${each.path.replace(/:\w+/g, "(?!new$)[^/]+")}$`).test(asked));
  return route?.needs === undefined || mayCall(role, route.needs);
}
