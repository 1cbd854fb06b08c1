"""Waves in their order: who may begin, who waits for a person, who has a verdict, who never starts."""

from shared.engine.gates import gate_scope, open_gate
from shared.engine.graph import dependencies
from shared.engine.state import FINAL_LAUNCH_STATUSES, RUNNING_WAVE_STATUSES, Draft
from shared.models.execution import ExecutionStatus
from shared.models.gate import PAUSE_SCOPE, GateStatus
from shared.models.launch import LaunchState
from shared.models.recovery_plan import FailurePolicy, wave_words
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.wave_record import WaveRecord, WaveStatus

SUCCEEDED = frozenset({WaveStatus.COMPLETED, WaveStatus.PARTIAL})
WAITING = (WaveStatus.PENDING, WaveStatus.AWAITING_APPROVAL)


def end_what_cannot_start(draft: Draft) -> None:
    """Cancel, expiry and a failed wave of policy STOP: what has not started never will; what runs is observed."""
    reason = _why_nothing_starts(draft)
    if reason is None:
        return
    dropped = LaunchStatus.CANCELLED if draft.header.status is ExecutionStatus.CANCELLING else LaunchStatus.SKIPPED
    for number in draft.numbers((*WAITING, *RUNNING_WAVE_STATUSES)):
        if not draft.load(number):
            continue
        _drop_servers(draft, number, dropped, reason)
        if draft.waves[number].status in WAITING:
            draft.move_wave(number, _dropped_status(draft, number), reason)


def _why_nothing_starts(draft: Draft) -> str | None:
    if draft.stillborn:
        return draft.stillborn
    if draft.header.status in (ExecutionStatus.CANCELLING, ExecutionStatus.DRAINING):
        return draft.header.status_reason
    stopper = next(
        (
            wave
            for wave in draft.header.waves
            if wave.status is WaveStatus.FAILED and wave.failure_policy is FailurePolicy.STOP
        ),
        None,
    )
    if stopper is None:
        return None
    return f"{wave_words(stopper.wave_number, stopper.wave_name)} failed and its policy is STOP"


def _dropped_status(draft: Draft, number: int) -> WaveStatus:
    if draft.header.status is ExecutionStatus.CANCELLING:
        return WaveStatus.CANCELLED
    gate = draft.latest_gate(gate_scope(number))
    if gate is not None and gate.status is GateStatus.EXPIRED:
        return WaveStatus.TIMEOUT
    return WaveStatus.SKIPPED


def _drop_servers(draft: Draft, number: int, status: LaunchStatus, reason: str) -> None:
    """Servers that no launch may have reached."""
    reached = {
        (str(launch.target), member.source_server_id) for launch in draft.live_launches for member in launch.servers
    }
    for server in draft.servers_of(number):
        key = (str(server.server.target), server.server.source_server_id)
        if server.launch is LaunchStatus.PENDING and key not in reached:
            draft.change_server(server.server, launch=status, reason=reason)


def advance_waves(draft: Draft) -> None:
    """Give running waves their verdict, then let those begin whose dependencies have succeeded."""
    _advance_running_ones(draft)
    if _why_nothing_starts(draft) is not None:
        end_what_cannot_start(draft)
        # what was dropped may have been the last that a wave waited for
        _advance_running_ones(draft)
        return
    if draft.header.status is ExecutionStatus.PENDING:
        return
    needed = dependencies(draft.header.waves)
    status = {wave.wave_number: wave.status for wave in draft.header.waves}
    for number in draft.numbers(WAITING):
        if all(status[dependency] in SUCCEEDED for dependency in needed[number]) and draft.load(number):
            _advance_waiting(draft, number)


def _advance_running_ones(draft: Draft) -> None:
    for number in draft.numbers(RUNNING_WAVE_STATUSES):
        if draft.load(number):
            _advance_running(draft, number)


def _advance_waiting(draft: Draft, number: int) -> None:
    """A wave whose turn it is: to its gate, or on; an operator's pause holds both back."""
    wave = draft.waves[number]
    if wave.status not in WAITING:
        return
    if draft.header.summary(number).pause_before_wave and wave.approved_by is None:
        _await_approval(draft, wave)
    elif not _pause_is_open(draft):
        approved = f"approved by {wave.approved_by}" if wave.approved_by else "its dependencies have succeeded"
        draft.move_wave(number, WaveStatus.LAUNCHING, approved, started_at=draft.now)


def _pause_is_open(draft: Draft) -> bool:
    return draft.open_gate(PAUSE_SCOPE) is not None


def _await_approval(draft: Draft, wave: WaveRecord) -> None:
    scope = gate_scope(wave.wave_number)
    gate = draft.open_gate(scope)
    if gate is not None:
        if wave.gate_number != gate.number or wave.status is WaveStatus.PENDING:
            draft.move_wave(
                wave.wave_number, WaveStatus.AWAITING_APPROVAL, "it waits for approval", gate_number=gate.number
            )
        return
    if wave.status is WaveStatus.PENDING and _pause_is_open(draft):
        return
    latest = draft.latest_gate(scope)
    number = (latest.number if latest else 0) + 1
    open_gate(draft, scope, number, f"{wave_words(wave.wave_number, wave.wave_name, first=True)} waits for approval")
    draft.move_wave(wave.wave_number, WaveStatus.AWAITING_APPROVAL, "it waits for approval", gate_number=number)


def _advance_running(draft: Draft, number: int) -> None:
    servers = draft.servers_of(number)
    if any(
        launch.wave_number == number and launch.state in (LaunchState.OPEN, LaunchState.STARTED)
        for launch in draft.launches.values()
    ):
        return
    if any(server.launch not in FINAL_LAUNCH_STATUSES for server in servers):
        return
    launched = sum(server.launch is LaunchStatus.LAUNCHED for server in servers)
    if launched and draft.waves[number].status is WaveStatus.LAUNCHING:
        draft.move_wave(number, WaveStatus.LAUNCHED, f"{launched} of {len(servers)} servers launched")
    unchecked = any(
        server.launch is LaunchStatus.LAUNCHED and server.health is HealthStatus.UNKNOWN for server in servers
    )
    unfinished = unchecked or any(server.launch is LaunchStatus.CANCELLED for server in servers)
    if draft.header.status is ExecutionStatus.CANCELLING and unfinished:
        draft.move_wave(number, WaveStatus.CANCELLED, draft.header.status_reason)
    elif unchecked:
        draft.move_wave(number, WaveStatus.VALIDATING, "its instances are checked")
    else:
        _give_verdict(draft, number, servers)


def _give_verdict(draft: Draft, number: int, servers: list[ServerRecord]) -> None:
    bad = [
        server
        for server in servers
        if not (server.launch is LaunchStatus.LAUNCHED and server.health is HealthStatus.HEALTHY)
    ]
    draft.change_header(recovered_at=draft.now, gate_seconds_at_recovery=draft.header.gate_seconds_by(draft.now))
    if draft.waves[number].status is WaveStatus.LAUNCHED:
        draft.move_wave(number, WaveStatus.VALIDATING, "its instances are checked")
    if not bad:
        draft.move_wave(number, WaveStatus.COMPLETED, f"{len(servers)} servers launched and healthy")
        return
    first = bad[0]
    why = first.launch_reason if first.launch is not LaunchStatus.LAUNCHED else first.health_reason
    draft.move_wave(
        number,
        WaveStatus.FAILED,
        f"{len(bad)} of {len(servers)} servers failed; {first.name or first.server.source_server_id}: {why}",
    )
