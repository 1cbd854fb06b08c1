"""What the use cases of this function ask of it."""

from collections.abc import Collection
from typing import Protocol

from data_management.plan_mails import PlanMails
from shared.aws.ports import DrsPort
from shared.clock import Clock
from shared.services.configuration_reads import ConfigurationReads
from shared.stores.idempotency import IdempotencyRows
from shared.stores.target_account_store import TargetAccountStore


class ConfigurationApp(ConfigurationReads, Protocol):
    """The stores of groups and plans, and what their rules need to know of the world."""

    @property
    def accounts(self) -> TargetAccountStore:
        """The registered target accounts."""
        ...

    @property
    def mails(self) -> PlanMails:
        """Who gets the mails of which plans."""
        ...

    @property
    def repeats(self) -> IdempotencyRows:
        """What calls with a client token answered."""
        ...

    def rehearsal(self) -> "ConfigurationApp":
        """The same to those who only rehearse: it answers and refuses alike, and changes nothing."""
        ...

    @property
    def drs(self) -> DrsPort:
        """DRS in any account and region."""
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
        """The regions in which DRS exists."""
        ...
