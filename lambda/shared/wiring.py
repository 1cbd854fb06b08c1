"""What the functions of the API have in common in AWS: each part is made when an operation first asks for it.

The module of a part is imported with it, so a start pays for what every call needs and the first call of an operation
for what that one uses. Imports stand within functions here, and in the wiring of each of these functions, for no other
reason.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from shared.cross_account import Sessions, hub_client
from shared.observability import Observability, observe

if TYPE_CHECKING:
    from collections.abc import Collection

    from mypy_boto3_dynamodb import DynamoDBClient

    from shared.aws.drs import DrsGateway
    from shared.aws.ec2_choices import Ec2Choices
    from shared.aws.extensions import ExtensionGateway
    from shared.clock import Clock
    from shared.roles import Role
    from shared.services.launch_config_orders import BringingDeps
    from shared.services.preflight_deps import PreflightDeps
    from shared.settings import ApiSettings
    from shared.stores.dynamo_table import DynamoTable
    from shared.stores.execution_store import ExecutionStore
    from shared.stores.launch_configs import LaunchConfigStore
    from shared.stores.protection_group_store import ProtectionGroupStore
    from shared.stores.recovery_plan_store import RecoveryPlanStore
    from shared.stores.staging_sync_store import StagingSyncStore
    from shared.stores.target_account_store import TargetAccountStore
    from shared.stores.ties import AccountTies


class Wiring:
    """The tables, stores and gateways that more than one of these functions uses."""

    def __init__(self, settings: ApiSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    @property
    def clock(self) -> Clock:
        """The time."""
        return self._clock

    @property
    def region(self) -> str:
        """Where this system runs."""
        return self._settings.region

    @property
    def hub_account_id(self) -> str:
        """The account that this system runs in."""
        return self._settings.hub_account_id

    @property
    def direct_role(self) -> Role:
        """The role of direct callers."""
        return self._settings.direct_invocation_role

    @property
    def console_origin(self) -> str:
        """The origin of the console; empty for none."""
        return self._settings.console_origin

    @cached_property
    def observability(self) -> Observability:
        """Where the function writes about itself."""
        return observe(self._settings.powertools_service_name, self._settings.log_level)

    @cached_property
    def sessions(self) -> Sessions:
        """Sessions in target accounts and their staging accounts."""
        return Sessions(self.accounts.way_into, self.hub_account_id, self.region)

    @cached_property
    def drs(self) -> DrsGateway:
        """DRS in any account and region."""
        from shared.aws.drs import DrsGateway

        return DrsGateway(self.sessions, self.clock)

    @cached_property
    def extensions(self) -> ExtensionGateway:
        """Extended source servers in any account and region."""
        from shared.aws.extensions import ExtensionGateway

        return ExtensionGateway(self.sessions, self.clock)

    @cached_property
    def ec2_choices(self) -> Ec2Choices:
        """What EC2 has for launches in any account and region."""
        from shared.aws.ec2_choices import Ec2Choices

        return Ec2Choices(self.sessions)

    @cached_property
    def bringing(self) -> BringingDeps:
        """What brings servers to their launch settings, and looks at them."""
        from time import sleep

        from shared.aws.launch_configurations import LaunchConfigurationGateway
        from shared.aws.launch_templates import LaunchTemplateGateway
        from shared.services.launch_config_orders import BringingDeps

        return BringingDeps(
            configurations=LaunchConfigurationGateway(self.sessions),
            templates=LaunchTemplateGateway(self.sessions),
            clock=self.clock,
            pause=sleep,
        )

    @cached_property
    def drs_regions(self) -> Collection[str]:
        """The regions of this partition in which DRS exists."""
        from shared.aws.regions import drs_regions
        from shared.cross_account import partition_of

        return drs_regions(partition_of(self.region))

    @cached_property
    def launch_configs(self) -> LaunchConfigStore:
        """What is known of launch configurations."""
        from shared.stores.launch_configs import LaunchConfigStore

        return LaunchConfigStore(self._history_table)

    @cached_property
    def groups(self) -> ProtectionGroupStore:
        """The groups."""
        from shared.stores.protection_group_store import ProtectionGroupStore

        return ProtectionGroupStore(self._groups_table)

    @cached_property
    def plans(self) -> RecoveryPlanStore:
        """The plans."""
        from shared.stores.recovery_plan_store import RecoveryPlanStore

        return RecoveryPlanStore(self._plans_table)

    @cached_property
    def accounts(self) -> TargetAccountStore:
        """The registered target accounts."""
        from shared.stores.target_account_store import TargetAccountStore

        return TargetAccountStore(self._accounts_table)

    @cached_property
    def staging_syncs(self) -> StagingSyncStore:
        """The last sync of the staging accounts of each target account."""
        from shared.stores.staging_sync_store import StagingSyncStore

        return StagingSyncStore(self._accounts_table)

    @cached_property
    def account_ties(self) -> AccountTies:
        """Who uses which account."""
        from shared.stores.tie_holders import AccountOwners
        from shared.stores.ties import AccountTies

        owners = AccountOwners(self.clock, plans=self.plans, groups=self.groups, executions=self.executions)
        return AccountTies(self._accounts_table, owners)

    @cached_property
    def executions(self) -> ExecutionStore:
        """The executions."""
        from shared.stores.execution_store import ExecutionStore

        return ExecutionStore(self._history_table, self.clock)

    @cached_property
    def preflight(self) -> PreflightDeps:
        """What checks plans."""
        from shared.aws.cloudwatch import CloudWatchGateway
        from shared.aws.service_quotas import ServiceQuotas
        from shared.aws.ssm import SsmGateway
        from shared.services.preflight_deps import PreflightDeps
        from shared.stores.lock_holders import LockHolders
        from shared.stores.quota_store import QuotaStore

        return PreflightDeps(
            groups=self.groups,
            accounts=self.accounts,
            quotas=QuotaStore(self._history_table),
            holders=LockHolders(self._history_table, self.clock),
            earlier=self.executions,
            configs=self.launch_configs,
            bringing=self.bringing,
            drs=self.drs,
            ec2=self.ec2_choices,
            limits=ServiceQuotas(self.sessions, self.clock, self.observability.logger),
            cloudwatch=CloudWatchGateway(self.sessions),
            ssm=SsmGateway(self.sessions, self.clock),
            clock=self.clock,
            hub_account_id=self.hub_account_id,
            believe=self.sessions.believe,
        )

    @cached_property
    def _groups_table(self) -> DynamoTable:
        return self._table(self._settings.protection_groups_table)

    @cached_property
    def _plans_table(self) -> DynamoTable:
        return self._table(self._settings.recovery_plans_table)

    @cached_property
    def _accounts_table(self) -> DynamoTable:
        return self._table(self._settings.target_accounts_table)

    @cached_property
    def _history_table(self) -> DynamoTable:
        return self._table(self._settings.execution_history_table)

    @cached_property
    def _database(self) -> DynamoDBClient:
        return hub_client("dynamodb", self.region)

    def _table(self, name: str) -> DynamoTable:
        from shared.stores.dynamo_table import DynamoTable

        return DynamoTable(self._database, name)
