"""A request and an answer over HTTP, and what API Gateway knows of a request while it answers it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import parse_qsl, unquote


@dataclass(frozen=True)
class Request:
    """What came in; `target` is path and query as they were sent.

    `refused_as` is the kind of gateway response that a body gets which was too large or could not be read.
    """

    verb: str
    target: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    refused_as: str = ""
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    came_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @cached_property
    def path(self) -> str:
        """The path, stage included."""
        return self.target.partition("?")[0]

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """Every parameter of the query with its values."""
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.target.partition("?")[2], keep_blank_values=True, errors="replace"):
            found.setdefault(name, []).append(value)
        return found

    def header(self, name: str) -> str | None:
        """The last value of a header, whatever its case."""
        values = [value for each, value in self.headers if each.lower() == name.lower()]
        return values[-1] if values else None


@dataclass(frozen=True)
class Answer:
    """What goes out."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""


def decoded(parameters: Mapping[str, str]) -> dict[str, str]:
    """The values of a path's parameters without their percent signs."""
    return {name: unquote(value, errors="replace") for name, value in parameters.items()}
