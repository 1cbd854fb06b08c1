"""What the use cases of this function ask of it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from shared.aws.ports import DrsPort, SubscriptionsPort
from shared.clock import Clock
from shared.observability import Observability
from shared.services.configuration_reads import ConfigurationReads
from shared.stores.table import Table
from shared.stores.target_account_store import TargetAccountStore


@dataclass(frozen=True)
class Tables:
    """The tables that this function writes to."""

    groups: Table
    plans: Table
    accounts: Table


class ConfigurationApp(ConfigurationReads, Protocol):
    """The stores of groups and plans, and what their rules need to know of the world."""

    @property
    def accounts(self) -> TargetAccountStore:
        """The registered target accounts."""
        ...

    @property
    def tables(self) -> Tables:
        """The tables under the stores, for what else is kept there."""
        ...

    @property
    def topic(self) -> SubscriptionsPort:
        """Who gets the mails of the notification topic."""
        ...

    @property
    def observability(self) -> Observability:
        """Where is logged what did not keep a call from its end."""
        ...

    def over(self, tables: Tables, topic: SubscriptionsPort) -> "ConfigurationApp":
        """The same over other tables and another topic."""
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
