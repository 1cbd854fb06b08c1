"""Waits for what other processes bring about; the machine may be slow, so deadlines are generous."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

PATIENCE: Final = 120.0
"""Real seconds; nothing here takes more than a few on an idle machine."""


def eventually(look: Callable[[], T | None], expectation: str, seconds: float = PATIENCE, every: float = 0.4) -> T:
    """The first answer that is not None, False or empty; AssertionError with the expectation after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"{expectation}, but not within {seconds:.0f} seconds"
        time.sleep(every)
