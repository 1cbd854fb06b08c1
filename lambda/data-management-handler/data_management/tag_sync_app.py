"""What the copying of tags asks of this function."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Protocol

from shared.aws.ports import DrsPort
from shared.aws.tag_ports import InstanceTagsPort, ServerTagsPort
from shared.clock import Clock
from shared.observability import Observability
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.region_state_store import RegionStateStore
from shared.stores.tag_sync_store import TagSyncStore
from shared.stores.target_account_store import TargetAccountStore

PLACES_AT_ONCE: Final = 10
"""Accounts and regions that are worked on side by side."""

WRITES_AT_ONCE: Final = 4
"""Source servers of one account and region that are written side by side: DRS limits its calls there."""


@dataclass(frozen=True)
class TagSync:
    """The tables, the gateways, and `hand_over`, which has the work go on in another invocation (HandOverError)."""

    rows: TagSyncStore
    accounts: TargetAccountStore
    states: RegionStateStore
    groups: ProtectionGroupStore
    drs: DrsPort
    instances: InstanceTagsPort
    server_tags: ServerTagsPort
    clock: Clock
    observability: Observability
    hub_account_id: str
    drs_regions: Collection[str]
    hand_over: Callable[[], None]
    places_at_once: int = PLACES_AT_ONCE
    writes_at_once: int = WRITES_AT_ONCE


class SyncsTags(Protocol):
    """A function that can copy tags."""

    @property
    def tag_sync(self) -> TagSync:
        """What the copying is made of."""
        ...
