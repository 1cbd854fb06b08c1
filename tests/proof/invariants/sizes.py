"""8. State payload < 1 KB, header < 100 KB for 500 waves, quota rows < 16 KB, other items < 4 KB.

A wave of many groups may be larger by what their ids and names need (`shared.plan_rules.GROUPS`); the plays have few.
"""

from __future__ import annotations

from typing import Final

from shared.stores.attribute_values import item_size
from tests.proof.facts import HEADER, Written
from tests.proof.invariants.reading import Invariant

KILOBYTE: Final = 1024
LIMITS: Final = {HEADER: 100 * KILOBYTE, "quota": 16 * KILOBYTE}
OTHERWISE: Final = 4 * KILOBYTE
PAYLOAD: Final = KILOBYTE


class SmallItems(Invariant):
    """Every row that is written."""

    number = 8

    def wrote(self, write: Written) -> None:
        if write.after is None:
            return
        size, limit = item_size(write.after), LIMITS.get(write.noun, OTHERWISE)
        if size >= limit:
            self.broken(f"the {write.noun} {write.partition} {write.sort} has {size} bytes, the limit is {limit}")

    def check_payload(self, size: int) -> None:
        """The largest input of any state of any run."""
        if size >= PAYLOAD:
            self.broken(f"a state was given {size} bytes, the limit is {PAYLOAD}")
