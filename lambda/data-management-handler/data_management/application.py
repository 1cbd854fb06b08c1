"""What managing the configuration is made of, and the door it is reached by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shared.dispatch import dispatch
from shared.invocation import background_of
from shared.operations import DATA_MANAGEMENT
from shared.patience import LONG_CALL_SECONDS

if TYPE_CHECKING:
    from collections.abc import Collection

    from data_management.plan_mails import PlanMails
    from data_management.tag_sync_app import TagSync
    from shared.aws.choice_ports import Ec2ChoicesPort
    from shared.aws.extension_ports import ExtensionPort
    from shared.aws.inventory_ports import LongLivedDrs
    from shared.aws.ports import FunctionsPort, SubscriptionsPort
    from shared.aws.tag_ports import InstanceTagsPort, ServerTagsPort
    from shared.clock import Clock
    from shared.invocation import LambdaCall
    from shared.observability import Observability
    from shared.roles import Role
    from shared.services.launch_config_orders import BringingDeps
    from shared.stores.account_leftovers import AccountLeftovers
    from shared.stores.execution_store import ExecutionStore
    from shared.stores.idempotency import IdempotencyRows
    from shared.stores.launch_configs import LaunchConfigStore
    from shared.stores.lock_holders import LockHolders
    from shared.stores.protection_group_store import ProtectionGroupStore
    from shared.stores.recovery_plan_store import RecoveryPlanStore
    from shared.stores.staging_sync_store import StagingSyncStore
    from shared.stores.table import Table
    from shared.stores.target_account_store import TargetAccountStore
    from shared.stores.temporary_settings import TemporarySettingsStore
    from shared.stores.tie_holders import Owners
    from shared.stores.ties import AccountTies, Ties


@dataclass(frozen=True)
class Tables:
    """The tables of the configuration, and that of the executions which use it."""

    groups: Table
    plans: Table
    accounts: Table
    executions: Table

    def rehearsal(self) -> Tables:
        """The same to read, and in memory to write to."""
        from shared.stores.rehearsal_table import RehearsalTable
        from shared.stores.schemas import EXECUTION_HISTORY, PROTECTION_GROUPS, RECOVERY_PLANS, TARGET_ACCOUNTS

        return Tables(
            groups=RehearsalTable(self.groups, PROTECTION_GROUPS),
            plans=RehearsalTable(self.plans, RECOVERY_PLANS),
            accounts=RehearsalTable(self.accounts, TARGET_ACCOUNTS),
            executions=RehearsalTable(self.executions, EXECUTION_HISTORY),
        )


@dataclass(frozen=True)
class Application:
    """Everything that the operations of this function may use; `own_function` is its ARN with the alias `live`."""

    tables: Tables
    topic: SubscriptionsPort
    functions: FunctionsPort
    own_function: str
    bringing: BringingDeps
    drs: LongLivedDrs
    extensions: ExtensionPort
    ec2_choices: Ec2ChoicesPort
    instance_tags: InstanceTagsPort
    server_tags: ServerTagsPort
    drs_regions: Collection[str]
    partition: str
    hub_account_id: str
    clock: Clock
    observability: Observability
    direct_role: Role
    console_origin: str = ""

    @cached_property
    def groups(self) -> ProtectionGroupStore:
        """The groups."""
        from shared.stores.protection_group_store import ProtectionGroupStore

        return ProtectionGroupStore(self.tables.groups)

    @cached_property
    def plans(self) -> RecoveryPlanStore:
        """The plans."""
        from shared.stores.recovery_plan_store import RecoveryPlanStore

        return RecoveryPlanStore(self.tables.plans)

    @cached_property
    def accounts(self) -> TargetAccountStore:
        """The registered target accounts."""
        from shared.stores.target_account_store import TargetAccountStore

        return TargetAccountStore(self.tables.accounts)

    @cached_property
    def staging_syncs(self) -> StagingSyncStore:
        """The last sync of the staging accounts of each target account."""
        from shared.stores.staging_sync_store import StagingSyncStore

        return StagingSyncStore(self.tables.accounts)

    @cached_property
    def account_leftovers(self) -> AccountLeftovers:
        """What is kept beside target accounts."""
        from shared.stores.account_leftovers import AccountLeftovers

        return AccountLeftovers(self.tables.accounts)

    @cached_property
    def executions(self) -> ExecutionStore:
        """The executions, which are only looked at."""
        from shared.stores.execution_store import ExecutionStore

        return ExecutionStore(self.tables.executions, self.clock)

    @cached_property
    def launch_configs(self) -> LaunchConfigStore:
        """What is known of launch configurations."""
        from shared.stores.launch_configs import LaunchConfigStore

        return LaunchConfigStore(self.tables.executions)

    @cached_property
    def temporary(self) -> TemporarySettingsStore:
        """What is there of launch settings for one execution only."""
        from shared.stores.temporary_settings import TemporarySettingsStore

        return TemporarySettingsStore(self.tables.executions)

    @cached_property
    def holders(self) -> LockHolders:
        """Who holds which server."""
        from shared.stores.lock_holders import LockHolders

        return LockHolders(self.tables.executions, self.clock)

    @cached_property
    def run_repeats(self) -> IdempotencyRows:
        """What calls with a client token began, beside the executions."""
        from shared.stores import keys
        from shared.stores.idempotency import IdempotencyRows

        return IdempotencyRows(self.tables.executions, self.clock, (keys.PARTITION, keys.SORT))

    @cached_property
    def group_ties(self) -> Ties:
        """Who uses which group."""
        from shared.stores.ties import Ties

        return Ties(self.tables.groups, "groupId", self._owners)

    @cached_property
    def plan_ties(self) -> Ties:
        """Who uses which plan."""
        from shared.stores.ties import Ties

        return Ties(self.tables.plans, "planId", self._owners)

    @cached_property
    def account_ties(self) -> AccountTies:
        """Who uses which account."""
        from shared.stores.tie_holders import AccountOwners
        from shared.stores.ties import AccountTies

        owners = AccountOwners(self.clock, plans=self.plans, groups=self.groups, executions=self.executions)
        return AccountTies(self.tables.accounts, owners)

    @cached_property
    def _owners(self) -> Owners:
        from shared.stores.tie_holders import Owners

        return Owners(self.clock, plans=self.plans, executions=self.executions)

    @cached_property
    def mails(self) -> PlanMails:
        """Who gets the mails of which plans."""
        from data_management.plan_mails import PlanMails
        from shared.stores.mail_subscriptions import MailSubscriptions

        rows = MailSubscriptions(self.tables.plans)
        return PlanMails(rows, self.topic, self.plans, self.clock, self.observability)

    @cached_property
    def repeats(self) -> IdempotencyRows:
        """What calls with a client token answered, beside the groups."""
        from shared.stores.idempotency import IdempotencyRows

        return IdempotencyRows(self.tables.groups, self.clock, ("groupId",))

    @cached_property
    def plan_repeats(self) -> IdempotencyRows:
        """What calls with a client token made, beside the plans."""
        from shared.stores.idempotency import IdempotencyRows

        return IdempotencyRows(self.tables.plans, self.clock, ("planId",))

    @cached_property
    def account_repeats(self) -> IdempotencyRows:
        """What calls with a client token made, beside the accounts."""
        from shared.stores.idempotency import IdempotencyRows

        return IdempotencyRows(self.tables.accounts, self.clock, ("accountId",))

    @cached_property
    def tag_sync(self) -> TagSync:
        """What copying tags is made of."""
        from functools import partial

        from data_management.background import work_later
        from data_management.tag_sync_app import TagSync
        from shared.stores.region_state_store import RegionStateStore
        from shared.stores.tag_sync_store import TagSyncStore

        return TagSync(
            rows=TagSyncStore(self.tables.accounts),
            accounts=self.accounts,
            states=RegionStateStore(self.tables.accounts),
            groups=self.groups,
            drs=self.drs,
            instances=self.instance_tags,
            server_tags=self.server_tags,
            clock=self.clock,
            observability=self.observability,
            hub_account_id=self.hub_account_id,
            drs_regions=self.drs_regions,
            hand_over=partial(work_later, self, "tag-sync"),
            pause=self.bringing.pause,
        )

    def rehearsal(self) -> Application:
        """One that answers and refuses as this one, and changes nothing."""
        from data_management.rehearsal import RehearsedFunctions, RehearsedTopic

        return Application(
            tables=self.tables.rehearsal(),
            topic=RehearsedTopic(),
            functions=RehearsedFunctions(),
            own_function=self.own_function,
            bringing=self.bringing,
            drs=self.drs,
            extensions=self.extensions,
            ec2_choices=self.ec2_choices,
            instance_tags=self.instance_tags,
            server_tags=self.server_tags,
            drs_regions=self.drs_regions,
            partition=self.partition,
            hub_account_id=self.hub_account_id,
            clock=self.clock,
            observability=self.observability,
            direct_role=self.direct_role,
            console_origin=self.console_origin,
        )

    def handle(self, event: Any, lambda_context: LambdaCall) -> dict[str, Any]:
        """The answer to one call, or what came of work that nobody waits for."""
        background = background_of(event, lambda_context.invoked_function_arn)
        if background is not None:
            from data_management.background import run

            return run(background, self)
        return dispatch(
            event, lambda_context, function_name=DATA_MANAGEMENT, app=self, direct_seconds=LONG_CALL_SECONDS
        )
