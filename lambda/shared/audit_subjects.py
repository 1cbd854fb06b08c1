"""What a call was about, for its audit line: ids and names of what was asked for and of what was made, in short."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol, runtime_checkable

from pydantic import BaseModel

from shared.errors import DrsOrchestrationError
from shared.operations import Operation, own_names

LISTED: Final = 25
"""So many ids of a list are in the audit log: as many as one call may delete."""

_LONGEST: Final = 64
"""So much of an id or a name is shown, in characters."""

_TELLING: Final = ("Id", "Ids", "Name")
"""How the names of the fields end that say what a call is about."""


@runtime_checkable
class Batch(Protocol):
    """An answer about many things."""

    @property
    def counts(self) -> Mapping[str, int]:
        """How many of them ended how."""
        ...

    @property
    def ids(self) -> Mapping[str, Sequence[str]]:
        """Which of them were changed; names as they stand in the audit log."""
        ...


def asked_for(operation: Operation, parameters: Mapping[str, Any]) -> dict[str, str]:
    """The ids and names at the top of what was sent, by the names of the operation's own fields.

    What the operation has no field for is left out: a misspelt secret would be shown by it.
    """
    own = own_names(operation.request_model)
    return _shown((own[name], value) for name, value in parameters.items() if name in own)


def made(operation: Operation, result: object) -> dict[str, str]:
    """The ids and names at the top of what an operation that is no read has answered, and those of a batch."""
    if not isinstance(result, BaseModel) or operation.routes[0].method == "GET":
        return {}
    fields = type(result).model_fields.items()
    found = _shown((field.alias or name, getattr(result, name)) for name, field in fields)
    return found | (_shown(result.ids.items()) if isinstance(result, Batch) else {})


def told_of(error: DrsOrchestrationError) -> dict[str, str]:
    """The ids and names in the details of an error: a start that failed on its way has an execution."""
    return _shown(error.details.items())


def counts_of(result: object) -> Mapping[str, int] | None:
    """How many things of a batch ended how; None if the answer is about one thing."""
    return result.counts if isinstance(result, Batch) else None


def _shown(fields: Iterable[tuple[str, Any]]) -> dict[str, str]:
    return {name: text for name, value in fields if name.endswith(_TELLING) and (text := _text(name, value))}


def _text(name: str, value: Any) -> str:
    """The value in short; nothing of what is neither text nor a list of texts."""
    if not name.endswith("Ids"):
        return value[:_LONGEST] if isinstance(value, str) else ""
    several = value.split(",", LISTED) if isinstance(value, str) else value
    listed = several[:LISTED] if isinstance(several, list | tuple) else ()
    return ", ".join(one[:_LONGEST] for one in listed if isinstance(one, str))
