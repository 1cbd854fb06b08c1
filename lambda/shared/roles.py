"""Who may do what: permissions, roles, and the caller that a door has recognised."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Permission(StrEnum):
    """What a role may do; SIGNED_IN needs a caller, PUBLIC needs none."""

    REGISTER_ACCOUNTS = "register_accounts"
    MODIFY_ACCOUNTS = "modify_accounts"
    DELETE_ACCOUNTS = "delete_accounts"
    VIEW_ACCOUNTS = "view_accounts"
    VIEW_EXECUTIONS = "view_executions"
    DELETE_EXECUTIONS = "delete_executions"
    START_RECOVERY = "start_recovery"
    STOP_RECOVERY = "stop_recovery"
    TERMINATE_INSTANCES = "terminate_instances"
    VIEW_PROTECTION_GROUPS = "view_protection_groups"
    CREATE_PROTECTION_GROUPS = "create_protection_groups"
    MODIFY_PROTECTION_GROUPS = "modify_protection_groups"
    DELETE_PROTECTION_GROUPS = "delete_protection_groups"
    VIEW_RECOVERY_PLANS = "view_recovery_plans"
    CREATE_RECOVERY_PLANS = "create_recovery_plans"
    MODIFY_RECOVERY_PLANS = "modify_recovery_plans"
    DELETE_RECOVERY_PLANS = "delete_recovery_plans"
    EXPORT_CONFIGURATION = "export_configuration"
    IMPORT_CONFIGURATION = "import_configuration"
    SIGNED_IN = "signed_in"
    PUBLIC = "public"


class Role(StrEnum):
    """The five roles; a Cognito group of that name grants it."""

    ADMIN = "DRSOrchestrationAdmin"
    RECOVERY_MANAGER = "DRSRecoveryManager"
    PLAN_MANAGER = "DRSPlanManager"
    OPERATOR = "DRSOperator"
    READ_ONLY = "DRSReadOnly"


_VIEW: Final = frozenset(
    {
        Permission.VIEW_ACCOUNTS,
        Permission.VIEW_EXECUTIONS,
        Permission.VIEW_PROTECTION_GROUPS,
        Permission.VIEW_RECOVERY_PLANS,
    }
)
_OPERATE: Final = _VIEW | {
    Permission.START_RECOVERY,
    Permission.STOP_RECOVERY,
    Permission.MODIFY_PROTECTION_GROUPS,
    Permission.MODIFY_RECOVERY_PLANS,
}
_PLAN: Final = _OPERATE | {
    Permission.CREATE_PROTECTION_GROUPS,
    Permission.DELETE_PROTECTION_GROUPS,
    Permission.CREATE_RECOVERY_PLANS,
    Permission.DELETE_RECOVERY_PLANS,
}
_MANAGE: Final = _PLAN | {
    Permission.REGISTER_ACCOUNTS,
    Permission.MODIFY_ACCOUNTS,
    Permission.TERMINATE_INSTANCES,
    Permission.EXPORT_CONFIGURATION,
    Permission.IMPORT_CONFIGURATION,
}
_ADMINISTER: Final = _MANAGE | {Permission.DELETE_ACCOUNTS, Permission.DELETE_EXECUTIONS}

GRANTS: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.ADMIN: _ADMINISTER,
        Role.RECOVERY_MANAGER: _MANAGE,
        Role.PLAN_MANAGER: _PLAN,
        Role.OPERATOR: _OPERATE,
        Role.READ_ONLY: _VIEW,
    }
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls; `actor` is for people and audit, and comes from the token or the invocation, never from the body.

    `unknown_because` says what is wrong with whoever is not signed in; it is empty for everybody else. `user_id` is
    what alone names a user for ever, the `sub` of his token: an address passes to others, and two users may have it.
    """

    actor: str
    roles: frozenset[Role] = frozenset()
    unknown_because: str = ""
    user_id: str = ""

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the roles give together."""
        return frozenset(permission for role in self.roles for permission in GRANTS[role])
