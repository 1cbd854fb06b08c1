"""Token buckets per account, region and operation, filled by the simulator's clock."""

import math
from datetime import datetime

from local.drs_simulator.errors import throttling
from local.drs_simulator.settings import RateLimits
from local.drs_simulator.state import Bucket, Cell

_MINUTE = 60


def take_token(cell: Cell, limits: RateLimits, operation: str, now: datetime) -> None:
    """Spend one token of the operation.

    Raises Throttling with the seconds until the next token if there is none.
    """
    if not limits.enabled:
        return
    rate = limits.of(operation)
    bucket = cell.buckets.setdefault(operation, Bucket(rate.burst, now))
    per_second = rate.per_minute / _MINUTE
    elapsed = (now - bucket.filled).total_seconds()
    bucket.tokens = min(rate.burst, bucket.tokens + elapsed * per_second)
    bucket.filled = now
    if bucket.tokens < 1:
        raise throttling(max(1, math.ceil((1 - bucket.tokens) / per_second)))
    bucket.tokens -= 1
