"""One decision of the engine: `decide(state, observations, now, bounds)`, data in, a decision with its reasons out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.engine.bounds import LONGEST_WAIT_SECONDS, WallBounds
from shared.engine.checking import check_health, count_found_into
from shared.engine.commands import send_commands
from shared.engine.draining import abandon_jobs, keep_drains
from shared.engine.effects import Effect, SendMail
from shared.engine.gates import tend_gates
from shared.engine.judging import judge_launches
from shared.engine.launch_settings import verify_ahead
from shared.engine.launching import launch_waves
from shared.engine.observations import LoadedWave, Observations, Questions
from shared.engine.outcome import conclude, tell_obstacles
from shared.engine.progress import measure_progress
from shared.engine.recovery_points import measure_recovery_points
from shared.engine.requests import apply_requests
from shared.engine.schedule import note_silence, wait_for_jobs
from shared.engine.settling import follow_launches, settle_launches
from shared.engine.state import FINAL_LAUNCH_STATUSES, Draft, ExecutionState
from shared.engine.waves import advance_waves, end_what_cannot_start, measure_recovery
from shared.models.event import ExecutionEvent
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.gate import Gate, GateReason, GateStatus
from shared.models.launch import LaunchRecord
from shared.models.mail import MailType
from shared.models.request import Request
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.wave_record import WaveRecord

Item = WaveRecord | ServerRecord | Gate | GateReason | LaunchRecord


@dataclass(frozen=True)
class Decision:
    """What is to be written, what is to be done, and how long to wait.

    `items` are the waves, servers, new gates, what open ones say anew, and newly abandoned launches; `requests` those
    that are consumed. While `questions` is not empty the decision is provisional: answer them and decide again from the
    same state.
    """

    header: ExecutionHeader
    items: tuple[Item, ...]
    requests: tuple[Request, ...]
    events: tuple[ExecutionEvent, ...]
    effects: tuple[Effect, ...]
    questions: Questions
    wait_seconds: int
    wait_reason: str

    @property
    def is_final(self) -> bool:
        """Whether the execution has ended."""
        return self.header.is_terminal


def decide(
    state: ExecutionState,
    observations: Observations,
    now: datetime,
    bounds: WallBounds,
) -> Decision:
    """Decide one step; pure: the same arguments give the same decision."""
    draft = Draft(state, observations, now, bounds)
    if not draft.header.is_terminal and draft.header.status is not ExecutionStatus.PREPARING:
        _begin(draft)
        _catch_up(draft)
        apply_requests(draft)
        settle_launches(draft)
        judge_launches(draft)
        check_health(draft)
        abandon_jobs(draft)
        end_what_cannot_start(draft)
        advance_waves(draft)
        draft.has_advanced = True
        keep_drains(draft)
        follow_launches(draft)
        launch_waves(draft)
        verify_ahead(draft)
        send_commands(draft)
        tend_gates(draft)
        wait_for_jobs(draft)
        note_silence(draft)
        measure_recovery(draft)
        conclude(draft)
        draft.count_servers()
        count_found_into(draft)
        measure_recovery_points(draft)
        draft.note_obstacles()
        tell_obstacles(draft)
        _let_sleep(draft)
        measure_progress(draft)
    seconds, reason = min(draft.waits, default=(LONGEST_WAIT_SECONDS, ""))
    return Decision(
        header=draft.header.model_copy(update={"seen": state.header.seen if state.more_requests else state.signals}),
        items=_changed_items(draft),
        requests=tuple(draft.requests),
        events=tuple(draft.events),
        effects=tuple(draft.effects),
        questions=draft.observer.questions,
        wait_seconds=min(seconds, LONGEST_WAIT_SECONDS),
        wait_reason=reason,
    )


def _begin(draft: Draft) -> None:
    """The first step of an execution, unless its run began too late to be what its operator asked for.

    A run that began in time and whose first steps broke off, or that has launched in one of them, is not too late. Nor
    is one that takes the place of another that began in time, and ended before its first step could be written down.
    """
    header, began_at = draft.header, draft.state.run_began_at or draft.now
    if header.status is not ExecutionStatus.PENDING:
        return
    is_late = began_at - header.started_at > draft.bounds.pending
    if is_late and (header.run_seq == 1 or header.begins_late) and not draft.launches:
        draft.stillborn = "the run of the state machine did not begin in time"
        return
    draft.move_execution(ExecutionStatus.RUNNING, f"{header.execution_type.lower()} of {header.plan_name} began")
    draft.effects.append(SendMail(MailType.START))


def _catch_up(draft: Draft) -> None:
    """What a step decided that lost its commit is counted by this one."""
    for number in sorted(draft.ahead):
        draft.load(number)


def _let_sleep(draft: Draft) -> None:
    """A wave whose servers all have their verdicts or are in running jobs needs no look at them before a job moves."""
    for number in draft.members:
        jobs = {launch.launch_id: launch.job_id for launch in draft.launches_of(number)}
        dormant = draft.is_observed(number) and all(
            _is_decided(server) or (server.launch is LaunchStatus.LAUNCHING and _is_followed(server, jobs))
            for server in draft.servers_of(number)
        )
        draft.change_wave(number, dormant=dormant)


def _is_decided(server: ServerRecord) -> bool:
    waits_for_checks = server.launch is LaunchStatus.LAUNCHED and server.health is HealthStatus.UNKNOWN
    return server.launch in FINAL_LAUNCH_STATUSES and not waits_for_checks


def _is_followed(server: ServerRecord, jobs: Mapping[str, str | None]) -> bool:
    return server.job_id is not None and jobs.get(server.launch_id or "") == server.job_id


def _changed_items(draft: Draft) -> tuple[Item, ...]:
    """What differs from what was loaded; a step writes only that. Effects record what else became of launches."""
    loaded: dict[int, LoadedWave] = dict(draft.observations.waves)
    stored = {number: one.record for number, one in loaded.items()}
    stored |= {record.wave_number: record for record in draft.state.records}
    waves = [wave for number, wave in draft.waves.items() if wave != stored[number]]
    before = {server.server: server for one in loaded.values() for server in one.servers}
    servers = [server for key, server in draft.servers.items() if server is not before[key] and server != before[key]]
    gates = _changed_gates(draft)
    before_it = {launch.launch_id for launch in draft.state.launches if launch.is_abandoned}
    abandoned = [launch for launch in draft.abandoned_launches if launch.launch_id not in before_it]
    return (*waves, *servers, *gates, *abandoned)


def _changed_gates(draft: Draft) -> list[Gate | GateReason]:
    """The new ones, and what open ones say anew; an effect decides them."""
    said = {(gate.scope, gate.number): gate.reason for gate in draft.state.gates}
    changed: list[Gate | GateReason] = []
    for key, gate in draft.gates.items():
        if key not in said:
            changed.append(gate)
        elif gate.status is GateStatus.OPEN and gate.reason != said[key]:
            changed.append(GateReason.model_validate(gate.model_dump(include=set(GateReason.model_fields))))
    return changed
