"""Which moves are legal, per noun; a move outside its table raises (engine.md, section 4).

One step of the engine may see several things at once, so a wave or a server may skip a state on its way forward.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Final, TypeVar

from shared.models.execution import (
    TERMINAL_STATUSES,
    ExecutionHeader,
    ExecutionStatus,
    WaveSummary,
)
from shared.models.gate import GateStatus
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.lock import LockKey
from shared.models.recovery_plan import FailurePolicy
from shared.models.request import RequestState
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.targets import InstanceKey, ServerKey, instance_in
from shared.models.termination import TerminationStatus
from shared.models.wave_record import WaveStatus

Status = TypeVar("Status", bound=StrEnum)


class IllegalMoveError(Exception):
    """A defect of ours: something tried to move a noun where its table has no way."""

    def __init__(self, present: StrEnum, next_: StrEnum) -> None:
        super().__init__(f"{type(present).__name__} {present.value} may not become {next_.value}")
        self.present = present
        self.next = next_


_E = ExecutionStatus
EXECUTION_MOVES: Final[Mapping[ExecutionStatus, frozenset[ExecutionStatus]]] = {
    _E.PREPARING: frozenset({_E.PENDING, _E.FAILED}),
    _E.PENDING: frozenset({_E.RUNNING, _E.PAUSED, _E.CANCELLING, _E.CANCELLED, _E.FAILED}),
    _E.RUNNING: frozenset({_E.PAUSED, _E.CANCELLING, _E.DRAINING}) | TERMINAL_STATUSES,
    _E.PAUSED: frozenset({_E.RUNNING, _E.CANCELLING, _E.DRAINING}) | TERMINAL_STATUSES,
    _E.CANCELLING: frozenset({_E.DRAINING}) | TERMINAL_STATUSES,
    _E.DRAINING: TERMINAL_STATUSES,
    _E.COMPLETED: frozenset(),
    _E.PARTIAL: frozenset(),
    _E.FAILED: frozenset(),
    _E.CANCELLED: frozenset(),
    _E.TIMEOUT: frozenset(),
}
"""Terminal is for ever."""

_W = WaveStatus
_WAVE_VERDICTS: Final = frozenset({_W.COMPLETED, _W.PARTIAL, _W.FAILED, _W.TIMEOUT})
_WAVE_NEVER_STARTED: Final = frozenset({_W.SKIPPED, _W.CANCELLED})
_WAVE_AGAIN: Final = frozenset({_W.LAUNCHING, _W.SKIPPED})
WAVE_MOVES: Final[Mapping[WaveStatus, frozenset[WaveStatus]]] = {
    _W.PENDING: frozenset({_W.AWAITING_APPROVAL, _W.LAUNCHING}) | _WAVE_NEVER_STARTED,
    # PENDING: approved, and kept waiting by a gate of the whole execution.
    _W.AWAITING_APPROVAL: frozenset({_W.PENDING, _W.LAUNCHING, _W.TIMEOUT}) | _WAVE_NEVER_STARTED,
    # CANCELLED: it was admitted to nothing when the cancel came.
    _W.LAUNCHING: frozenset({_W.LAUNCHED, _W.VALIDATING, _W.CANCELLED}) | _WAVE_VERDICTS,
    # CANCELLED: a cancel drains jobs, it does not wait for the checks of what they launched.
    _W.LAUNCHED: frozenset({_W.VALIDATING, _W.CANCELLED}) | _WAVE_VERDICTS,
    _W.VALIDATING: frozenset({_W.CANCELLED}) | _WAVE_VERDICTS,
    _W.COMPLETED: frozenset(),
    _W.PARTIAL: _WAVE_AGAIN,
    _W.FAILED: _WAVE_AGAIN,
    _W.TIMEOUT: _WAVE_AGAIN,
    _W.SKIPPED: frozenset(),
    _W.CANCELLED: frozenset(),
}
"""PARTIAL, FAILED and TIMEOUT may be retried or skipped while the execution lives."""

WAVES_NOT_STARTED: Final = frozenset({_W.PENDING, _W.AWAITING_APPROVAL})
WAVES_UNDER_WAY: Final = frozenset({_W.LAUNCHING, _W.LAUNCHED, _W.VALIDATING})
WAVES_GONE_WRONG: Final = frozenset({_W.FAILED, _W.TIMEOUT})
"""What a failure policy answers; PARTIAL met the wave's minimum, and the plan goes on by itself."""

