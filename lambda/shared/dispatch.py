"""Takes each call of an API handler through its door and the catalogue of operations.

The alias that was invoked decides which door it is, because the event can be forged and the alias cannot: `live-api`
is API Gateway's, every other is the direct door.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from time import perf_counter
from typing import Any, Protocol

import pydantic

from shared.audit_subjects import asked_for, counts_of, made, told_of
from shared.catalogue import CATALOGUE, Catalogue
from shared.direct import DirectDoor
from shared.errors import DrsOrchestrationError, InternalError, ValidationError
from shared.invocation import API_ALIAS, LambdaCall, alias_of
from shared.json_input import Sent, same
from shared.models.base import read_strictly
from shared.models.violation import Violation, found_by, json_path, violations_of
from shared.observability import AuditEntry, Observability
from shared.operations import Context, Operation, Success, WireModel, WrongField, authorise, own_names
from shared.patience import CALL_SECONDS, somebody_waits
from shared.response_utils import refusal
from shared.rest import ApiDoor
from shared.roles import Caller, Role


class Door(Protocol):
    """How a call comes in and how its answer goes out."""

    name: str
    request_id: str
    source_ip: str

    @property
    def asked_for(self) -> str:
        """What was called for, before anything is known of it."""
        ...

    @property
    def caller(self) -> Caller:
        """Who calls."""
        ...

    def operation(self, catalogue: Catalogue, function_name: str) -> Operation:
        """The operation that is called; ValidationError or OperationNotFoundError."""
        ...

    def parameters(self, operation: Operation) -> Sent:
        """What it is called with, as far as it can be read; ValidationError if that is nothing."""
        ...

    @property
    def glimpsed(self) -> Mapping[str, Any]:
        """What can be seen of the parameters at a glance, unchecked: of a call that is refused before they are read."""
        ...

    def succeed(self, result: WireModel | None, success: Success) -> dict[str, Any]:
        """What the invocation returns for a result."""
        ...

    def fail(self, error: DrsOrchestrationError) -> dict[str, Any]:
        """What the invocation returns for an error."""
        ...


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

    @property
    def console_origin(self) -> str:
        """The origin of the console, which browsers may call from; empty for none."""
        ...


def dispatch(
    event: Any,
    lambda_context: LambdaCall,
    *,
    function_name: str,
    app: App,
    catalogue: Catalogue = CATALOGUE,
    direct_seconds: float = CALL_SECONDS,
) -> dict[str, Any]:
    """Answer one call of an API handler: a result or an error in the manner of its door.

    Whatever the call does, it is answered, also if its door stumbles over the event, and as it ended if afterwards its
    audit line or its metrics cannot be written.
    What it asks of AWS but its tables may take CALL_SECONDS, and `direct_seconds` where API Gateway does not wait.
    """
    begun, failed = perf_counter(), False
    # a door without an event, which answers if the event's own cannot be made
    door = door_of({}, lambda_context, app)
    entry = AuditEntry(door.name, operation="?", actor="?", roles=(), request_id=door.request_id, source_ip="")
    try:
        door = door_of(event, lambda_context, app)
        with somebody_waits(CALL_SECONDS if isinstance(door, ApiDoor) else direct_seconds):
            answer = _answered(door, entry, catalogue, function_name, app)
    except Exception:
        # the outermost catch of a call: it is logged with its stack, and a caller must not wait for nothing
        app.observability.logger.exception("unforeseen error", requestId=door.request_id)
        failed = True
        answer = door.fail(
            InternalError("something went wrong here; the log has more under this reference", reference=door.request_id)
        )
    entry.duration_ms = round((perf_counter() - begun) * 1000)
    _write_down(entry, app.observability, failed=failed)
    return answer


def _answered(door: Door, entry: AuditEntry, catalogue: Catalogue, function_name: str, app: App) -> dict[str, Any]:
    """The answer to what is foreseen; the audit's entry gets what is known of the call as soon as it is."""
    entry.request_id, entry.source_ip = door.request_id, door.source_ip
    app.observability.logger.set_correlation_id(door.request_id)
    entry.operation, caller = door.asked_for, door.caller
    entry.actor, entry.user_id, entry.roles = caller.actor, caller.user_id, caller.roles
    try:
        operation = door.operation(catalogue, function_name)
        answer = door.succeed(*_take(operation, door, caller, entry, app))
        entry.outcome = "OK"
    except DrsOrchestrationError as error:
        answer = door.fail(error)
        entry.outcome = error.code.value
    return answer


