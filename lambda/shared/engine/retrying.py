"""Retry and skip: what operators make of a wave that failed, or that is not to be waited for."""

from collections.abc import Callable, Collection
from datetime import datetime

from shared.engine.checking import launch_again
from shared.engine.gates import close_gate, gate_scope, gate_words
from shared.engine.state import Draft
from shared.engine.texts import OVERRIDE_REASON, shortened_to_bytes
from shared.engine.waves import drop_servers
from shared.execution_utils import WAVES_TO_RETRY, WAVES_TO_SKIP, is_well
from shared.models.execution import ExecutionStatus
from shared.models.gate import Gate, GateKind, GateStatus
from shared.models.recovery_plan import wave_words
from shared.models.request import Request, RequestState
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.targets import ServerKey
from shared.models.wave_record import ENDED_WAVE_STATUSES, WaveStatus

Outcome = tuple[RequestState, str]


def retry_wave(draft: Draft, request: Request) -> Outcome | None:
    """Try the servers of a wave again that are not well, each after a look at what it has; None if not loaded yet."""
    words = "its servers that are not well are looked at, then launched again if need be"
    if not request.accepted_codes:
        return _take_up(draft, request, WAVES_TO_RETRY, _retry, words)
    legal = WAVES_TO_RETRY | {WaveStatus.LAUNCHING}
    return _take_up(draft, request, legal, _retry, f"{words}, with the launch settings that DRS has")


def skip_wave(draft: Draft, request: Request) -> Outcome | None:
    """Let the plan go on without a wave; jobs of it that run are followed to their end. None if not loaded yet."""
    return _take_up(draft, request, WAVES_TO_SKIP, _skip, "the plan goes on without it")


def _take_up(
    draft: Draft,
    request: Request,
    legal: Collection[WaveStatus],
    carry_out: Callable[[Draft, int, Request], None],
    words: str,
) -> Outcome | None:
    """Carry the request out once, if it may be; one whose step lost its commit is taken up again, to the same end."""
    number = int(request.scope or "")
    if not draft.load(number):
        return None
    if draft.waves[number].decision_id == request.request_id:
        _close_its_gate(draft, request)
        return RequestState.APPLIED, words
    refused = ending(draft) or _refusal(draft, request, number, legal)
    if refused is not None:
        if draft.waves[number].status in ENDED_WAVE_STATUSES:
            # a step that lost its commit may have come as far as some of the servers
            drop_servers(draft, number, LaunchStatus.SKIPPED, refused[1])
        return refused
    _close_its_gate(draft, request)
    carry_out(draft, number, request)
    return RequestState.APPLIED, words


def _retry(draft: Draft, number: int, request: Request) -> None:
    draft.change_wave(number, decision_id=request.request_id)
    if request.accepted_codes:
        draft.change_wave(
            number,
            accepted_codes=tuple(sorted({*draft.waves[number].accepted_codes, *request.accepted_codes})),
            accepted_by=request.requested_by,
            accepted_at=draft.now,
            override_reason=shortened_to_bytes(request.override_reason, OVERRIDE_REASON),
        )
    if draft.waves[number].status is not WaveStatus.LAUNCHING:
        _try_all_again(draft, number, request)
    else:
        # whoever waits for a look gets one that knows of this, and not after the pause that failed looks are given
        draft.summarise(number, settings_asked_at=None)


def _try_all_again(draft: Draft, number: int, request: Request) -> None:
    late_jobs = _late_jobs(draft, number)
    for server in draft.servers_of(number):
        late_job = late_jobs.get(server.server)
        if late_job is not None and (is_well(server) or _is_looked_for(server)):
            _look_again(draft, server, late_job)
        elif not is_well(server):
            _try_again(draft, server, request)
    draft.move_wave(
        number,
        WaveStatus.LAUNCHING,
        f"retried by {request.requested_by}{_because(request)}",
        tried_at=draft.now,
        ended_at=None,
        retries=draft.waves[number].retries + 1,
        continued_by=None,
        draining=False,
        drain_until=None,
        alarms=None,
    )


def _late_jobs(draft: Draft, number: int) -> dict[ServerKey, str]:
    """By server the job of another attempt that ended after the server was launched: it may have replaced that."""
    return {
        key: launch.job_id
        for launch in draft.launches_of(number)
        for key, _ in launch.members
        if launch.job_id is not None and launch.launch_id != draft.servers[key].launch_id
        if _is_later(launch.ended_at, draft.servers[key].launched_at)
    }


