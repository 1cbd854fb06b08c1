/** What the change of servers' settings makes old. */
export const SETTINGS_READS = [
  "get_server_launch_config",
  "get_server_config_history",
  "get_launch_config_status",
  "get_protection_group",
  "list_protection_groups",
] as const;
