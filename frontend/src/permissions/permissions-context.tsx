import { createContext, type ReactNode, useContext, useMemo } from "react";
import { GIVEN_BY, OPERATIONS, type PermissionName } from "@/api/generated/operations";
import type { Model, OperationName } from "@/api/types";
import { useOperation } from "@/api/use-operation";
import { enumeration } from "@/text/amounts";

/** What the person may do, as the API itself says. */
export interface Permissions {
  readonly isKnown: boolean;
  readonly error: Error | null;
  readonly roles: readonly Model<"Role">[];
  /** Whether the person may call an operation. */
  readonly may: (operation: OperationName) => boolean;
  /** Why not, in words; nothing if the person may. */
  readonly whyNot: (operation: OperationName) => string | undefined;
}

const PermissionsContext = createContext<Permissions | undefined>(undefined);

/** Asks the API once who the person is, and tells everything below. */
export function PermissionsProvider({ children }: { readonly children: ReactNode }) {
  const asked = useOperation("get_user_permissions", {}, { staleMilliseconds: 5 * 60_000 });
  const value = useMemo(() => permissionsOf(asked.data, asked.error), [asked.data, asked.error]);
  return <PermissionsContext.Provider value={value}>{children}</PermissionsContext.Provider>;
}

/** What the person may do. */
export function usePermissions(): Permissions {
  const found = useContext(PermissionsContext);
  if (found === undefined) throw new Error("no PermissionsProvider is above");
  return found;
}

/** What an answer of `get_user_permissions` means for each operation; without one nothing is permitted. */
export function permissionsOf(answer: Model<"UserPermissions"> | undefined, error: Error | null): Permissions {
  const held = new Set<string>(answer?.permissions ?? []);
  const may = (operation: OperationName): boolean => {
    const needed = OPERATIONS[operation].permission;
    return needed === "public" || (answer !== undefined && needed === "signed_in") || held.has(needed);
  };
  return {
    isKnown: answer !== undefined,
    error,
    roles: answer?.roles ?? [],
    may,
    whyNot: (operation) => (may(operation) ? undefined : reasonFor(operation, answer)),
  };
}

function reasonFor(operation: OperationName, answer: Model<"UserPermissions"> | undefined): string {
  const needed = OPERATIONS[operation].permission;
  if (answer === undefined) return "What you may do is not known yet.";
  const roles: readonly string[] = needed in GIVEN_BY ? GIVEN_BY[needed as PermissionName] : [];
  const yours = answer.roles.length === 0 ? "you are in no group" : `you are ${answer.roles.join(", ")}`;
  return `This needs the permission ${needed}, which ${enumeration(roles)} ${roles.length === 1 ? "has" : "have"}; ${yours}.`;
}
