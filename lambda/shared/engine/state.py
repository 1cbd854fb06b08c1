"""An execution as a value: what was loaded, and the draft that a decision works on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.engine.bounds import POLL_SECONDS, WallBounds
from shared.engine.effects import Effect
from shared.engine.observations import Observations, Observer
from shared.execution_utils import (
    EXECUTION_MOVES,
    HEALTH_MOVES,
    LAUNCH_STATUS_MOVES,
    WAVE_MOVES,
    check_move,
)
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.gate import Gate, GateStatus
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.recovery_plan import wave_words
from shared.models.request import Request
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.targets import ServerKey
from shared.models.wave_record import ENDED_WAVE_STATUSES, WaveRecord, WaveStatus

RUNNING_WAVE_STATUSES = frozenset({WaveStatus.LAUNCHING, WaveStatus.LAUNCHED, WaveStatus.VALIDATING})
LIVE_LAUNCH_STATES = frozenset({LaunchState.OPEN, LaunchState.STARTED})
OBSTACLES_TOLD = 3
"""More at once would make an item large and a line unreadable."""
FINAL_LAUNCH_STATUSES = frozenset(
    {
        LaunchStatus.LAUNCHED,
        LaunchStatus.FAILED,
        LaunchStatus.SKIPPED,
        LaunchStatus.CANCELLED,
        LaunchStatus.TERMINATED,
    }
)


@dataclass(frozen=True)
class ExecutionState:
    """Everything of one execution that a step loaded; `signals` was read before everything else.

    `more_requests`: there are more than one step can consume; the rest is for the next.
    """

    header: ExecutionHeader
    signals: int
    launches: tuple[LaunchRecord, ...] = ()
    gates: tuple[Gate, ...] = ()
    requests: tuple[Request, ...] = ()
    more_requests: bool = False


@dataclass
class Draft:
    """The working copy of one decision; the inputs stay as they are."""

    state: ExecutionState
    observations: Observations
    now: datetime
    bounds: WallBounds
    header: ExecutionHeader = field(init=False)
    waves: dict[int, WaveRecord] = field(default_factory=dict)
    servers: dict[ServerKey, ServerRecord] = field(default_factory=dict)
    members: dict[int, list[ServerKey]] = field(default_factory=dict)
    launches: dict[str, LaunchRecord] = field(init=False)
    gates: dict[tuple[str, int], Gate] = field(init=False)
    requests: list[Request] = field(default_factory=list)
    events: list[ExecutionEvent] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    waits: list[tuple[int, str]] = field(default_factory=list)
    obstacles: dict[int, list[str]] = field(default_factory=dict)
    stillborn: str = ""
    observer: Observer = field(init=False)

    def __post_init__(self) -> None:
        self.header = self.state.header
        self.launches = {launch.launch_id: launch for launch in self.state.launches}
        self.gates = {(gate.scope, gate.number): gate for gate in self.state.gates}
        self.observer = Observer(self.observations)

    # -- what is there ------------------------------------------------------------------------------------------

    def numbers(self, statuses: Iterable[WaveStatus]) -> list[int]:
        """The waves in one of these states, in order."""
        wanted = frozenset(statuses)
        return [wave.wave_number for wave in self.header.waves if wave.status in wanted]

    @property
    def unfinished(self) -> list[int]:
        """The waves that have no verdict yet."""
        return [wave.wave_number for wave in self.header.waves if wave.status not in ENDED_WAVE_STATUSES]

    def load(self, number: int) -> bool:
        """Whether the wave and its servers are at hand; if not, they are asked for."""
        if number in self.waves:
            return True
        loaded = self.observer.wave(number)
        if loaded is None:
            return False
        self.waves[number] = loaded.record
        self.members[number] = sorted((server.server for server in loaded.servers), key=str)
        self.servers.update({server.server: server for server in loaded.servers})
        # an item may be ahead of the header when a step ended between its items and its commit
        self._summarise(number, status=loaded.record.status)
        return True

    def servers_of(self, number: int) -> list[ServerRecord]:
        """The servers of a loaded wave, in the order of their keys."""
        return [self.servers[key] for key in self.members[number]]

    def open_gate(self, scope: str) -> Gate | None:
        """The gate of that scope that still waits, if any."""
        return next(
            (gate for gate in self.gates.values() if gate.scope == scope and gate.status is GateStatus.OPEN),
            None,
        )

    def latest_gate(self, scope: str) -> Gate | None:
        """The newest gate of that scope."""
        numbers = [number for name, number in self.gates if name == scope]
        return self.gates[(scope, max(numbers))] if numbers else None

    @property
    def live_launches(self) -> Iterator[LaunchRecord]:
        """Launches that count as running jobs: OPEN ones too."""
        return (launch for launch in self.launches.values() if launch.state in LIVE_LAUNCH_STATES)

    # -- what changes -------------------------------------------------------------------------------------------

    def event(
        self,
        type_: EventType,
        message: str,
        *,
        wave: int | None = None,
        actor: str = "engine",
        **details: Any,
    ) -> None:
        """One more line of the timeline."""
        self.events.append(
            ExecutionEvent(
                execution_id=self.header.execution_id,
                plan_id=self.header.plan_id,
                time=self.now,
                step=self.header.step,
                index=len(self.events),
                type=type_,
                message=message,
                actor=actor,
                wave_number=wave,
                details=details,
            )
        )

    def wait(self, seconds: float, reason: str) -> None:
        """Look again after at most that time."""
        self.waits.append((max(1, round(seconds)), reason))

    def obstruct(self, number: int, reason: str) -> None:
        """Something about a wave could not be read: look again, and say so."""
        self.wait(POLL_SECONDS, reason)
        known = self.obstacles.setdefault(number, [])
        if reason not in known:
            known.append(reason)

    def note_obstacles(self) -> None:
        """What is in the way of each running wave, once, when everything is decided; told when it is new."""
        for number, wave in self.waves.items():
            present = "; ".join(self.obstacles.get(number, [])[:OBSTACLES_TOLD])
            obstacle = present if wave.status in RUNNING_WAVE_STATUSES else ""
            if obstacle == wave.obstacle:
                continue
            self.waves[number] = wave.model_copy(update={"obstacle": obstacle})
            if obstacle:
                self.event(
                    EventType.WAITING,
                    f"{wave_words(number, wave.wave_name, first=True)} is held up: {obstacle}",
                    wave=number,
                )

    def change_header(self, **changes: Any) -> None:
        """Set fields of the header that are not its status."""
        self.header = self.header.model_copy(update=changes)

    def move_execution(self, status: ExecutionStatus, reason: str, *, actor: str = "engine") -> None:
        """Bring the execution into that state; staying there is no move."""
        check_move(EXECUTION_MOVES, self.header.status, status)
        if status is self.header.status:
            return
        self.event(
            EventType.EXECUTION_STATUS,
            f"Execution is {status}: {reason}",
            actor=actor,
            status=status.value,
            previous=self.header.status.value,
        )
        self.change_header(status=status, status_reason=reason)

    def move_wave(self, number: int, status: WaveStatus, reason: str, **changes: Any) -> None:
        """Bring a loaded wave into that state; staying there is no move."""
        wave = self.waves[number]
        check_move(WAVE_MOVES, wave.status, status)
        if status is wave.status and not changes:
            return
        if status is not wave.status:
            self.event(
                EventType.WAVE_STATUS,
                f"{wave_words(number, wave.wave_name, first=True)} is {status}: {reason}",
                wave=number,
                status=status.value,
                previous=wave.status.value,
            )
            changes["status_reason"] = reason
        if status in ENDED_WAVE_STATUSES and wave.ended_at is None:
            changes.setdefault("ended_at", self.now)
        self.waves[number] = wave.model_copy(update={"status": status, **changes})
        self._summarise(number, status=status)

    def change_server(
        self,
        key: ServerKey,
        *,
        launch: LaunchStatus | None = None,
        health: HealthStatus | None = None,
        reason: str = "",
        **changes: Any,
    ) -> None:
        """Give a server a verdict; each of the two has its own reason and its own table of moves."""
        server = self.servers[key]
        if launch is not None and launch is not server.launch:
            check_move(LAUNCH_STATUS_MOVES, server.launch, launch)
            changes |= {"launch": launch, "launch_reason": reason}
            self.event(
                EventType.SERVER_LAUNCH,
                f"Server {server.name or key.source_server_id} is {launch}{': ' if reason else ''}{reason}",
                wave=server.wave_number,
                server=str(key),
                status=launch.value,
                attempt=changes.get("attempt", server.attempt),
            )
        if health is not None and health is not server.health:
            check_move(HEALTH_MOVES, server.health, health)
            changes |= {"health": health, "health_reason": reason}
            self.event(
                EventType.SERVER_HEALTH,
                f"Server {server.name or key.source_server_id} is {health}{': ' if reason else ''}{reason}",
                wave=server.wave_number,
                server=str(key),
                status=health.value,
            )
        if all(getattr(server, name) == value for name, value in changes.items()):
            return
        self.servers[key] = server.model_copy(update={**changes, "updated_at": self.now})

    def count_servers(self) -> None:
        """Bring the counters of the header up to date, once, when everything is decided."""
        for number in self.waves:
            servers = self.servers_of(number)
            self._summarise(
                number,
                launched_count=sum(
                    server.launch in (LaunchStatus.LAUNCHED, LaunchStatus.TERMINATED) for server in servers
                ),
                failed_count=sum(
                    server.launch is LaunchStatus.FAILED or server.health is HealthStatus.UNHEALTHY
                    for server in servers
                ),
            )

    def _summarise(self, number: int, **changes: Any) -> None:
        self.change_header(
            waves=tuple(
                summary.model_copy(update=changes) if summary.wave_number == number else summary
                for summary in self.header.waves
            )
        )
