"""The way of a call: who calls, may it pass, does it fail on purpose, what does it do, what is the caller told.

Order of refusals, as in AWS: signature and region, credentials and permission, throttling, validation, initialisation,
then the operation's own errors.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from local.drs_simulator import errors, faults
from local.drs_simulator.clock import later
from local.drs_simulator.converting import admit_launch
from local.drs_simulator.credentials import AccountOfKey, caller_of
from local.drs_simulator.errors import DrsError
from local.drs_simulator.launching import begin_launch
from local.drs_simulator.messages import Fate, HttpRequest, HttpResponse
from local.drs_simulator.operations import HANDLERS
from local.drs_simulator.record import Outcome
from local.drs_simulator.state import Cell
from local.drs_simulator.throttle import take_token
from local.drs_simulator.wire import Operation, Wire
from local.drs_simulator.world import World, names_of

F = TypeVar("F", bound=faults.CallFault)
_OUTCOMES: Final[dict[Fate, Outcome]] = {
    Fate.DROPPED: "dropped",
    Fate.TIMED_OUT: "timedOut",
    Fate.CONNECTION_REFUSED: "unreachable",
    Fate.CONNECT_TIMEOUT: "unreachable",
}
_FATES: Final = {
    "connectionClosed": Fate.DROPPED,
    "readTimeout": Fate.TIMED_OUT,
    "connectionRefused": Fate.CONNECTION_REFUSED,
    "connectTimeout": Fate.CONNECT_TIMEOUT,
}
_NEEDS_NO_SERVICE: Final = "InitializeService"


class _HeldBackError(Exception):
    """The call will take effect later; nobody gets an answer."""


class _NoConnectionError(Exception):
    """The call never arrived."""

    def __init__(self, fate: Fate) -> None:
        super().__init__(fate.value)
        self.fate = fate


@dataclass(slots=True)
class _Call:
    account: str = ""
    region: str = ""
    operation: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    met: list[faults.CallFault] = field(default_factory=list)
    job_id: str = ""

    def fault(self, kind: type[F]) -> F | None:
        return next((fault for fault in self.met if isinstance(fault, kind)), None)


class Front:
    """Answers requests on a world; not thread-safe by itself."""

    def __init__(self, world: World, wire: Wire, account_of_key: AccountOfKey, regions: Collection[str]) -> None:
        self._world = world
        self._wire = wire
        self._account_of_key = account_of_key
        self._regions = frozenset(regions)
        self._requests = 0

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer one request and record it."""
        self._world.advance()
        self._requests += 1
        request_id = f"00000000-0000-4000-8000-{self._requests:012x}"
        call, code = _Call(), ""
        try:
            operation, output = self._run(call, request)
            response = self._wire.answer(operation, output, request_id)
        except DrsError as error:
            code = error.code
            response = self._wire.refusal(error, request_id)
        except _HeldBackError:
            response = HttpResponse(0, fate=Fate.TIMED_OUT)
        except _NoConnectionError as error:
            response = HttpResponse(0, fate=error.fate)
        if call.met:
            response = _disturb(call, response)
        self._record(call, response, code)
        return response

    def _run(self, call: _Call, request: HttpRequest) -> tuple[Operation, dict[str, Any]]:
        key, call.region = caller_of(request)
        call.account = self._account_of_key(key)
        if call.region not in self._regions:
            raise errors.unrecognized_client()
        operation = self._wire.route(request)
        call.operation = operation.name
        cell = self._world.cell(call.account, call.region)
        _check_region(call, cell)
        invalid: DrsError | None = None
        if operation.name in HANDLERS:
            try:
                call.parameters = self._wire.parse(operation, request)
            except DrsError as error:
                invalid = error
        self._meet_faults(call, cell)
        _check_identity(call)
        self._check_rate(call, cell)
        if invalid is not None:
            raise invalid
        return operation, self._execute(call, cell)

    def _meet_faults(self, call: _Call, cell: Cell) -> None:
        servers = names_of(cell, _servers_of(cell, call.parameters))
        call.met = self._world.faults.of_call(call.account, call.region, call.operation, servers, self._world.now)
        unreachable = call.fault(faults.Unreachable)
        if unreachable is not None:
            raise _NoConnectionError(_FATES[unreachable.how])

    def _check_rate(self, call: _Call, cell: Cell) -> None:
        throttled = call.fault(faults.Throttling)
        if throttled is not None:
            raise errors.throttling(throttled.retry_after_seconds)
        take_token(cell, self._world.settings.rate_limits, call.operation, self._world.now)

    def _execute(self, call: _Call, cell: Cell) -> dict[str, Any]:
        if call.operation not in HANDLERS:
            raise errors.not_simulated(call.operation)
        if not cell.initialized and call.operation != _NEEDS_NO_SERVICE:
            raise errors.uninitialized_account()
        broken = call.fault(faults.ServerError)
        if broken is not None and not broken.takes_effect:
            raise _server_error(broken)
        rejected = call.fault(faults.RejectedServer)
        if rejected is not None:
            raise _rejection(rejected, call)
        self._disturb_before(call, cell)
        output = self._act(call, cell)
        if broken is not None:
            raise _server_error(broken)
        return output

    def _disturb_before(self, call: _Call, cell: Cell) -> None:
        foreign = call.fault(faults.ForeignJob)
        if foreign is not None:
            asked = _servers_of(cell, call.parameters)
            taken = [one for one in asked if not foreign.servers or names_of(cell, [one]) & set(foreign.servers)]
            with suppress(DrsError):
                start_foreign_job(self._world, cell, taken[: foreign.count], is_drill=False, tags=foreign.tags)
        late, repeated = call.fault(faults.LateEffect), call.fault(faults.RepeatedCall)
        if late is not None and (repeated is None or repeated.answer == "conflict"):
            # however often it arrives: the others conflict with the first when that takes effect
            self._world.agenda.plan(later(self._world.now, late.seconds), partial(self._act_late, call, cell))
            raise _HeldBackError
        if repeated is not None:
            with suppress(DrsError):
                self._act(call, cell)
            _answer_repeated(call, repeated)

    def _act(self, call: _Call, cell: Cell) -> dict[str, Any]:
        try:
            output = HANDLERS[call.operation](self._world, cell, call.parameters)
        except DrsError as error:
            if error.quota_code:
                cell.refusals[error.quota_code] += 1
            raise
        call.job_id = str(output.get("job", {}).get("jobID", ""))
        return output

    def _act_late(self, call: _Call, cell: Cell, at: datetime) -> None:
        late, code = replace(call), ""
        try:
            self._act(late, cell)
        except DrsError as error:
            code = error.code
        detail = {"operation": call.operation, "errorCode": code}
        self._world.note(cell, at, "lateEffect", job_id=late.job_id, detail=detail)

    def _record(self, call: _Call, response: HttpResponse, code: str) -> None:
        self._world.record.add_call(
            self._world.now,
            call.account,
            call.region,
            call.operation,
            parameters=call.parameters,
            outcome=_OUTCOMES.get(response.fate, "refused" if code else "success"),
            status=response.status,
            error_code=code,
            job_id=call.job_id,
            fault=",".join(fault.kind for fault in call.met),
        )


