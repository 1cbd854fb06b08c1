/** What a change of an account makes old. */
export const ACCOUNT_READS = [
  "list_target_accounts",
  "get_target_account",
  "get_all_capacity",
  "get_combined_capacity",
  "validate_target_account",
  "discover_staging_accounts",
  "get_source_server_inventory",
] as const;
