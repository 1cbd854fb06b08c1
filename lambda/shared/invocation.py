"""Tells the ways into a function apart, once, and takes each call through the operation table.

The alias that was invoked decides which door it is, because the event can be forged and the alias cannot: `live-api`
is API Gateway's, every other is the direct door, where an event is a direct call whatever it contains.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import pydantic

from shared.errors import DrsOrchestrationError, ErrorCode, OperationNotFoundError, ValidationError
from shared.json_input import check_json, parse_json
from shared.models.base import read_strictly
from shared.observability import Observability
from shared.operations import OPERATIONS, Context, OperationTable, Role, WireModel, authorise
from shared.response_utils import answer, validation_error

API_ALIAS: Final = "live-api"
_DRS_SOURCE: Final = "aws.drs"
_ENVELOPE: Final = frozenset({"operation", "parameters", "queryParams", "body", "requestedBy"})
_REQUESTED_BY_LENGTH: Final = 128


class LambdaCall(Protocol):
    """What Lambda itself says of an invocation."""

    @property
    def aws_request_id(self) -> str:
        """The id of the invocation."""
        ...

    @property
    def invoked_function_arn(self) -> str:
        """The ARN that was invoked, with its alias if there was one."""
        ...


@dataclass(frozen=True, slots=True)
class DirectInvocation:
    """A call by name; `requested_by` is what the caller says of itself, unverified."""

    operation: str
    parameters: dict[str, Any]
    requested_by: str | None = None


@dataclass(frozen=True, slots=True)
class ApiInvocation:
    """A call through API Gateway."""

    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ScheduleInvocation:
    """The clock of EventBridge struck."""

    schedule: str


@dataclass(frozen=True, slots=True)
class DrsEvent:
    """DRS reports something by EventBridge; `resources` are ARNs."""

    detail_type: str
    account_id: str
    region: str
    resources: tuple[str, ...]
    detail: Mapping[str, Any]

    @property
    def job_id(self) -> str:
        """The job that the event is about, if it is about one."""
        return str(self.detail.get("job-id") or "")

    @property
    def tells_of_failure(self) -> bool:
        """Whether a server's launch has failed."""
        return self.detail.get("state") == "RECOVERY_LAUNCH_FAILED"


@dataclass(frozen=True, slots=True)
class StateMachineCall:
    """A state of the state machine calls; `fields` is the rest of its input."""

    action: str
    fields: Mapping[str, Any]


Invocation: TypeAlias = DirectInvocation | ApiInvocation | ScheduleInvocation | DrsEvent | StateMachineCall


def parse_invocation(event: Any, call: LambdaCall) -> Invocation:
    """What this invocation is; ValidationError if it is nothing we know."""
    if not isinstance(event, Mapping):
        raise ValidationError.one("event", "must be a JSON object", "OBJECT_REQUIRED")
    if alias_of(call.invoked_function_arn) == API_ALIAS:
        return ApiInvocation(event)
    if isinstance(event.get("operation"), str):
        return _direct(event)
    if isinstance(event.get("action"), str):
        return StateMachineCall(event["action"], {name: value for name, value in event.items() if name != "action"})
    if isinstance(event.get("schedule"), str):
        return ScheduleInvocation(event["schedule"])
    if event.get("source") == _DRS_SOURCE:
        return _drs_event(event)
    raise ValidationError.one("operation", "must name an operation", "REQUIRED")


def alias_of(function_arn: str) -> str | None:
    """The alias or version in a function's ARN, if it has one."""
    parts = function_arn.split(":")
    return parts[7] if len(parts) > 7 else None


class App(Protocol):
    """What a function that answers operations is made of; its use cases ask for more by protocols of their own."""

    @property
    def observability(self) -> Observability:
        """Where it writes about itself."""
        ...

    @property
    def direct_role(self) -> Role:
        """The role of direct callers, a setting of the function."""
        ...


