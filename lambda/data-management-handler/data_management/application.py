"""What managing the configuration is made of, and the door it is reached by."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from data_management.plan_mails import PlanMails
from data_management.rehearsal import RehearsedTopic
from shared.aws.ports import DrsPort, SubscriptionsPort
from shared.clock import Clock
from shared.dispatch import dispatch
from shared.invocation import LambdaCall
from shared.observability import Observability
from shared.operations import DATA_MANAGEMENT
from shared.roles import Role
from shared.stores.idempotency import IdempotencyRows
from shared.stores.mail_subscriptions import MailSubscriptions
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.rehearsal_table import RehearsalTable
from shared.stores.schemas import PROTECTION_GROUPS, RECOVERY_PLANS, TARGET_ACCOUNTS
from shared.stores.table import Table
from shared.stores.target_account_store import TargetAccountStore


@dataclass(frozen=True)
class Tables:
    """The tables that this function writes to."""

    groups: Table
    plans: Table
    accounts: Table

    def rehearsal(self) -> "Tables":
        """The same to read, and in memory to write to."""
        return Tables(
            groups=RehearsalTable(self.groups, PROTECTION_GROUPS),
            plans=RehearsalTable(self.plans, RECOVERY_PLANS),
            accounts=RehearsalTable(self.accounts, TARGET_ACCOUNTS),
        )


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

    @cached_property
    def mails(self) -> PlanMails:
        """Who gets the mails of which plans."""
        rows = MailSubscriptions(self.tables.plans)
        return PlanMails(rows, self.topic, self.plans, self.clock, self.observability)

    @cached_property
    def repeats(self) -> IdempotencyRows:
        """What calls with a client token answered, beside the groups."""
        return IdempotencyRows(self.tables.groups, self.clock, ("groupId",))

    def rehearsal(self) -> "Application":
        """One that answers and refuses as this one, and changes nothing."""
        return replace(self, tables=self.tables.rehearsal(), topic=RehearsedTopic())

    def handle(self, event: Any, lambda_context: LambdaCall) -> dict[str, Any]:
        """The answer to one call."""
        return dispatch(event, lambda_context, function_name=DATA_MANAGEMENT, app=self)