def start_foreign_job(world: World, cell: Cell, server_ids: list[str], *, is_drill: bool, tags: dict[str, str]) -> str:
    """Start a launch job that no caller of the API asked for; raises what StartRecovery would."""
    servers = [cell.servers[server_id] for server_id in server_ids if server_id in cell.servers]
    if not servers:
        raise errors.invalid_field("sourceServers", "no such server")
    admit_launch(world, cell, servers)
    wanted = {server.server_id: None for server in servers}
    job = begin_launch(world, cell, world.now, wanted, is_drill=is_drill, tags=tags)
    world.note(cell, world.now, "foreignJob", job_id=job.job_id)
    return job.job_id


def _check_region(call: _Call, cell: Cell) -> None:
    """What the region says to whatever is asked of it, unless it is open."""
    match cell.state:
        case "notEnabled":
            raise errors.unrecognized_client()
        case "denied":
            raise _denied(call, "with an explicit deny in a service control policy")
        case "throttled":
            raise errors.throttling(1)
        case "silent":
            raise _NoConnectionError(Fate.TIMED_OUT)
        case _:
            return


def _check_identity(call: _Call) -> None:
    if call.fault(faults.ExpiredCredentials):
        raise errors.expired_token()
    if call.fault(faults.RevokedRole):
        raise _denied(call, "because no identity-based policy allows the action")


def _denied(call: _Call, why: str) -> DrsError:
    return errors.access_denied(
        f"The caller from account {call.account} is not authorized to perform: drs:{call.operation} {why}"
    )


def _rejection(fault: faults.RejectedServer, call: _Call) -> DrsError:
    if fault.answer == "denied":
        return errors.access_denied(f"drs:{call.operation} is denied on one of the resources")
    return errors.validation("other", "One or more of the source servers cannot be recovered")


def _answer_repeated(call: _Call, fault: faults.RepeatedCall) -> None:
    """Refuse the second arrival of a call, unless it is to be tried."""
    match fault.answer:
        case "throttling":
            raise errors.throttling(1)
        case "quota":
            raise errors.quota_exceeded("Too many jobs at once", "", call.operation, "job")
        case "denied":
            raise errors.access_denied(f"drs:{call.operation} is not allowed any more")
        case "conflict":
            return


def _server_error(fault: faults.ServerError) -> DrsError:
    if fault.status == errors.SERVICE_UNAVAILABLE:
        return errors.service_unavailable()
    return errors.internal_server("An internal error occurred", retry_after_seconds=1)


def _disturb(call: _Call, response: HttpResponse) -> HttpResponse:
    if call.fault(faults.Unreachable) is not None:
        return response
    lost = call.fault(faults.LostReply)
    if lost is not None:
        return replace(response, fate=_FATES[lost.how])
    late = call.fault(faults.LateReply)
    return response if late is None else replace(response, delay_seconds=late.seconds)


def _servers_of(cell: Cell, parameters: dict[str, Any]) -> list[str]:
    found = [str(item["sourceServerID"]) for item in parameters.get("sourceServers", ())]
    if "sourceServerID" in parameters:
        found.append(parameters["sourceServerID"])
    found += parameters.get("filters", {}).get("sourceServerIDs", ())
    for instance_id in parameters.get("recoveryInstanceIDs", ()):
        if instance_id in cell.instances:
            found.append(cell.instances[instance_id].server_id)
    return found