def _is_later(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one > other


def _is_looked_for(server: ServerRecord) -> bool:
    """Whether a retry has begun to look for the instance of a server that was well, and no look has told yet."""
    is_open = server.launch is LaunchStatus.LAUNCHED and server.health is HealthStatus.UNKNOWN
    return is_open and server.recovery_instance_id is None and server.finding is None


def _look_again(draft: Draft, server: ServerRecord, job_id: str) -> None:
    """A server that was well when a job of ours came late is checked anew, by the instance that is there.

    It stays LAUNCHED: nothing is wrong with it. Only if no job of ours has an instance of it, it is launched again.
    """
    draft.change_server(
        server.server,
        health=HealthStatus.UNKNOWN,
        reason=f"job {job_id} of an earlier attempt came late and may have replaced its instance",
        recovery_instance_id=None,
        instance_started_at=None,
        checked_from=draft.now,
        commands_due_at=None,
        commands=(),
        relaunch=True,
    )


def _try_again(draft: Draft, server: ServerRecord, request: Request) -> None:
    match server.launch:
        case LaunchStatus.LAUNCHED:
            # what was found unhealthy has had its patience, and is launched anew unless it is healthy at the first look
            is_patient = not (request.relaunch and server.health is HealthStatus.UNHEALTHY)
            draft.change_server(
                server.server,
                health=HealthStatus.UNKNOWN,
                reason="it is checked again",
                checked_from=draft.now if is_patient else server.checked_from,
                commands_due_at=None,
                commands=(),
                relaunch=request.relaunch,
                finding=server.health_reason if server.health is HealthStatus.UNHEALTHY else server.finding,
            )
        case LaunchStatus.FAILED:
            launch_again(draft, server, f"retried by {request.requested_by}", relaunch=request.relaunch)
        case LaunchStatus.SKIPPED:
            # it was never launched: this is still its first attempt
            draft.change_server(server.server, launch=LaunchStatus.PENDING, reason=f"retried by {request.requested_by}")
        case _:
            # a job of ours may be launching it: that one is judged, under the new deadline
            pass


def _skip(draft: Draft, number: int, request: Request) -> None:
    reason = f"skipped by {request.requested_by}{_because(request)}"
    drop_servers(draft, number, LaunchStatus.SKIPPED, reason)
    draft.move_wave(number, WaveStatus.SKIPPED, reason, decision_id=request.request_id)


def _refusal(draft: Draft, request: Request, number: int, legal: Collection[WaveStatus]) -> Outcome | None:
    """Why the wave's state, or its gate's, does not allow it."""
    if draft.why_nothing_starts is not None:
        return RequestState.REFUSED, f"nothing new starts: {draft.why_nothing_starts}"
    latest = draft.latest_gate(gate_scope(number))
    if request.number is not None:
        gate = draft.named_gate(request)
        if gate is None or not may_decide(gate, request):
            return RequestState.ALREADY_DECIDED, present_state(gate)
    elif latest is not None and latest.kind is GateKind.FAILURE and latest.status is GateStatus.OPEN:
        return RequestState.ALREADY_DECIDED, f"meanwhile the gate {gate_words(latest)} has opened: decide that one"
    if draft.waves[number].status not in legal:
        return RequestState.REFUSED, f"{wave_words(number)} is {draft.waves[number].status}"
    return None


def _close_its_gate(draft: Draft, request: Request) -> None:
    """The gate that the request decides, if it is about one."""
    gate = None if request.number is None else draft.named_gate(request)
    if gate is not None and may_decide(gate, request):
        words = f"{request.kind.lower()} by {request.requested_by}"
        close_gate(
            draft, gate, GateStatus.CLOSED, words, decided_by=request.requested_by, decision_id=request.request_id
        )


def ending(draft: Draft) -> Outcome | None:
    """Why nothing more can be asked of this execution, if so."""
    if draft.header.status in (ExecutionStatus.CANCELLING, ExecutionStatus.DRAINING):
        return RequestState.ALREADY_DECIDED, f"the execution is {draft.header.status} already"
    if not draft.is_unfinished:
        return RequestState.REFUSED, "every wave has ended"
    return None


def may_decide(gate: Gate, request: Request) -> bool:
    """An open gate may be decided; one that this very request has decided is decided again the same way."""
    return gate.status is GateStatus.OPEN or gate.decision_id == request.request_id


def present_state(gate: Gate | None) -> str:
    """What became of a gate, and by whom."""
    if gate is None:
        return "there is no such gate"
    by = f", by {gate.decided_by}" if gate.decided_by else ""
    return f"the gate {gate_words(gate)} is {gate.status} already{by}"


def _because(request: Request) -> str:
    reason = request.reason or request.override_reason
    return f" ({reason})" if reason else ""