def dispatch(
    event: Any, lambda_context: LambdaCall, *, function_name: str, app: App, table: OperationTable = OPERATIONS
) -> dict[str, Any]:
    """Answer one call of an API handler: the result's object, or the error envelope; never raises."""
    request_id = lambda_context.aws_request_id
    observability = app.observability
    observability.logger.set_correlation_id(request_id)
    answered = answer(lambda: _take(event, lambda_context, function_name, app, table), request_id, observability.logger)
    observability.count("Calls")
    if answered.get("error") == ErrorCode.INTERNAL_ERROR:
        observability.count("InternalErrors")
    observability.flush()
    return answered


def _take(event: Any, call: LambdaCall, function_name: str, app: App, table: OperationTable) -> WireModel | None:
    invocation = parse_invocation(event, call)
    if isinstance(invocation, ApiInvocation):
        raise OperationNotFoundError("this function serves no REST routes yet; invoke it directly by its alias live")
    if not isinstance(invocation, DirectInvocation):
        raise ValidationError.one("operation", "must name an operation", "REQUIRED")
    context = Context(
        actor=_actor(call.aws_request_id, invocation.requested_by),
        roles=frozenset({app.direct_role}),
        request_id=call.aws_request_id,
        app=app,
    )
    return _audited(invocation, context, function_name, table)


def _audited(
    invocation: DirectInvocation, context: Context[App], function_name: str, table: OperationTable
) -> WireModel | None:
    outcome = ErrorCode.INTERNAL_ERROR.value
    permission = None
    try:
        operation = table.find(invocation.operation, function_name)
        permission = operation.permission.value
        authorise(operation, context.roles)
        try:
            request = read_strictly(operation.request_model, invocation.parameters)
        except pydantic.ValidationError as error:
            raise validation_error(error) from error
        result = operation.run(request, context)
        outcome = "OK"
    except DrsOrchestrationError as error:
        outcome = error.code.value
        raise
    finally:
        context.app.observability.audit.record(
            operation=invocation.operation[:_REQUESTED_BY_LENGTH],
            actor=context.actor,
            roles=context.roles,
            permission=permission,
            outcome=outcome,
            request_id=context.request_id,
            subjects=_subjects(invocation.parameters),
        )
    return result


def _subjects(parameters: Mapping[str, Any]) -> dict[str, str]:
    return {name: value[:64] for name, value in parameters.items() if name.endswith("Id") and isinstance(value, str)}


def _actor(request_id: str, requested_by: str | None) -> str:
    return f"direct invocation {request_id}" + (f" (unverified: {requested_by})" if requested_by else "")


def _direct(event: Mapping[str, Any]) -> DirectInvocation:
    """Parameters may stand under `parameters`, `queryParams` or `body`, or beside `operation`."""
    parameters: dict[str, Any] = {name: value for name, value in event.items() if name not in _ENVELOPE}
    check_json(parameters, "event")
    for name in ("parameters", "queryParams", "body"):
        for key, value in _object(event, name).items():
            if key in parameters and parameters[key] != value:
                raise ValidationError.one(key, "is given twice with different values", "AMBIGUOUS")
            parameters[key] = value
    requested_by = event.get("requestedBy")
    if requested_by is not None and not isinstance(requested_by, str):
        raise ValidationError.one("requestedBy", "must be text", "WRONG_TYPE")
    return DirectInvocation(event["operation"], parameters, _one_line(requested_by))


def _object(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = event.get(name)
    if isinstance(value, str) and name == "body":
        value = parse_json(value, name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValidationError.one(name, "must be a JSON object", "OBJECT_REQUIRED")
    check_json(value, name)
    return value


def _one_line(text: str | None) -> str | None:
    return re.sub(r"[^\x20-\x7e\xa0-\uffff]", " ", text)[:_REQUESTED_BY_LENGTH].strip() or None if text else None


def _drs_event(event: Mapping[str, Any]) -> DrsEvent:
    detail = event.get("detail")
    resources = event.get("resources")
    return DrsEvent(
        detail_type=str(event.get("detail-type", "")),
        account_id=str(event.get("account", "")),
        region=str(event.get("region", "")),
        resources=tuple(str(arn) for arn in resources) if isinstance(resources, list) else (),
        detail=detail if isinstance(detail, Mapping) else {},
    )
