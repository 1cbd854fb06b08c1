"""What managing the configuration is made of, and the door it is reached by."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from data_management.plan_mails import PlanMails
from shared.aws.ports import DrsPort
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

    groups: ProtectionGroupStore
    plans: RecoveryPlanStore
    accounts: TargetAccountStore
    mails: PlanMails
    drs: DrsPort
    drs_regions: Collection[str]
    hub_account_id: str
    clock: Clock
    observability: Observability
    direct_role: Role
    console_origin: str = ""

    def handle(self, event: Any, lambda_context: LambdaCall) -> dict[str, Any]:
        """The answer to one call."""
        return dispatch(event, lambda_context, function_name=DATA_MANAGEMENT, app=self)
