"""The inventory as tests have it: over a table of theirs, and in no hurry unless one says otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from shared.aws.inventory_ports import ServersPort
from shared.clock import Clock
from shared.observability import Observability
from shared.services.inventory import Hurry, Inventory
from shared.stores.region_state_store import RegionStateStore
from shared.stores.table import Table

UNHURRIED: Final = Hurry(at_once=4, place_seconds=600, seconds=600)
"""The machine that runs the tests may be busy."""

FEW_REGIONS: Final = frozenset({"eu-west-1", "us-east-1", "us-west-2"})
"""Those that tests speak of: a client for each of all regions takes its time."""


def inventory_of(
    drs: ServersPort,
    accounts: Table,
    clock: Clock,
    watching: Observability,
    *,
    regions: frozenset[str] = FEW_REGIONS,
    workers: int = 4,
) -> Inventory:
    """The inventory over the table of accounts."""
    hurry = replace(UNHURRIED, at_once=workers)
    return Inventory(drs, RegionStateStore(accounts), regions, clock, watching.logger, hurry)
