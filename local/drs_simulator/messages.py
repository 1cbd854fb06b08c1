"""An HTTP request and its answer, as values that both doors of the simulator share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fate(StrEnum):
    """What becomes of an answer on its way back to the caller."""

    DELIVERED = "delivered"
    DROPPED = "dropped"
    TIMED_OUT = "timedOut"
    CONNECTION_REFUSED = "connectionRefused"
    CONNECT_TIMEOUT = "connectTimeout"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request: `target` is path and query as sent, still percent-encoded."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    def header(self, name: str) -> str:
        """The header's value whatever its spelling, or an empty string."""
        value = self.headers.get(name)
        if value is not None:
            return value
        wanted = name.lower()
        return next((text for key, text in self.headers.items() if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One answer; a door that carries it obeys `fate` and `delay_seconds` (seconds of the simulator's clock)."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fate: Fate = Fate.DELIVERED
    delay_seconds: float = 0.0
