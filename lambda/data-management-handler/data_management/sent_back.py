"""Fields that answers have and nobody changes: a change may hold them as they were read, to be the whole."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from shared.models.base import Model
from shared.models.violation import Violation

_MARK: Final[Mapping[str, bool]] = MappingProxyType({"readOnly": True})


def read_only() -> Any:
    """A field of a request that may be left out, and not be null."""
    return Field(default=None, json_schema_extra=dict(_MARK))


def read_only_fields(changes: type[Model]) -> dict[str, str]:
    """Those fields of a request with their names on the wire."""
    fields = changes.model_fields.items()
    return {name: field.alias or name for name, field in fields if field.json_schema_extra == _MARK}


def check_sent_back(changes: Model, read: Model) -> Iterator[Violation]:
    """A violation for each of those fields that is sent otherwise than it was read."""
    for name, on_the_wire in read_only_fields(type(changes)).items():
        if name in changes.model_fields_set and getattr(changes, name) != getattr(read, name):
            yield Violation(on_the_wire, "cannot be changed: leave it out, or send it as it was read", "READ_ONLY")
