"""How an operation is declared: once, beside its use case; all else follows from that.

Both doors, validation, authorisation, audit, the API's templates and documents and the index by which a function finds
what it is asked for come from the declaration.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from pydantic import AliasChoices, BaseModel

from shared.errors import AuthenticationError, AuthorizationError, ErrorCode
from shared.roles import Caller, Permission, Role


class Success(StrEnum):
    """What a call that went well means."""

    OK = "OK"
    CREATED = "CREATED"
    ACCEPTED = "ACCEPTED"
    DELETED = "DELETED"


QUERY: Final = "query-handler"
DATA_MANAGEMENT: Final = "data-management-handler"
EXECUTION: Final = "execution-handler"

_HOMES: Final = MappingProxyType({"query": QUERY, "data_management": DATA_MANAGEMENT, "execution": EXECUTION})
"""The function of each package that declares operations."""

EVERYWHERE: Final = (
    ErrorCode.VALIDATION_ERROR,
    ErrorCode.AUTHENTICATION_ERROR,
    ErrorCode.AUTHORIZATION_ERROR,
    ErrorCode.THROTTLED,
    ErrorCode.INTERNAL_ERROR,
)
"""What any call may be refused with; a declaration says what else its operation raises."""

_UNASKED: Final = MappingProxyType(
    {
        Permission.PUBLIC: frozenset({ErrorCode.AUTHENTICATION_ERROR, ErrorCode.AUTHORIZATION_ERROR}),
        Permission.SIGNED_IN: frozenset({ErrorCode.AUTHORIZATION_ERROR}),
    }
)
"""What nobody is refused with whom the permission does not ask for more."""

_ROUTE: Final = re.compile(r"(GET|POST|PUT|DELETE) ((?:/[a-z0-9-]+|/{[a-zA-Z]+})+)")


class WireModel(Protocol):
    """What an operation answers: anything that knows its JSON object."""

    def wire(self) -> dict[str, Any]:
        """The JSON object."""
        ...


class WrongField(Protocol):
    """A broken rule of the input, as shared.models.violation has it."""

    @property
    def field(self) -> str:
        """The JSON path of the field."""
        ...

    @property
    def code(self) -> str:
        """The word for programs."""
        ...

    def wire(self) -> dict[str, str]:
        """The entry of `details.fields`."""
        ...


App_co = TypeVar("App_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Context(Generic[App_co]):
    """Who calls, and what the use case may use; `app` is a protocol of the use case's own choosing."""

    actor: str
    roles: frozenset[Role]
    request_id: str
    app: App_co


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path as API Gateway knows it: `/recovery-plans/{planId}`."""

    method: str
    path: str

    @classmethod
    def of(cls, text: str) -> "Route":
        """The route that `METHOD /path` names; ValueError for anything else."""
        found = _ROUTE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no route: write METHOD /path/{{parameter}}")
        return cls(found[1], found[2])

    @property
    def parameters(self) -> frozenset[str]:
        """The names in its path."""
        return frozenset(re.findall(r"{(\w+)}", self.path))

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One declared operation; `request_model` validates both doors' input, `run` is the use case.

    `routes` begins with the one that documents show; `homes` are the functions that answer it, first that of its
    routes; `aliases` are further names by which direct callers know it; `raises` are errors beyond EVERYWHERE.
    `answer_model` is None if it answers nothing. `judge` is asked if the request model refuses, and tells what the use
    case would have refused of all that the model did not.
    """

    name: str
    routes: tuple[Route, ...]
    permission: Permission
    success: Success
    homes: tuple[str, ...]
    aliases: tuple[str, ...]
    raises: tuple[ErrorCode, ...]
    request_model: type[BaseModel]
    answer_model: type[BaseModel] | None
    run: Callable[[Any, Context[Any]], WireModel | None]
    judge: "Judge | None" = None

    @property
    def summary(self) -> str:
        """What it does, in one line."""
        return (inspect.getdoc(self.run) or "").partition("\n")[0]

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that direct callers may call it."""
        return (self.name, *self.aliases)

    @property
    def errors(self) -> tuple[ErrorCode, ...]:
        """Everything that a call of it may be refused with, in the order of the codes."""
        possible = {*EVERYWHERE, *self.raises} - _UNASKED.get(self.permission, frozenset())
        return tuple(code for code in ErrorCode if code in possible)

    def success_of(self, request: BaseModel) -> Success:
        """What it means that this call went well: a rehearsal has made and started nothing."""
        return Success.OK if getattr(request, "dry_run", False) else self.success


Judge: TypeAlias = Callable[[Mapping[str, Any], Context[Any]], Iterable[WrongField]]
"""Which rules a request breaks beside those of its model, which refuses something of it (well_formed)."""


class OperationTable:
    """All operations that this process has imported."""

    def __init__(self) -> None:
        self._operations: dict[str, Operation] = {}

    def add(self, operation: Operation) -> None:
        """Declare an operation; ValueError for a second one of a name or route."""
        for other in self._operations.values():
            if {*operation.names} & {*other.names} or {*operation.routes} & {*other.routes}:
                routes = ", ".join(map(str, operation.routes))
                raise ValueError(f"{operation.name} ({routes}) is already declared as {other.name}")
        self._operations[operation.name] = operation

    def get(self, name: str) -> Operation:
        """The operation of that very name; KeyError if none was imported."""
        return self._operations[name]

    def all(self) -> tuple[Operation, ...]:
        """Every declared operation, by name."""
        return tuple(self._operations[name] for name in sorted(self._operations))


OPERATIONS: Final = OperationTable()
"""The table that `operation` declares into."""

UseCase = TypeVar("UseCase", bound=Callable[..., WireModel | None])


def operation(
    name: str,
    *,
    http: str,
    permission: Permission,
    success: Success = Success.OK,
    also: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    homes: tuple[str, ...] = (),
    raises: tuple[ErrorCode, ...] = (),
    judge: Judge | None = None,
    table: OperationTable = OPERATIONS,
) -> Callable[[UseCase], UseCase]:
    """Declare `def use_case(request: SomeModel, context: Context[SomeProtocol]) -> Model` as an operation.

    `http` is `METHOD /path/{parameter}`, `also` are further routes; every path parameter must be a field of the
    request. The home is the function in whose package it stands; what stands in `shared` says its `homes`. `raises`
    are the codes of errors that not every operation has; `judge` is Operation's. Raises ValueError.
    """

    def declare(use_case: UseCase) -> UseCase:
        routes = tuple(Route.of(text) for text in (http, *also))
        request_model = _request_model(use_case)
        unknown = {one for route in routes for one in route.parameters} - wire_names(request_model)
        if unknown:
            raise ValueError(f"{name}: {request_model.__name__} has no field for the path's {sorted(unknown)}")
        said_twice = [code.value for code in raises if code in EVERYWHERE]
        if said_twice:
            raise ValueError(f"{name}: any operation may raise {', '.join(said_twice)}")
        where, answer_model = homes or _home_of(name, use_case), _answer_model(use_case)
        one = Operation(
            name, routes, permission, success, where, aliases, raises, request_model, answer_model, use_case, judge
        )
        table.add(one)
        return use_case

    return declare


def authorise(operation: Operation, caller: Caller) -> None:
    """Raise AuthenticationError for nobody, AuthorizationError for whoever lacks the permission, which it names."""
    needed = operation.permission
    if needed is Permission.PUBLIC:
        return
    if caller.unknown_because:
        raise AuthenticationError(caller.unknown_because)
    if needed is Permission.SIGNED_IN or needed in caller.permissions:
        return
    roles = ", ".join(sorted(caller.roles))
    lack = f"not given by {roles}" if roles else "and whoever calls has no role"
    raise AuthorizationError(f"{operation.name} needs the permission {needed}, {lack}", permission=needed.value)


def wire_names(model: type[BaseModel]) -> frozenset[str]:
    """The names of a model's fields in JSON."""
    return frozenset(field.alias or name for name, field in model.model_fields.items())


