import { useOperation } from "@/api/use-operation";

/**
 * Whether the hub gets into an account, found out by going in: the role is assumed anew, and DRS asked where the account
 * is used. What one page has found another shows.
 */
export function useEntrance(accountId: string, enabled: boolean) {
  return useOperation(
    "validate_target_account",
    { path: { accountId }, body: {} },
    { enabled, staleMilliseconds: 5 * 60_000 },
  );
}