WAVES_TO_RETRY: Final = frozenset(at for at, after in WAVE_MOVES.items() if _W.LAUNCHING in after) - WAVES_NOT_STARTED
WAVES_TO_SKIP: Final = frozenset(at for at, after in WAVE_MOVES.items() if _W.SKIPPED in after)

_L = LaunchStatus
LAUNCH_STATUS_MOVES: Final[Mapping[LaunchStatus, frozenset[LaunchStatus]]] = {
    # LAUNCHED: a retry finds the instance of an earlier attempt.
    _L.PENDING: frozenset({_L.LAUNCHING, _L.LAUNCHED, _L.FAILED, _L.SKIPPED, _L.CANCELLED}),
    # PENDING: its launch was refused for want of room, or lost.
    _L.LAUNCHING: frozenset({_L.PENDING, _L.LAUNCHED, _L.FAILED, _L.SKIPPED, _L.CANCELLED}),
    # PENDING: the next attempt, because it is not healthy and a retry says so.
    _L.LAUNCHED: frozenset({_L.PENDING, _L.TERMINATED}),
    # LAUNCHED: late, same attempt; PENDING: the next attempt. It stays FAILED when a late instance is terminated.
    _L.FAILED: frozenset({_L.PENDING, _L.LAUNCHED}),
    # PENDING: its wave's deadline came before its launch, and a retry takes the wave up again.
    _L.SKIPPED: frozenset({_L.PENDING}),
    # PENDING: a late job has launched it all the same.
    _L.CANCELLED: frozenset({_L.PENDING}),
    _L.TERMINATED: frozenset(),
}
"""FAILED may become LAUNCHED, the reverse never; PENDING again is always the next attempt, or none yet."""

_H = HealthStatus
HEALTH_MOVES: Final[Mapping[HealthStatus, frozenset[HealthStatus]]] = {
    _H.UNKNOWN: frozenset({_H.HEALTHY, _H.UNHEALTHY}),
    # A late job of an earlier attempt has replaced the instance, or may have.
    _H.HEALTHY: frozenset({_H.UNKNOWN}),
    # A retry checks again, or launches again.
    _H.UNHEALTHY: frozenset({_H.HEALTHY, _H.UNKNOWN}),
}

_G = GateStatus
GATE_MOVES: Final[Mapping[GateStatus, frozenset[GateStatus]]] = {
    _G.OPEN: frozenset({_G.APPROVED, _G.REJECTED, _G.EXPIRED, _G.CLOSED}),
    _G.APPROVED: frozenset(),
    _G.REJECTED: frozenset(),
    _G.EXPIRED: frozenset(),
    _G.CLOSED: frozenset(),
}
"""The first decision stands."""

_S = LaunchState
LAUNCH_STATE_MOVES: Final[Mapping[LaunchState, frozenset[LaunchState]]] = {
    _S.OPEN: frozenset({_S.STARTED, _S.REFUSED, _S.LOST}),
    _S.STARTED: frozenset({_S.DONE}),
    _S.DONE: frozenset(),
    # OPEN: it was refused for now, and whether it has a job could not be asked before its execution ended.
    _S.REFUSED: frozenset({_S.STARTED, _S.OPEN}),
    # OPEN: a job has turned up since that may be its own, and whose it is could not be read before its execution ended.
    _S.LOST: frozenset({_S.STARTED, _S.OPEN}),
}
"""A late success is always recorded, whatever we had concluded."""

_R = RequestState
REQUEST_MOVES: Final[Mapping[RequestState, frozenset[RequestState]]] = {
    _R.NEW: frozenset({_R.APPLIED, _R.ALREADY_DECIDED, _R.REFUSED}),
    _R.APPLIED: frozenset(),
    _R.ALREADY_DECIDED: frozenset(),
    _R.REFUSED: frozenset(),
}

_T = TerminationStatus
TERMINATION_MOVES: Final[Mapping[TerminationStatus, frozenset[TerminationStatus]]] = {
    _T.RUNNING: frozenset({_T.COMPLETED, _T.FAILED}),
    _T.COMPLETED: frozenset(),
    _T.FAILED: frozenset(),
}


def check_move(table: Mapping[Status, frozenset[Status]], present: Status, next_: Status) -> None:
    """Raises IllegalMoveError unless the table allows the move; a move to the present state is a legal no-op."""
    if present != next_ and next_ not in table[present]:
        raise IllegalMoveError(present, next_)