def _write_down(entry: AuditEntry, observability: Observability, *, failed: bool) -> None:
    """The audit line and the metrics of a call that is over: its caller must learn how it ended.

    What cannot be written is in the log with the reason.
    """
    try:
        observability.audit.record(entry)
    except Exception:
        # Broad, and not raised again: what was done is done, and whoever called is told so.
        observability.logger.exception("could not write the audit line", requestId=entry.request_id)
        failed = True
    try:
        observability.count("Calls")
        if failed:
            observability.count("InternalErrors")
        observability.flush()
    except Exception:
        # Broad, and not raised again: as above.
        observability.logger.exception("could not write the metrics", requestId=entry.request_id)


def door_of(event: Any, call: LambdaCall, app: App) -> Door:
    """The door by which this call came in."""
    if alias_of(call.invoked_function_arn) == API_ALIAS:
        return ApiDoor(event, call, app.console_origin)
    return DirectDoor(event, call, app.direct_role)


def _take(
    operation: Operation, door: Door, caller: Caller, entry: AuditEntry, app: App
) -> tuple[WireModel | None, Success]:
    entry.operation, entry.permission = operation.name, operation.permission.value
    try:
        authorise(operation, caller)
        sent = _each_by_one_name(operation.request_model, door.parameters(operation))
    except DrsOrchestrationError:
        entry.subjects = asked_for(operation, door.glimpsed)
        raise
    # of what was refused the log still shows what can be seen of it
    entry.subjects = {
        **(asked_for(operation, door.glimpsed) if sent.refused else {}),
        **asked_for(operation, sent.fields),
    }
    context = Context(actor=caller.actor, roles=caller.roles, request_id=door.request_id, app=app)
    request = _request(operation, sent, context)
    entry.dry_run = getattr(request, "dry_run", None)
    try:
        result = operation.run(request, context)
    except DrsOrchestrationError as error:
        entry.subjects = {**told_of(error), **entry.subjects}
        raise
    entry.subjects, entry.counts = {**entry.subjects, **made(operation, result)}, counts_of(result)
    return result, operation.success_of(request)


def _request(operation: Operation, sent: Sent, context: Context[App]) -> pydantic.BaseModel:
    """What is asked for; ValidationError for all that is wrong: what no reader takes, forms, and rules of the rest."""
    try:
        request = read_strictly(operation.request_model, sent.fields)
    except pydantic.ValidationError as error:
        raise _refusal(operation, sent, context, violations_of(error, sent.fields)) from error
    if sent.refused:
        raise _refusal(operation, sent, context)
    return request


def _refusal(
    operation: Operation, sent: Sent, context: Context[App], wrong: Iterable[WrongField] = ()
) -> ValidationError:
    """For what no reader takes, what is `wrong` for the model, and what is judged of the rest as far as it can be."""
    judged = found_by(partial(operation.judge, sent.fields, context)) if operation.judge else ()
    return refusal((*sent.refused, *sent.beside(dict.fromkeys((*wrong, *judged)))))


def _each_by_one_name(model: type[pydantic.BaseModel], sent: Sent) -> Sent:
    """What was sent, each under the first of its names; one of which two give different values is AMBIGUOUS."""
    own, first, found = own_names(model), dict[str, str](), dict[str, Any]()
    differ = dict[str, Violation]()
    for name, value in sent.fields.items():
        earlier = first.setdefault(own.get(name, name), name)
        if not same(found.setdefault(earlier, value), value):
            reason = f"is another name of {earlier}, with a different value"
            differ[earlier] = Violation(json_path([name]), reason, "AMBIGUOUS")
    return Sent(found, sent.refused, sent.places).apart_from(differ)
