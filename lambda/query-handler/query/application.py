"""What the queries are made of, and the door they are reached by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.dispatch import dispatch
from shared.operations import QUERY

if TYPE_CHECKING:
    from collections.abc import Collection

    from shared.aws.choice_ports import Ec2ChoicesPort
    from shared.aws.extension_ports import ExtensionPort
    from shared.aws.ports import DrsPort, Ec2Port
    from shared.clock import Clock
    from shared.cross_account import Sessions
    from shared.invocation import LambdaCall
    from shared.observability import Observability
    from shared.roles import Role
    from shared.services.inventory import Inventory
    from shared.services.launch_config_orders import BringingDeps
    from shared.services.preflight_deps import PreflightDeps
    from shared.stores.execution_store import ExecutionStore
    from shared.stores.launch_configs import LaunchConfigStore
    from shared.stores.protection_group_store import ProtectionGroupStore
    from shared.stores.recovery_plan_store import RecoveryPlanStore
    from shared.stores.staging_sync_store import StagingSyncStore
    from shared.stores.tag_sync_store import TagSyncStore
    from shared.stores.target_account_store import TargetAccountStore
    from shared.stores.ties import AccountTies


@dataclass(frozen=True)
class Application:
    """Everything that the operations of this function may use."""

    groups: ProtectionGroupStore
    plans: RecoveryPlanStore
    executions: ExecutionStore
    accounts: TargetAccountStore
    account_ties: AccountTies
    staging_syncs: StagingSyncStore
    tag_sync_rows: TagSyncStore
    sessions: Sessions
    drs: DrsPort
    extensions: ExtensionPort
    ec2: Ec2Port
    ec2_choices: Ec2ChoicesPort
    preflight: PreflightDeps
    inventory: Inventory
    launch_configs: LaunchConfigStore
    bringing: BringingDeps
    drs_regions: Collection[str]
    hub_account_id: str
    region: str
    clock: Clock
    observability: Observability
    direct_role: Role
    console_origin: str = ""

    def handle(self, event: Any, lambda_context: LambdaCall) -> dict[str, Any]:
        """The answer to one call."""
        return dispatch(event, lambda_context, function_name=QUERY, app=self)
