"""Which rules the well-formed fields of a request break, whatever is wrong with the others.

So that one answer names every wrong field. Each judge reads the request with stand-ins for what it lacks, and tells
what does not rest on a field that was refused: that one may become anything.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel

from shared.models.violation import Violation
from shared.operations import wire_names

NAME: Final = "?"
VERSION: Final = MappingProxyType({"version": 1})
"""Stand-ins for what a request must have and may lack as it is judged; no rule is about them."""

_RESTS_ON: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "EXACTLY_ONE_SELECTION": frozenset({"sourceServerIds", "serverSelectionTags"}),
        "SERVER_NOT_IN_GROUP": frozenset({"sourceServerIds", "serverSelectionTags"}),
        "MISSING_SUBNET": frozenset({"launchConfig"}),
        "UNKNOWN_REGION": frozenset({"region"}),
        "REQUIRED": frozenset({"accountId", "externalId"}),
        "NOT_FOR_THE_HUB": frozenset({"accountId"}),
        "ROLE_OF_ANOTHER_ACCOUNT": frozenset({"accountId"}),
    }
)
"""The fields that a rule looks at beside the one that it names, by its code."""


def known_to(model: type[BaseModel], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that the model has."""
    names = wire_names(model)
    return {name: value for name, value in fields.items() if name in names}


def certain(violations: Iterable[Violation], refused: frozenset[str]) -> Iterator[Violation]:
    """Those that stand whatever becomes of the fields that were refused."""
    return (each for each in violations if not refused & _RESTS_ON.get(each.code, frozenset()))
