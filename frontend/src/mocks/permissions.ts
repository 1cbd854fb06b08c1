import { GIVEN_BY, type PermissionName, type RoleName } from "@/api/generated/operations";
import type { Model } from "@/api/types";
import { answers } from "./handlers";

/** What a person of one role may do. */
export function permissionsFor(...roles: RoleName[]): Model<"UserPermissions"> {
  const held = (Object.keys(GIVEN_BY) as PermissionName[]).filter((permission) =>
    (GIVEN_BY[permission] as readonly RoleName[]).some((role) => roles.includes(role)),
  );
  return { user: "operator@example.com", roles, permissions: held };
}

/** Whoever plays is an administrator. */
export const PERMISSIONS = [answers("get_user_permissions", permissionsFor("DRSOrchestrationAdmin"))];
