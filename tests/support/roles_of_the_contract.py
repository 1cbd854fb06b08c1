"""Sections 1 and 3 of the contract, typed from it: what each operation needs, and what each role gives."""

import re
from collections.abc import Mapping
from typing import Final

ROLES: Final = ("DRSOrchestrationAdmin", "DRSRecoveryManager", "DRSPlanManager", "DRSOperator", "DRSReadOnly")

# Section 3: Admin, RecoveryManager, PlanManager, Operator, ReadOnly.
_GIVEN: Final = """
register_accounts, modify_accounts | x | x | | |
delete_accounts, delete_executions | x | | | |
view_accounts, view_executions, view_protection_groups, view_recovery_plans | x | x | x | x | x
start_recovery, stop_recovery | x | x | x | x |
terminate_instances | x | x | | |
create_protection_groups, delete_protection_groups, create_recovery_plans, delete_recovery_plans | x | x | x | |
modify_protection_groups, modify_recovery_plans | x | x | x | x |
export_configuration, import_configuration | x | x | | |
"""

# Section 1, without what part 5 declares.
_NEEDED: Final = """
list_protection_groups get_protection_group resolve_protection_group_tags get_drs_source_servers: view_protection_groups
get_source_server_inventory: view_protection_groups
validate_static_ip: view_protection_groups
get_launch_config_status get_server_launch_config get_server_config_history: view_protection_groups
apply_launch_configs update_server_launch_config delete_server_launch_config: modify_protection_groups
bulk_update_server_configs: modify_protection_groups
create_protection_group: create_protection_groups
update_protection_group: modify_protection_groups
delete_protection_group: delete_protection_groups
list_recovery_plans get_recovery_plan check_existing_instances preflight_recovery_plan: view_recovery_plans
create_recovery_plan: create_recovery_plans
update_recovery_plan: modify_recovery_plans
delete_recovery_plan: delete_recovery_plans
list_executions get_execution get_termination_status get_recovery_instances get_job_logs: view_executions
get_execution_events list_drs_jobs: view_executions
start_execution resume_execution retry_wave: start_recovery
pause_execution cancel_execution skip_wave: stop_recovery
terminate_instances: terminate_instances
delete_executions: delete_executions
list_target_accounts get_target_account validate_target_account get_current_account: view_accounts
get_drs_quotas get_combined_capacity get_all_capacity: view_accounts
discover_staging_accounts: view_accounts
get_ec2_subnets get_ec2_security_groups get_ec2_instance_profiles get_ec2_instance_types: view_accounts
add_target_account: register_accounts
update_target_account: modify_accounts
validate_staging_account add_staging_account remove_staging_account sync_staging_accounts: modify_accounts
delete_target_account: delete_accounts
export_configuration: export_configuration
import_configuration: import_configuration
get_tag_sync_settings get_tag_sync_status: view_protection_groups
trigger_tag_sync update_tag_sync_settings: modify_protection_groups
"""

ANY_SIGNED_IN: Final = frozenset({"get_user_permissions"})
PUBLIC: Final = frozenset({"health"})

GIVEN: Final[Mapping[tuple[str, str], bool]] = {
    (permission, role): mark.strip() == "x"
    for line in _GIVEN.strip().splitlines()
    for permission in re.findall(r"[a-z]+(?:_[a-z]+)+", line)
    for role, mark in zip(ROLES, line.split("|")[1:], strict=True)
}
"""Whether a role gives a permission."""

NEEDED: Final[Mapping[str, str]] = {
    operation: line.rpartition(": ")[2]
    for line in _NEEDED.strip().splitlines()
    for operation in line.rpartition(": ")[0].split()
}
"""The permission that an operation needs, for all but those that ask for none."""
