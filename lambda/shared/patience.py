"""Reads end, however long AWS takes: when patience is over no page, and no further try of one, is begun.

A read has as many pages as AWS likes, and the SDK tries each of them several times; its time-outs bound a single try.
These are bounds on our own slowness, so they count real seconds.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError

Client = TypeVar("Client")

READ_SECONDS: Final = 30
"""Of one read; together with the try that was begun last, less than a minute."""

_over_at: ContextVar[float | None] = ContextVar("over_at", default=None)


class OutOfPatienceError(BotoCoreError):
    """The read was given up."""

    fmt = "it took too long"


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Within, nothing is read any more after so many seconds; a shorter patience around this one stays."""
    until, around = time.monotonic() + seconds, _over_at.get()
    token = _over_at.set(until if around is None else min(until, around))
    try:
        yield
    finally:
        _over_at.reset(token)


def patience_left() -> float | None:
    """Real seconds until the patience around this is over, 0 or less if it is; None if nothing bounds it."""
    over_at = _over_at.get()
    return None if over_at is None else over_at - time.monotonic()


def patient(client: Client) -> Client:
    """The client, whose requests are refused right before they are sent once the patience around them is over."""
    meta: Any = client.meta  # type: ignore[attr-defined]
    service = meta.service_model.service_name
    meta.events.register_first(f"before-send.{service}", _refuse_when_over, unique_id="patience")
    return client


def _refuse_when_over(**_request: Any) -> None:
    left = patience_left()
    if left is not None and left <= 0:
        raise OutOfPatienceError
