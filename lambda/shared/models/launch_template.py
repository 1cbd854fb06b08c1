"""EC2 launch templates as far as launch configurations need them; data has the members and names of EC2's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """A version of a launch template, mostly the default; `latest` is the number of the newest that was read."""

    template_id: str
    number: int
    latest: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TemplateNumbers:
    """Which version of a launch template is its default, and which its newest."""

    default: int
    latest: int


@dataclass(frozen=True, slots=True)
class DrsLaunchConfiguration:
    """What DRS holds of a server, by the names of our fields, and the template that it made for the server."""

    template_id: str
    settings: Mapping[str, Any]
