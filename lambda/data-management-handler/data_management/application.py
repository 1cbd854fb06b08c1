"""What managing the configuration is made of, and the door it is reached by."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from data_management.app import Tables
from shared.aws.ports import DrsPort, SubscriptionsPort
from shared.clock import Clock
from shared.dispatch import dispatch
from shared.invocation import LambdaCall
from shared.observability import Observability
from shared.operations import DATA_MANAGEMENT
from shared.roles import Role
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.target_account_store import TargetAccountStore


@dataclass(frozen=True)
class Application:
    """Everything that the operations of this function may use."""

    tables: Tables
    topic: SubscriptionsPort
    drs: DrsPort
    drs_regions: Collection[str]
    hub_account_id: str
    clock: Clock
    observability: Observability
    direct_role: Role
    console_origin: str = ""

    @cached_property
    def groups(self) -> ProtectionGroupStore:
        """The groups."""
        return ProtectionGroupStore(self.tables.groups)

    @cached_property
    def plans(self) -> RecoveryPlanStore:
        """The plans."""
        return RecoveryPlanStore(self.tables.plans)

    @cached_property
    def accounts(self) -> TargetAccountStore:
        """The registered target accounts."""
        return TargetAccountStore(self.tables.accounts)

    def over(self, tables: Tables, topic: SubscriptionsPort) -> "Application":
        """The same over other tables and another topic."""
        return replace(self, tables=tables, topic=topic)

    def handle(self, event: Any, lambda_context: LambdaCall) -> dict[str, Any]:
        """The answer to one call."""
        return dispatch(event, lambda_context, function_name=DATA_MANAGEMENT, app=self)
