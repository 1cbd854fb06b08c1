"""The operations of this function: importing a module declares what it holds."""

from query.execution_history import get_execution_events, get_termination_status
from query.job_logs import get_job_logs
from query.preflight_recovery_plan import preflight_recovery_plan
from query.recovery_instances import get_recovery_instances
from shared.services.configuration_reads import (
    get_protection_group,
    get_recovery_plan,
    list_protection_groups,
    list_recovery_plans,
)
from shared.services.execution_reads import get_execution, list_executions

__all__ = [
    "get_execution",
    "get_execution_events",
    "get_job_logs",
    "get_protection_group",
    "get_recovery_instances",
    "get_recovery_plan",
    "get_termination_status",
    "list_executions",
    "list_protection_groups",
    "list_recovery_plans",
    "preflight_recovery_plan",
]
