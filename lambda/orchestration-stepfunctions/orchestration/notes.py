"""What acting on a decision adds to the timeline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.models.event import EventType


@dataclass(frozen=True)
class Note:
    """A line of the timeline without its place in it."""

    type: EventType
    message: str
    wave_number: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
