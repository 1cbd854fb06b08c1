"""How much work something is: calls of Python functions, which every machine counts the same."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType


def calls_made_by(work: Callable[[], object]) -> int:
    """How many Python functions are called, and generators resumed, while it works."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls
