"""What the use cases of this function ask of it."""

from collections.abc import Collection
from typing import Protocol

from data_management.plan_mails import PlanMails
from shared.aws.choice_ports import Ec2ChoicesPort
from shared.aws.extension_ports import ExtensionPort
from shared.aws.ports import DrsPort, FunctionsPort
from shared.clock import Clock
from shared.observability import Observability
from shared.services.configuration_reads import ConfigurationReads
from shared.services.launch_config_orders import BringingDeps
from shared.stores.account_leftovers import AccountLeftovers
from shared.stores.execution_store import ExecutionStore
from shared.stores.idempotency import IdempotencyRows
from shared.stores.launch_configs import LaunchConfigStore
from shared.stores.lock_holders import LockHolders
from shared.stores.staging_sync_store import StagingSyncStore
from shared.stores.target_account_store import TargetAccountStore
from shared.stores.temporary_settings import TemporarySettingsStore
from shared.stores.ties import AccountTies, Ties


class ConfigurationApp(ConfigurationReads, Protocol):
    """The stores of groups and plans, and what their rules need to know of the world."""

    @property
    def accounts(self) -> TargetAccountStore:
        """The registered target accounts."""
        ...

    @property
    def staging_syncs(self) -> StagingSyncStore:
        """The last sync of the staging accounts of each target account."""
        ...

    @property
    def account_leftovers(self) -> AccountLeftovers:
        """What is kept beside target accounts."""
        ...

    @property
    def executions(self) -> ExecutionStore:
        """The executions, which are only looked at."""
        ...

    @property
    def launch_configs(self) -> LaunchConfigStore:
        """What is known of launch configurations."""
        ...

    @property
    def temporary(self) -> TemporarySettingsStore:
        """What is there of launch settings for one execution only."""
        ...

    @property
    def holders(self) -> LockHolders:
        """Who holds which server."""
        ...

    @property
    def bringing(self) -> BringingDeps:
        """What brings servers to their launch settings."""
        ...

    @property
    def run_repeats(self) -> IdempotencyRows:
        """What calls with a client token began, beside the executions."""
        ...

    @property
    def group_ties(self) -> Ties:
        """Who uses which group."""
        ...

    @property
    def plan_ties(self) -> Ties:
        """Who uses which plan."""
        ...

    @property
    def account_ties(self) -> AccountTies:
        """Who uses which account."""
        ...

    @property
    def mails(self) -> PlanMails:
        """Who gets the mails of which plans."""
        ...

    @property
    def repeats(self) -> IdempotencyRows:
        """What calls with a client token answered, beside the groups."""
        ...

    @property
    def plan_repeats(self) -> IdempotencyRows:
        """What calls with a client token made, beside the plans."""
        ...

    @property
    def account_repeats(self) -> IdempotencyRows:
        """What calls with a client token made, beside the accounts."""
        ...

    def rehearsal(self) -> "ConfigurationApp":
        """The same to those who only rehearse: it answers and refuses alike, and changes nothing."""
        ...

    @property
    def functions(self) -> FunctionsPort:
        """Functions of ours, of which one is this."""
        ...

    @property
    def own_function(self) -> str:
        """The ARN of this function, with the alias by which it hands work to itself."""
        ...

    @property
    def drs(self) -> DrsPort:
        """DRS in any account and region."""
        ...

    @property
    def extensions(self) -> ExtensionPort:
        """Extended source servers in any account and region."""
        ...

    @property
    def ec2_choices(self) -> Ec2ChoicesPort:
        """What EC2 has for launches in any account and region."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def hub_account_id(self) -> str:
        """The account that this system runs in."""
        ...

    @property
    def drs_regions(self) -> Collection[str]:
        """The regions of this partition in which DRS exists."""
        ...

    @property
    def partition(self) -> str:
        """The partition of AWS that this system runs in."""
        ...

    @property
    def observability(self) -> Observability:
        """Where it writes about itself."""
        ...
