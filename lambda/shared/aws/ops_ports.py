"""What is asked of Systems Manager OpsCenter."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Severity(StrEnum):
    """How OpsCenter names it: 1 is the gravest of four."""

    CRITICAL = "1"
    MEDIUM = "3"


@dataclass(frozen=True, slots=True)
class OpsItem:
    """What somebody has to look after; `about` names it: while one is open, there is no second of that name.

    At most 1,024 characters of title and 2,048 of description (CreateOpsItem, SSM API reference). `facts` can be
    searched for.
    """

    about: str
    title: str
    description: str
    severity: Severity
    facts: Mapping[str, str] = field(default_factory=dict)


class OpsCenterPort(Protocol):
    """OpsCenter of the hub."""

    def create(self, item: OpsItem) -> str:
        """The id of the new OpsItem, or of the open one about the same; HandOverError if none was made."""
        ...