def own_names(model: type[BaseModel]) -> dict[str, str]:
    """The name of each field in JSON, by each name that it may be sent under."""
    found: dict[str, str] = {}
    for name, field in model.model_fields.items():
        further = field.validation_alias.choices if isinstance(field.validation_alias, AliasChoices) else ()
        own = field.alias or name
        found |= {own: own, **{each: own for each in further if isinstance(each, str)}}
    return found


def _home_of(name: str, use_case: Callable[..., Any]) -> tuple[str, ...]:
    home = _HOMES.get(use_case.__module__.partition(".")[0])
    if home is None:
        raise ValueError(f"{name} has no home: {use_case.__module__} is in no function's package, so say its homes")
    return (home,)


def _request_model(use_case: Callable[..., Any]) -> type[BaseModel]:
    annotations = inspect.get_annotations(use_case)
    annotation = annotations.get("request", annotations.get("_request"))
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        raise ValueError(f"{use_case.__name__} must annotate `request` with the model that validates it")
    return annotation


def _answer_model(use_case: Callable[..., Any]) -> type[BaseModel] | None:
    annotations = inspect.get_annotations(use_case)
    annotation = annotations.get("return", inspect.Signature.empty)
    if annotation is None or (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return annotation
    raise ValueError(f"{use_case.__name__} must annotate what it answers with a model, or with None")
