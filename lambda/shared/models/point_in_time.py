"""A point in time as callers give it and as we show it: `LATEST`, or one instant for the whole plan."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.models.base import Instant, format_instant
from shared.models.violation import Violation

LATEST: Final = "LATEST"
"""DRS takes a snapshot of the latest data when it launches a server; what is meant when nothing is said."""

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Long before the first recovery snapshot of DRS; DRS takes no year of less than four digits."""
_FORM: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)


def _read(value: Any) -> Any:
    """None for the latest data; whatever else is no unmistakable instant is refused by its own rule."""
    if value is None or value == LATEST:
        return None
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError(
            "string_type", 'is no text: give "LATEST" or an instant with its zone, such as "2026-01-29T01:30:00Z"'
        )
    found = _FORM.fullmatch(value)
    if found is None:
        raise PydanticCustomError(
            "wrong_format", 'give "LATEST" or an instant with its zone, such as "2026-01-29T01:30:00Z"'
        )
    if found[3] is None:
        raise PydanticCustomError(
            "wrong_format", 'an instant needs its zone: end it with "Z" or an offset such as "+01:00"'
        )
    try:
        instant = datetime.fromisoformat(value)
        # compared before it is converted: the first hours of the first year have no UTC
        known = instant.astimezone(UTC) if instant >= _EARLIEST else None
    except (ValueError, OverflowError) as error:
        raise PydanticCustomError("wrong_format", "there is no such day or time") from error
    if known is None:
        raise PydanticCustomError("out_of_range", "no recovery snapshot is older than the year 2000")
    return known


_ON_THE_WIRE: Final = {"anyOf": [{"const": LATEST}, {"type": "string", "format": "date-time"}, {"type": "null"}]}

PointInTime = Annotated[Instant | None, BeforeValidator(_read), WithJsonSchema(_ON_THE_WIRE, mode="validation")]
"""One instant for the whole plan; None, on the wire `LATEST`, for the latest data."""


def check_not_future(point_in_time: datetime | None, now: datetime) -> Iterator[Violation]:
    """An instant that has not come yet is refused: no snapshot of it can exist."""
    if point_in_time is not None and point_in_time > now:
        reason = f"{format_instant(point_in_time)} is in the future: it is {format_instant(now)} now"
        yield Violation("pointInTime", reason, "IN_THE_FUTURE")


def show_point_in_time(point_in_time: datetime | None) -> str:
    """As it stands in answers."""
    return LATEST if point_in_time is None else format_instant(point_in_time)
