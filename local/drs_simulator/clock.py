"""Time as the simulator sees it: any object that can say what time it is."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A source of time: wall, scaled and virtual clocks all fit."""

    def now(self) -> datetime:
        """The present instant, aware of its zone."""
        ...


class WallClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The present instant in UTC."""
        return datetime.now(UTC)


def to_milliseconds(instant: datetime) -> datetime:
    """The instant in UTC, cut to whole milliseconds, which is all that the wire carries."""
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def later(instant: datetime, seconds: float) -> datetime:
    """The instant so many seconds later, in whole milliseconds."""
    return instant + timedelta(milliseconds=round(seconds * 1000))


def stamp(instant: datetime) -> str:
    """The instant as DRS writes it: 2026-01-29T02:47:18.000Z."""
    return instant.isoformat(timespec="milliseconds")[:-6] + "Z"


def parse_stamp(text: str) -> datetime:
    """The instant that a stamp names.

    Raises ValueError for text that has the pattern of a stamp and names no day, such as 30 February.
    """
    return datetime.fromisoformat(text)
