"""The operations of this function: importing a module declares what it holds."""

from data_management.create_protection_group import create_protection_group
from data_management.create_recovery_plan import create_recovery_plan
from data_management.import_configuration import import_configuration
from shared.services.configuration_reads import (
    get_protection_group,
    get_recovery_plan,
    list_protection_groups,
    list_recovery_plans,
)

__all__ = [
    "create_protection_group",
    "create_recovery_plan",
    "get_protection_group",
    "get_recovery_plan",
    "import_configuration",
    "list_protection_groups",
    "list_recovery_plans",
]
