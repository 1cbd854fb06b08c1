"""Looks for garbage less often than Python does by itself: a process of tests has much that stays to its end."""

from __future__ import annotations

import gc
from typing import Final

ALLOCATIONS: Final = 50_000
"""So many more objects than before are looked at for garbage: some MB. Python's own 700 cost an eighth of the tests."""


def look_for_garbage_seldom() -> None:
    """From now on, in this process."""
    gc.set_threshold(ALLOCATIONS, *gc.get_threshold()[1:])


def keep_what_is_there() -> None:
    """Never again look at what lives now: modules, and what was collected of tests."""
    gc.collect()
    gc.freeze()
