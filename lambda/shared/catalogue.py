"""Which operations exist, who answers them and where they are declared, known before any of them is imported.

A function starts without its use cases and imports the module of one when it is first asked for: a cold start pays for
what is called and for nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from shared.errors import OperationNotFoundError, shortened
from shared.operation_index import INDEX
from shared.operations import OPERATIONS, Operation, OperationTable, Route

_LONGEST: Final = 128
"""So much of a name that nobody knows is repeated, in characters."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of an operation that is not imported yet."""

    module: str
    homes: tuple[str, ...]
    routes: tuple[str, ...]
    aliases: tuple[str, ...]

    @classmethod
    def of(cls, operation: Operation) -> "Entry":
        """What the index has of a declared operation."""
        routes = tuple(map(str, operation.routes))
        return cls(operation.run.__module__, operation.homes, routes, operation.aliases)


class Catalogue:
    """Finds operations by their name or route."""

    def __init__(self, entries: Mapping[str, Entry], table: OperationTable) -> None:
        self._entries = entries
        self._table = table
        self._names = {each: name for name, entry in entries.items() for each in (name, *entry.aliases)}
        self._routes = {Route.of(each): name for name, entry in entries.items() for each in entry.routes}

    @classmethod
    def of(cls, table: OperationTable) -> "Catalogue":
        """The catalogue of operations that are imported already."""
        return cls({operation.name: Entry.of(operation) for operation in table.all()}, table)

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Every operation by its name."""
        return self._entries

    def by_name(self, name: str, function_name: str) -> Operation:
        """The operation as that function answers it; OperationNotFoundError names the function that does."""
        known = self._names.get(name)
        if known is None:
            shown = shortened(name, _LONGEST)
            raise OperationNotFoundError(f"there is no operation {shown}", operation=shown)
        return self._in(function_name, known)

    def by_route(self, method: str, path: str, function_name: str) -> Operation:
        """The operation of a route; OperationNotFoundError if there is none, or if it lives in another function."""
        known = self._routes.get(Route(method, path))
        if known is None:
            raise OperationNotFoundError(f"there is no {method} {path}", method=method, path=path)
        return self._in(function_name, known)

    def _in(self, function_name: str, name: str) -> Operation:
        entry = self._entries[name]
        if function_name not in entry.homes:
            raise OperationNotFoundError(
                f"{function_name} has no operation {name}; {entry.homes[0]} answers it",
                operation=name,
                function=entry.homes[0],
            )
        import_module(entry.module)
        return self._table.get(name)


CATALOGUE: Final = Catalogue({name: Entry(*what) for name, what in INDEX.items()}, OPERATIONS)
"""All operations of the system."""
