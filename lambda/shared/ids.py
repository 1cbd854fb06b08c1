"""Identifiers that sort by time: ULIDs, from a clock and a source of randomness that are arguments."""

import secrets
from collections.abc import Callable
from datetime import datetime

from ulid import ULID

RandomBytes = Callable[[int], bytes]


def new_ulid(now: datetime, random_bytes: RandomBytes = secrets.token_bytes) -> str:
    """26 characters of Crockford base 32: 48 bits of milliseconds, 80 bits of randomness."""
    milliseconds = int(now.timestamp() * 1000)
    return str(ULID(milliseconds.to_bytes(6, "big") + random_bytes(10)))


def new_claim() -> str:
    """16 hex digits that no other writer has."""
    return secrets.token_hex(8)
