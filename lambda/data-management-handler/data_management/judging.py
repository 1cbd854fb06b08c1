"""Which rules the well-formed fields of a request break, whatever is wrong with the others.

So that one answer names every wrong field. Each judge reads the request with stand-ins for what it lacks, and tells
what does not rest on a field that was refused: that one may become anything.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from shared.models.base import Model, read_strictly
from shared.models.violation import Violation, well_formed
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


def taken_by(model: type[Model], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Of the fields of another model those that this one has, and takes: a change may empty what something new has."""
    names = wire_names(model)
    known = {name: value for name, value in fields.items() if name in names}
    try:
        read_strictly(model, known)
    except ValidationError as error:
        known, _ = well_formed(known, error)
    return known


def certain(violations: Iterable[Violation], refused: frozenset[str]) -> Iterator[Violation]:
    """Those that stand whatever becomes of the fields that were refused."""
    return (each for each in violations if not refused & _RESTS_ON.get(each.code, frozenset()))
