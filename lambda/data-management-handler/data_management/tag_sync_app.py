"""What the copying of tags asks of this function."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Protocol

from shared.aws.inventory_ports import ServersPort
from shared.aws.tag_ports import InstanceTagsPort, ServerTagsPort
from shared.clock import Clock
from shared.observability import Observability
from shared.patience import is_time_for, patience_left
from shared.services.absorbing import Absorbing
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.region_state_store import RegionStateStore
from shared.stores.tag_sync_store import TagSyncStore
from shared.stores.target_account_store import TargetAccountStore

PLACES_AT_ONCE: Final = 10
"""Accounts and regions that are worked on side by side."""

WRITES_AT_ONCE: Final = 4
"""Source servers of one account and region that are written side by side: DRS limits its calls there."""


LAST_PLACE_SECONDS: Final = 25
"""Real seconds that must be left for a place to be begun: its servers and instances may be thousands."""

LAST_PART_SECONDS: Final = 12
"""The same for some more servers of a place."""


class HandsOver(Protocol):
    """Has the work go on in another invocation, the so-manieth in a row; HandOverError."""

    def __call__(self, *, hop: str) -> None:
        """Hand it over."""
        ...


@dataclass(frozen=True)
class TagSync:
    """The tables, the gateways, and time: `pause` lets so many seconds pass, `has_time_for` says what may be begun."""

    rows: TagSyncStore
    accounts: TargetAccountStore
    states: RegionStateStore
    groups: ProtectionGroupStore
    drs: ServersPort
    instances: InstanceTagsPort
    server_tags: ServerTagsPort
    clock: Clock
    observability: Observability
    hub_account_id: str
    drs_regions: Collection[str]
    hand_over: HandsOver
    pause: Callable[[float], None]
    has_time_for: Callable[[float], bool] = is_time_for
    places_at_once: int = PLACES_AT_ONCE
    writes_at_once: int = WRITES_AT_ONCE

    def absorbing(self, seconds: float) -> Absorbing:
        """Makes calls as AWS allows them, for so long, and while there is time to do something with the answers."""
        left = patience_left()
        until = self.clock.now() + self.clock.wall(seconds if left is None else min(seconds, left - LAST_PART_SECONDS))
        return Absorbing(self.clock, self.pause, until, workers=1)


class SyncsTags(Protocol):
    """A function that can copy tags."""

    @property
    def tag_sync(self) -> TagSync:
        """What the copying is made of."""
        ...