def stops_the_plan(status: WaveStatus, policy: FailurePolicy) -> bool:
    """Whether nothing new starts anywhere because of a wave of this status and policy."""
    return status in WAVES_GONE_WRONG and policy is FailurePolicy.STOP


def waits_at_failure_gate(status: WaveStatus, wave: WaveSummary) -> bool:
    """Whether a person decides what becomes of this wave, whose own status may be ahead of its summary."""
    return status in WAVES_GONE_WRONG and wave.failure_policy is FailurePolicy.PAUSE and not wave.continued


def is_well(server: ServerRecord) -> bool:
    """Whether the server is recovered: launched, and healthy."""
    return server.launch is LaunchStatus.LAUNCHED and server.health is HealthStatus.HEALTHY


def has_failed(server: ServerRecord) -> bool:
    """Whether one of the two verdicts is against the server."""
    return server.launch is LaunchStatus.FAILED or server.health is HealthStatus.UNHEALTHY


def may_still_launch(servers: Iterable[ServerRecord], launches: Iterable[LaunchRecord]) -> bool:
    """Whether a wave that launches may yet make a launch: of servers without one, or after one that is in doubt."""
    return any(server.launch is LaunchStatus.PENDING or awaits_relaunch(server) for server in servers) or any(
        launch.state is LaunchState.OPEN for launch in launches
    )


def awaits_relaunch(server: ServerRecord) -> bool:
    """Whether a look decides if the server is kept or launched anew."""
    return server.relaunch and server.launch is LaunchStatus.LAUNCHED and server.health is HealthStatus.UNKNOWN


def can_terminate_execution(header: ExecutionHeader, launched: int) -> bool:
    """Whether its instances may be terminated: it has ended, and `launched` servers may have been launched."""
    return header.is_terminal and launched > 0


def may_have_launched(launch: LaunchRecord) -> bool:
    """Whether the call may have launched anything: all but those that DRS refused for something in the call."""
    return launch.state is not LaunchState.REFUSED or launch.job_id is not None or launch.is_postponed


def free_for_termination(launches: Iterable[LaunchRecord], let_go: Collection[ServerKey] = ()) -> tuple[ServerKey, ...]:
    """Every server that may have been launched, but those on which an abandoned job still works.

    Those that a termination let go of stay free, because others may hold them by now.
    """
    listed = list(launches)
    busy = set(held_servers(launch for launch in listed if launch.is_abandoned)) | set(let_go)
    return tuple(server for server in launched_servers(listed) if server not in busy)


def servers_let_go(servers: Iterable[ServerRecord]) -> frozenset[ServerKey]:
    """Those of which a termination has proved that no instance is left."""
    return frozenset(server.server for server in servers if server.is_let_go)


def is_launched_into(server: ServerRecord | None, instance_id: str) -> bool:
    """Whether the instance was there before the server was launched into it: nobody terminates it but its owner."""
    return server is not None and instance_id in (server.launch_into, server.found_into)


def locked_with(servers: Iterable[ServerRecord]) -> list[LockKey]:
    """What an execution holds of these servers: themselves, and the instances into which they are launched, once."""
    listed = list(servers)
    return [*(server.server for server in listed), *instances_locked_with(listed)]


def instances_locked_with(servers: Iterable[ServerRecord]) -> list[InstanceKey]:
    """The instances into which these servers are to be launched, be it because DRS was told so by others; each once."""
    return sorted(
        {
            instance_in(server.server.target, instance_id)
            for server in servers
            for instance_id in (server.launch_into, server.found_into)
            if instance_id is not None
        }
    )


def held_servers(launches: Iterable[LaunchRecord]) -> tuple[ServerKey, ...]:
    """Every server on which a job of these launches works, or may, once, in the order of locks."""
    return tuple(sorted({server for launch in launches if may_have_launched(launch) for server in launch.held}))


def launched_servers(launches: Iterable[LaunchRecord]) -> tuple[ServerKey, ...]:
    """Every server that may have been launched, once, in the order of locks: all launches but surely refused ones."""
    return tuple(
        sorted(
            {
                ServerKey(
                    account_id=launch.target.account_id,
                    region=launch.target.region,
                    source_server_id=server.source_server_id,
                )
                for launch in launches
                if may_have_launched(launch)
                for server in launch.servers
            }
        )
    )
