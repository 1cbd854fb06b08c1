"""An execution as a value: what was loaded, and the draft that a decision works on."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.engine.bounds import OUTCOMES_PER_STEP, POLL_SECONDS, WallBounds
from shared.engine.effects import Effect, LaunchOutcome, StartLaunch
from shared.engine.observations import Observations, Observer
from shared.engine.refused import unproven_launches
from shared.engine.texts import LONGEST_REASON, SERVER_REASON, shortened
from shared.execution_utils import (
    EXECUTION_MOVES,
    HEALTH_MOVES,
    LAUNCH_STATUS_MOVES,
    WAVE_MOVES,
    check_move,
    has_failed,
    may_still_launch,
    stops_the_plan,
    waits_at_failure_gate,
)
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader, ExecutionStatus, WaveSummary
from shared.models.gate import PAUSE_SCOPE, Gate, GateKind, GateStatus
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.launch_events import Hearing
from shared.models.recovery_plan import wave_words
from shared.models.request import Request
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.targets import ServerKey, Target
from shared.models.wave_record import ENDED_WAVE_STATUSES, WaveRecord, WaveStatus

RUNNING_WAVE_STATUSES = frozenset({WaveStatus.LAUNCHING, WaveStatus.LAUNCHED, WaveStatus.VALIDATING})
IN_DOUBT = frozenset({LaunchState.OPEN, LaunchState.LOST})
OBSTACLES_TOLD = 3
"""More at once would make an item large and a line unreadable."""
FINAL_LAUNCH_STATUSES = frozenset(
    {LaunchStatus.LAUNCHED, LaunchStatus.FAILED, LaunchStatus.SKIPPED, LaunchStatus.CANCELLED, LaunchStatus.TERMINATED}
)


def observed_waves(header: ExecutionHeader) -> list[int]:
    """The waves whose servers are on their way: those that run, and those whose jobs outlived their verdict."""
    return [wave.wave_number for wave in header.waves if is_observed(wave)]


def is_observed(wave: WaveSummary) -> bool:
    """Whether servers of the wave are on their way."""
    return wave.status in RUNNING_WAVE_STATUSES or wave.draining


def _stops(wave: WaveSummary) -> bool:
    return stops_the_plan(wave.status, wave.failure_policy)


@dataclass(frozen=True)
class ExecutionState:
    """Everything of one execution that a step loaded; `signals` was read before everything else.

    `more_requests`: there are more than one step can consume; the rest is for the next. `records` are the waves whose
    servers may still be on their way; `hearings` tell whether launch events come from each account and region, and
    `last_event_at` when one last told this execution of the end of a job. `run_began_at` is when the run began that
    takes this step, if the state machine says so.
    """

    header: ExecutionHeader
    signals: int
    records: tuple[WaveRecord, ...] = ()
    hearings: Mapping[Target, Hearing] = field(default_factory=dict)
    last_event_at: datetime | None = None
    launches: tuple[LaunchRecord, ...] = ()
    gates: tuple[Gate, ...] = ()
    requests: tuple[Request, ...] = ()
    more_requests: bool = False
    run_began_at: datetime | None = None


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
    """Those that were loaded, by id: a decision changes them and adds none."""
    gates: dict[tuple[str, int], Gate] = field(init=False)
    requests: list[Request] = field(default_factory=list)
    events: list[ExecutionEvent] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    waits: list[tuple[int, str]] = field(default_factory=list)
    obstacles: dict[int, list[str]] = field(default_factory=dict)
    due_commands: dict[ServerKey, tuple[int, ...]] = field(default_factory=dict)
    """The positions of the commands that are to be sent to each server's instance, if its wave still runs then."""
    awaited: dict[ServerKey, str] = field(default_factory=dict)
    """What each launched server still waits for before it can be judged, as far as this step has seen."""
    postponed: set[int] = field(default_factory=set)
    """Waves of which something is only asked in the next step."""
    settling: set[str] = field(default_factory=set)
    """Launches that are awaited and of which a step to come will tell for certain what became of them, and soon."""
    rechecking: set[int] = field(default_factory=set)
    """Waves with a server that is well, and whose instance a job may have taken away a moment ago: no verdict yet."""
    disproved: set[str] = field(default_factory=set)
    """Launches that were refused for now and have no job, as this step has learnt."""
    ahead: set[int] = field(default_factory=set)
    """Waves whose own record has moved on from what the header knows: a step ended before its commit."""
    stillborn: str = ""
    is_full: bool = False
    """Whether this step had no room to record what became of a launch: the next one has, and nothing ends before."""
    unasked: set[Target] = field(default_factory=set)
    """Where this step had no time to ask about the jobs of launches: for some minutes nothing is concluded."""
    denied: dict[Target, str] = field(default_factory=dict)
    """Where the jobs of lost launches could not be looked for in this step although it asked, and why."""
    has_advanced: bool = False
    """Whether the waves had their look in this decision: what becomes of a server after it needs another."""
    observer: Observer = field(init=False)
    _launches_by_wave: dict[int, list[str]] = field(init=False, default_factory=dict)
    _gates_by_scope: dict[str, list[int]] = field(init=False, default_factory=dict)
    _unproven: frozenset[str] = field(init=False)
    _stopping: set[int] = field(init=False)
    """The waves because of which nothing new starts anywhere."""

    def __post_init__(self) -> None:
        self.header = self.state.header
        self.launches = {launch.launch_id: launch for launch in self.state.launches}
        for launch in self.state.launches:
            self._launches_by_wave.setdefault(launch.wave_number, []).append(launch.launch_id)
        self._unproven = unproven_launches(self.state.launches)
        self.gates = {}
        for gate in self.state.gates:
            self.put_gate(gate)
        self._stopping = {wave.wave_number for wave in self.header.waves if _stops(wave)}
        self.observer = Observer(self.observations)
        for record in self.state.records:
            summary = self.header.summary(record.wave_number)
            if (record.status, record.draining) != (summary.status, summary.draining):
                self.ahead.add(record.wave_number)
            self._take(record)

    # -- what is there ------------------------------------------------------------------------------------------

    def numbers(self, statuses: Iterable[WaveStatus]) -> list[int]:
        """The waves in one of these states, in order."""
        wanted = frozenset(statuses)
        return [wave.wave_number for wave in self.header.waves if wave.status in wanted]

    @property
    def observed(self) -> list[int]:
        """As the draft has them by now."""
        return observed_waves(self.header)

    def is_observed(self, number: int) -> bool:
        """Whether the wave is one of them."""
        return is_observed(self.header.summary(number))

    @property
    def is_unfinished(self) -> bool:
        """Whether any wave has no verdict yet, or one that a person has to decide upon."""
        return any(wave.status not in ENDED_WAVE_STATUSES or self.is_undecided(wave) for wave in self.header.waves)

    def is_undecided(self, wave: WaveSummary) -> bool:
        """Whether the wave failed and waits for a person to say what becomes of it, in an execution that goes on."""
        return waits_at_failure_gate(wave.status, wave) and self.why_nothing_starts is None

    @property
    def why_nothing_starts(self) -> str | None:
        """Why what has not started never will, if so: the end has come, or a wave of policy STOP failed."""
        if self.stillborn:
            return self.stillborn
        if self.header.status in (ExecutionStatus.CANCELLING, ExecutionStatus.DRAINING):
            return self.header.status_reason
        if self._stopping:
            wave = self.header.summary(min(self._stopping))
            return f"{wave_words(wave.wave_number, wave.wave_name)} is {wave.status} and its policy is STOP"
        return None

    @property
    def launch_prefix(self) -> str:
        """How the ids of the launches begin that this step makes."""
        return f"{self.header.execution_id}-{self.header.step}-"

    def load(self, number: int) -> bool:
        """Whether the wave and its servers are at hand; if not, they are asked for."""
        if number in self.members:
            return True
        loaded = self.observer.wave(number)
        if loaded is None:
            return False
        if number not in self.waves:
            self._take(loaded.record)
        self.members[number] = sorted((server.server for server in loaded.servers), key=str)
        self.servers.update({server.server: server for server in loaded.servers})
        return True

    def _take(self, record: WaveRecord) -> None:
        """A wave as it is now; a stored one may be ahead of the header, if a step ended before its commit."""
        self.waves[record.wave_number] = record
        self.summarise(
            record.wave_number,
            status=record.status,
            continued=record.continued_by is not None,
            draining=record.draining,
        )

    def attend(self, number: int) -> bool:
        """Whether there is anything to decide about the servers of an observed wave, and they are at hand."""
        return number in self.members or (not self.sleeps(number) and self.load(number))

    def sleeps(self, number: int) -> bool:
        """Whether the wave was left dormant and none of its launches has come into doubt since."""
        wave = self.waves.get(number)
        return (
            wave is not None
            and wave.dormant
            and all(launch.state not in IN_DOUBT for launch in self.launches_of(number))
            and any(launch.state is LaunchState.STARTED for launch in self.launches_of(number))
        )

    def has_waiting(self, number: int) -> bool:
        """Whether a loaded wave has servers that no launch has taken yet."""
        return any(server.launch is LaunchStatus.PENDING for server in self.servers_of(number))

    def may_still_launch(self, number: int) -> bool:
        """Whether a loaded wave may yet make a launch."""
        return may_still_launch(self.servers_of(number), self.launches_of(number))

    def launches_of(self, number: int) -> Iterator[LaunchRecord]:
        """The launches of a wave, of all attempts."""
        return (self.launches[launch_id] for launch_id in self._launches_by_wave.get(number, ()))

    def servers_of(self, number: int) -> list[ServerRecord]:
        """The servers of a loaded wave, in the order of their keys."""
        return [self.servers[key] for key in self.members[number]]

    def open_gate(self, scope: str, kind: GateKind | None = None) -> Gate | None:
        """The gate of that scope, and of that kind if one is named, that still waits, if any."""
        return next(
            (gate for gate in self._gates_of(scope) if gate.status is GateStatus.OPEN and kind in (None, gate.kind)),
            None,
        )

    def latest_gate(self, scope: str) -> Gate | None:
        """The newest gate of that scope."""
        return max(self._gates_of(scope), key=lambda gate: gate.number, default=None)

    def _gates_of(self, scope: str) -> Iterator[Gate]:
        return (self.gates[(scope, number)] for number in self._gates_by_scope.get(scope, ()))

    def named_gate(self, request: Request) -> Gate | None:
        """The gate that a request is about; if another has taken its place meanwhile, that one."""
        gate = self.gates.get((request.scope or "", request.number or 0))
        while gate is not None and gate.replaced_by is not None:
            gate = self.gates.get((gate.scope, gate.replaced_by))
        return gate

    @property
    def looked_at(self) -> datetime:
        """When this step began to ask: what has not become true by then may have become so by now.

        So whatever was not seen within its time has failed only if it was looked for after that.
        """
        return self.observations.asked_at or self.now

    @property
    def pause_is_open(self) -> bool:
        """Whether an operator holds everything back."""
        return self.open_gate(PAUSE_SCOPE) is not None

    @property
    def live_launches(self) -> Iterator[LaunchRecord]:
        """Launches that count as running jobs, and are waited for: OPEN, unproven, suspected ones too, no abandoned."""
        return filter(self._is_live, self.launches.values())

    def live_launches_of(self, number: int) -> Iterator[LaunchRecord]:
        """Those of a wave."""
        return filter(self._is_live, self.launches_of(number))

    def _is_live(self, launch: LaunchRecord) -> bool:
        return launch.is_awaited or self.is_unproven(launch)

    def is_unproven(self, launch: LaunchRecord) -> bool:
        """Whether the launch was refused for now, and nothing has proved yet that it has no job."""
        return launch.launch_id in self._unproven and launch.state is LaunchState.REFUSED

    @property
    def abandoned_launches(self) -> list[LaunchRecord]:
        """Launches whose jobs may run, and are waited for no more."""
        return [launch for launch in self.launches.values() if launch.is_abandoned]

    def may_settle(self) -> bool:
        """Whether this step may still record what became of a launch; the rest is for the next, at once."""
        if sum(isinstance(effect, LaunchOutcome) for effect in self.effects) < OUTCOMES_PER_STEP:
            return True
        self.is_full = True
        self.wait(1, "what became of more launches is recorded in the next step")
        return False

    # -- what changes -------------------------------------------------------------------------------------------

    def put_gate(self, gate: Gate) -> None:
        """A gate as it is now, known before or not."""
        if (gate.scope, gate.number) not in self.gates:
            self._gates_by_scope.setdefault(gate.scope, []).append(gate.number)
        self.gates[(gate.scope, gate.number)] = gate

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
        """Look again after that time, in whole seconds and never too early; the shortest of all waits counts."""
        self.waits.append((max(1, math.ceil(seconds)), reason))

    def obstruct(self, number: int, reason: str) -> None:
        """Something about a wave could not be read or done: look again, and say so, if there is anything to say."""
        self.wait(POLL_SECONDS, reason)
        if reason:
            self.hold(number, reason)
        else:
            self.postponed.add(number)

    def hold(self, number: int, reason: str) -> None:
        """Something is in the way of a wave until a person decides: say so."""
        known = self.obstacles.setdefault(number, [])
        if reason not in known:
            known.append(reason)

    def present_obstacle(self, number: int) -> str:
        """What this step has found in the way of a wave so far."""
        return shortened("; ".join(self.obstacles.get(number, [])[:OBSTACLES_TOLD]), LONGEST_REASON)

    def note_obstacles(self) -> None:
        """What is in the way of each wave that is on its way, once, when everything is decided; told when it is new.

        While a launch is being tried, or it is not its turn yet, its outcome is not known: what was in its way stays.
        So it does while there is no time to ask.
        """
        held_up = self.observations.held_up
        if held_up is None:
            trying = {effect.wave_number for effect in self.effects if isinstance(effect, StartLaunch)}
        else:
            trying = {number for number, reasons in held_up.items() if not (reasons or self.obstacles.get(number))}
        trying |= self.postponed
        for number, wave in list(self.waves.items()):
            if number in trying:
                continue
            obstacle = self.present_obstacle(number) if self._may_be_held_up(number) else ""
            if obstacle == wave.obstacle:
                continue
            self.change_wave(number, obstacle=obstacle)
            if obstacle:
                self.event(
                    EventType.WAITING,
                    f"{wave_words(number, wave.wave_name, first=True)} is held up: {obstacle}",
                    wave=number,
                )

    def _may_be_held_up(self, number: int) -> bool:
        """Whether servers of the wave are on their way, or a job may be that was not known at its verdict."""
        return self.is_observed(number) or any(launch.is_suspected for launch in self.launches_of(number))

    def change_header(self, **changes: Any) -> None:
        """Set fields of the header that are not its status."""
        self.header = self.header.model_copy(update=changes)

    def move_execution(self, status: ExecutionStatus, reason: str, *, actor: str = "engine") -> None:
        """Bring the execution into that state; staying there for the same reason is no move."""
        reason = shortened(reason, LONGEST_REASON)
        check_move(EXECUTION_MOVES, self.header.status, status)
        if (status, reason) == (self.header.status, self.header.status_reason):
            return
        self.event(
            EventType.EXECUTION_STATUS,
            f"Execution is {status}: {reason}",
            actor=actor,
            status=status.value,
            previous=self.header.status.value,
            reason=reason,
        )
        self.change_header(status=status, status_reason=reason)

    def move_wave(self, number: int, status: WaveStatus, reason: str, **changes: Any) -> None:
        """Bring a loaded wave into that state; staying there for the same reason is no move."""
        wave, reason = self.waves[number], shortened(reason, LONGEST_REASON)
        check_move(WAVE_MOVES, wave.status, status)
        if (status, reason) != (wave.status, wave.status_reason):
            self.event(
                EventType.WAVE_STATUS,
                f"{wave_words(number, wave.wave_name, first=True)} is {status}: {reason}",
                wave=number,
                status=status.value,
                previous=wave.status.value,
                reason=reason,
            )
            changes["status_reason"] = reason
        if status in ENDED_WAVE_STATUSES and wave.ended_at is None:
            changes.setdefault("ended_at", self.now)
        self._take(wave.model_copy(update={"status": status, **changes}))

    def change_wave(self, number: int, **changes: Any) -> None:
        """Set fields of a wave at hand that are not its status."""
        self._take(self.waves[number].model_copy(update=changes))

    def change_server(
        self,
        key: ServerKey,
        *,
        launch: LaunchStatus | None = None,
        health: HealthStatus | None = None,
        reason: str = "",
        **changes: Any,
    ) -> None:
        """Give a server a verdict; each of the two has its own reason and its own table of moves.

        That its health is not known may get another reason: it stays, and that is told too.
        """
        server, reason = self.servers[key], shortened(reason, SERVER_REASON)
        if launch is not None and launch is not server.launch:
            check_move(LAUNCH_STATUS_MOVES, server.launch, launch)
            changes |= {"launch": launch, "launch_reason": reason}
            self.event(
                EventType.SERVER_LAUNCH,
                f"Server {server.name or key.source_server_id} is {launch}{': ' if reason else ''}{reason}",
                wave=server.wave_number,
                server=str(key),
                status=launch.value,
                reason=reason,
                attempt=changes.get("attempt", server.attempt),
            )
        is_explained = health is HealthStatus.UNKNOWN is server.health and reason != server.health_reason
        if health is not None and (health is not server.health or is_explained):
            if not is_explained:
                check_move(HEALTH_MOVES, server.health, health)
            changes |= {"health": health, "health_reason": reason}
            self.event(
                EventType.SERVER_HEALTH,
                f"Server {server.name or key.source_server_id} is {health}{': ' if reason else ''}{reason}",
                wave=server.wave_number,
                server=str(key),
                status=health.value,
                reason=reason,
            )
        if all(getattr(server, name) == value for name, value in changes.items()):
            return
        if self.has_advanced and changes.get("launch") in FINAL_LAUNCH_STATUSES:
            self.wait(1, f"the verdict of {wave_words(server.wave_number)}")
        self.servers[key] = server.model_copy(update={**changes, "updated_at": self.now})

    def count_servers(self) -> None:
        """Bring the counters of the header up to date, once, when everything is decided."""
        for number in self.members:
            servers = self.servers_of(number)
            self.summarise(
                number,
                launched_count=sum(
                    server.launch in (LaunchStatus.LAUNCHED, LaunchStatus.TERMINATED) for server in servers
                ),
                failed_count=sum(has_failed(server) for server in servers),
            )
        if any(wave.launched_count for wave in self.header.waves):
            self.change_header(has_launched=True)

    def summarise(self, number: int, **changes: Any) -> None:
        """Set fields of a wave's summary in the header; nothing is copied if they are set already."""
        waves, place = self.header.waves, self.header.place_of(number)
        if all(getattr(waves[place], name) == value for name, value in changes.items()):
            return
        changed = waves[place].model_copy(update=changes)
        (self._stopping.add if _stops(changed) else self._stopping.discard)(number)
        self.change_header(waves=(*waves[:place], changed, *waves[place + 1 :]))
