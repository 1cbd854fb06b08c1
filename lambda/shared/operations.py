"""The table of operations: what exists, who may do it, where it lives.

An operation is declared once, beside its use case; both doors, validation, authorisation and audit follow from that.
"""

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Generic, Protocol, TypeVar

from pydantic import BaseModel

from shared.errors import AuthorizationError, OperationNotFoundError


class Permission(StrEnum):
    """What a role may do; SIGNED_IN needs a caller, PUBLIC needs none."""

    REGISTER_ACCOUNTS = "register_accounts"
    MODIFY_ACCOUNTS = "modify_accounts"
    DELETE_ACCOUNTS = "delete_accounts"
    VIEW_ACCOUNTS = "view_accounts"
    VIEW_EXECUTIONS = "view_executions"
    DELETE_EXECUTIONS = "delete_executions"
    START_RECOVERY = "start_recovery"
    STOP_RECOVERY = "stop_recovery"
    TERMINATE_INSTANCES = "terminate_instances"
    VIEW_PROTECTION_GROUPS = "view_protection_groups"
    CREATE_PROTECTION_GROUPS = "create_protection_groups"
    MODIFY_PROTECTION_GROUPS = "modify_protection_groups"
    DELETE_PROTECTION_GROUPS = "delete_protection_groups"
    VIEW_RECOVERY_PLANS = "view_recovery_plans"
    CREATE_RECOVERY_PLANS = "create_recovery_plans"
    MODIFY_RECOVERY_PLANS = "modify_recovery_plans"
    DELETE_RECOVERY_PLANS = "delete_recovery_plans"
    EXPORT_CONFIGURATION = "export_configuration"
    IMPORT_CONFIGURATION = "import_configuration"
    SIGNED_IN = "signed_in"
    PUBLIC = "public"


class Role(StrEnum):
    """The five roles; a Cognito group of that name grants it."""

    ADMIN = "DRSOrchestrationAdmin"
    RECOVERY_MANAGER = "DRSRecoveryManager"
    PLAN_MANAGER = "DRSPlanManager"
    OPERATOR = "DRSOperator"
    READ_ONLY = "DRSReadOnly"


_VIEW: Final = frozenset(
    {
        Permission.VIEW_ACCOUNTS,
        Permission.VIEW_EXECUTIONS,
        Permission.VIEW_PROTECTION_GROUPS,
        Permission.VIEW_RECOVERY_PLANS,
    }
)
_OPERATE: Final = _VIEW | {
    Permission.START_RECOVERY,
    Permission.STOP_RECOVERY,
    Permission.MODIFY_PROTECTION_GROUPS,
    Permission.MODIFY_RECOVERY_PLANS,
}
_PLAN: Final = _OPERATE | {
    Permission.CREATE_PROTECTION_GROUPS,
    Permission.DELETE_PROTECTION_GROUPS,
    Permission.CREATE_RECOVERY_PLANS,
    Permission.DELETE_RECOVERY_PLANS,
}
_MANAGE: Final = _PLAN | {
    Permission.REGISTER_ACCOUNTS,
    Permission.MODIFY_ACCOUNTS,
    Permission.TERMINATE_INSTANCES,
    Permission.EXPORT_CONFIGURATION,
    Permission.IMPORT_CONFIGURATION,
}
_ADMINISTER: Final = _MANAGE | {Permission.DELETE_ACCOUNTS, Permission.DELETE_EXECUTIONS}

GRANTS: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.ADMIN: _ADMINISTER,
        Role.RECOVERY_MANAGER: _MANAGE,
        Role.PLAN_MANAGER: _PLAN,
        Role.OPERATOR: _OPERATE,
        Role.READ_ONLY: _VIEW,
    }
)


class Success(StrEnum):
    """What a call that went well means."""

    OK = "OK"
    CREATED = "CREATED"
    ACCEPTED = "ACCEPTED"
    DELETED = "DELETED"


QUERY: Final = "query-handler"
DATA_MANAGEMENT: Final = "data-management-handler"
EXECUTION: Final = "execution-handler"

HOMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "list_protection_groups": (QUERY, DATA_MANAGEMENT),
        "get_protection_group": (QUERY, DATA_MANAGEMENT),
        "create_protection_group": (DATA_MANAGEMENT,),
        "list_recovery_plans": (QUERY, DATA_MANAGEMENT),
        "get_recovery_plan": (QUERY, DATA_MANAGEMENT),
        "create_recovery_plan": (DATA_MANAGEMENT,),
        "preflight_recovery_plan": (QUERY,),
        "import_configuration": (DATA_MANAGEMENT,),
        "list_executions": (QUERY, EXECUTION),
        "get_execution": (QUERY, EXECUTION),
        "start_execution": (EXECUTION,),
        "pause_execution": (EXECUTION,),
        "resume_execution": (EXECUTION,),
        "cancel_execution": (EXECUTION,),
        "retry_wave": (EXECUTION,),
        "skip_wave": (EXECUTION,),
        "terminate_instances": (EXECUTION,),
        "get_termination_status": (QUERY,),
        "get_recovery_instances": (QUERY,),
        "get_job_logs": (QUERY,),
        "get_execution_events": (QUERY,),
    }
)
"""The functions that answer each operation, the home of its REST route first; only what stands here can be declared."""


class WireModel(Protocol):
    """What an operation answers: anything that knows its JSON object."""

    def wire(self) -> dict[str, Any]:
        """The JSON object."""
        ...


App_co = TypeVar("App_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Context(Generic[App_co]):
    """Who calls, and what the use case may use; `app` is a protocol of the use case's own choosing.

    `actor` is for people and audit; it comes from the token or the invocation, never from the body.
    """

    actor: str
    roles: frozenset[Role]
    request_id: str
    app: App_co


@dataclass(frozen=True, slots=True)
class Operation:
    """One declared operation; `request_model` validates both doors' input, `run` is the use case."""

    name: str
    method: str
    path: str
    permission: Permission
    success: Success
    request_model: type[BaseModel]
    run: Callable[[Any, Context[Any]], WireModel | None]
    summary: str

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions that answer it."""
        return HOMES[self.name]


class OperationTable:
    """All operations that this process has imported."""

    def __init__(self) -> None:
        self._operations: dict[str, Operation] = {}

    def add(self, operation: Operation) -> None:
        """Declare an operation; ValueError for a second one of that name or route, or one without a home."""
        name = operation.name
        if name not in HOMES:
            raise ValueError(f"{name} has no home: say in HOMES which functions answer it")
        for other in self._operations.values():
            if name == other.name or (operation.method, operation.path) == (other.method, other.path):
                raise ValueError(f"{name} ({operation.method} {operation.path}) is already declared as {other.name}")
        self._operations[name] = operation

    def find(self, name: str, function_name: str) -> Operation:
        """The operation as that function answers it; OperationNotFoundError names the function that does."""
        homes = HOMES.get(name, ())
        if function_name in homes and name in self._operations:
            return self._operations[name]
        if homes and function_name not in homes:
            raise OperationNotFoundError(
                f"{function_name} has no operation {name}; {homes[0]} answers it", operation=name, function=homes[0]
            )
        raise OperationNotFoundError(f"there is no operation {name}", operation=name)

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
    table: OperationTable = OPERATIONS,
) -> Callable[[UseCase], UseCase]:
    """Declare `def use_case(request: SomeModel, context: Context[SomeProtocol]) -> Model` as an operation.

    `http` is `METHOD /path/{parameter}`; every path parameter must be a field of the request. Raises ValueError.
    """

    def declare(use_case: UseCase) -> UseCase:
        method, _, path = http.partition(" ")
        request_model = _request_model(use_case)
        unknown = set(re.findall(r"{(\w+)}", path)) - _wire_names(request_model)
        if unknown:
            raise ValueError(f"{name}: {request_model.__name__} has no field for the path's {sorted(unknown)}")
        summary = (inspect.getdoc(use_case) or "").partition("\n")[0]
        table.add(Operation(name, method, path, permission, success, request_model, use_case, summary))
        return use_case

    return declare


def authorise(operation: Operation, roles: Collection[Role]) -> None:
    """Raise AuthorizationError, which names the permission, unless one of the roles has it."""
    needed = operation.permission
    if needed in {Permission.PUBLIC, Permission.SIGNED_IN}:
        return
    if not any(needed in GRANTS[role] for role in roles):
        whose = ", ".join(sorted(roles)) if roles else "no role"
        raise AuthorizationError(
            f"{operation.name} needs the permission {needed}, which {whose} does not give", permission=needed.value
        )


def _request_model(use_case: Callable[..., Any]) -> type[BaseModel]:
    annotation = inspect.get_annotations(use_case).get("request")
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        raise ValueError(f"{use_case.__name__} must annotate `request` with the model that validates it")
    return annotation


def _wire_names(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}
