"""A stage for the pure engine: an execution and its world as values, and the part of the shell in memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import assert_never

from shared.drs_utils import job_tags
from shared.engine.bounds import WallBounds
from shared.engine.decide import Decision, decide
from shared.engine.effects import (
    AbandonLaunch,
    AdoptJob,
    CloseGate,
    Effect,
    EndGateRun,
    FinishLaunch,
    ForgetLaunches,
    LaunchOutcome,
    LoseLaunch,
    RecordEnd,
    RememberJobs,
    SendCommands,
    StartLaunch,
)
from shared.engine.graph import dependencies
from shared.engine.observations import LoadedWave, Observations, Questions
from shared.engine.state import RUNNING_WAVE_STATUSES, ExecutionState
from shared.models.drs import (
    InstanceHealth,
    Job,
    JobStatus,
    JobType,
    Participant,
    ParticipantStatus,
    RecoveryInstance,
    SourceServer,
)
from shared.models.event import ExecutionEvent
from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType, WaveSummary
from shared.models.gate import Gate, GateReason
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.launch_events import Hearing
from shared.models.request import Request, RequestKind
from shared.models.server_record import ServerRecord
from shared.models.targets import ServerKey, Target
from shared.models.wave_record import WaveRecord, WaveStatus
from tests.support.planned_wave import PlannedWave
from tests.support.staged_world import StagedWorld

START = datetime(2026, 1, 29, 2, 0, tzinfo=UTC)
ACCOUNT = "111122223333"
REGION = "us-west-2"
TARGET = Target(account_id=ACCOUNT, region=REGION)
BOUNDS = WallBounds(
    not_after=timedelta(seconds=20),
    creation=timedelta(seconds=100),
    doubt=timedelta(seconds=155),
    pending=timedelta(seconds=300),
    settings=timedelta(seconds=60),
    settings_trust=timedelta(minutes=15),
)


def server_key(number: int, target: Target = TARGET) -> ServerKey:
    """A source server of the stage."""
    return ServerKey(account_id=target.account_id, region=target.region, source_server_id=f"s-{number:017d}")


@dataclass
class Stage(StagedWorld):
    """One execution in a world of values; `step` decides once and applies what was decided."""

    header: ExecutionHeader
    waves: dict[int, LoadedWave]
    bounds: WallBounds = BOUNDS
    signals: int = 0
    more_requests: bool = False
    launches: dict[str, LaunchRecord] = field(default_factory=dict)
    gates: dict[tuple[str, int], Gate] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    events: list[ExecutionEvent] = field(default_factory=list)
    hearings: dict[Target, Hearing] = field(default_factory=dict)
    last_event_at: datetime | None = None
    run_began_at: datetime | None = None
    asked: list[Questions] = field(default_factory=list)
    refuse: dict[Target, LaunchState] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)

    # -- deciding -----------------------------------------------------------------------------------------------

    def decision(self, known: Observations | None = None) -> Decision:
        """What the engine decides now, with every question answered that is not known."""
        state = ExecutionState(
            header=self.header.model_copy(update={"step": self.header.step + 1}),
            signals=self.signals,
            records=tuple(
                self.waves[wave.wave_number].record
                for wave in self.header.waves
                if wave.status in RUNNING_WAVE_STATUSES or wave.draining
            ),
            hearings=self.hearings,
            last_event_at=self.last_event_at,
            launches=tuple(self.launches.values()),
            gates=tuple(self.gates.values()),
            requests=tuple(request for request in self.requests.values() if request.state.value == "NEW"),
            more_requests=self.more_requests,
            run_began_at=self.run_began_at,
        )
        return self._decided(state, known or Observations())

    def _decided(self, state: ExecutionState, known: Observations) -> Decision:
        decision = decide(state, known, self.now, self.bounds)
        while decision.questions:
            self.asked.append(decision.questions)
            known = known.merged(self.answer(decision.questions, self.waves))
            decision = decide(state, known, self.now, self.bounds)
        return decision

    def step(self, seconds: float = 0, *, stands_still: float = 0) -> Decision:
        """Let time pass, look, let more time pass, decide, write, act and commit."""
        asked_at = self.now + timedelta(seconds=seconds)
        self.now = asked_at + timedelta(seconds=stands_still)
        decision = self.decision(Observations(asked_at=asked_at))
        self._write(decision)
        for effect in decision.effects:
            self._act(effect)
        self.header = decision.header.model_copy(update={"launch_ids": tuple(self.launches)})
        self.requests |= {request.request_id: request for request in decision.requests}
        self.events.extend(decision.events)
        return decision

    def settle(self, steps: int = 3) -> None:
        """A few steps, one second apart."""
        for _ in range(steps):
            self.step(1)

    def _write(self, decision: Decision) -> None:
        for item in decision.items:
            if isinstance(item, WaveRecord):
                self.waves[item.wave_number] = LoadedWave(item, self.waves[item.wave_number].servers)
            elif isinstance(item, ServerRecord):
                self._store_server(item)
            elif isinstance(item, LaunchRecord):
                self.launches[item.launch_id] = item
            elif isinstance(item, GateReason):
                gate = self.gates[(item.scope, item.number)]
                self.gates[(item.scope, item.number)] = gate.model_copy(update={"reason": item.reason})
            else:
                self.gates.setdefault((item.scope, item.number), item)

    def _store_server(self, item: ServerRecord) -> None:
        wave = self.waves[item.wave_number]
        servers = tuple(item if server.server == item.server else server for server in wave.servers)
        self.waves[item.wave_number] = LoadedWave(wave.record, servers)

    def _act(self, effect: Effect) -> None:
        self.effects.append(effect)
        match effect:
            case StartLaunch():
                self._start(effect)
            case AdoptJob() | LoseLaunch() | RememberJobs() | RecordEnd() | FinishLaunch():
                self._record(effect)
            case AbandonLaunch() | ForgetLaunches():
                self._record(effect)
            case SendCommands():
                for server in self.run_command.send(effect, self.now):
                    self._store_server(server)
            case CloseGate():
                decided = {"status": effect.status, "decided_by": effect.decided_by, "decision_id": effect.decision_id}
                gate = effect.gate.model_copy(update=decided | {"decided_at": self.now})
                self.gates[(gate.scope, gate.number)] = gate
            case EndGateRun():
                gate = self.gates[(effect.gate.scope, effect.gate.number)]
                self.gates[(gate.scope, gate.number)] = gate.model_copy(update={"run_closed": True})
            case _:
                pass

    def _record(self, outcome: LaunchOutcome | ForgetLaunches) -> None:
        match outcome:
            case ForgetLaunches():
                gone = {self.launches.pop(launch_id).state for launch_id in outcome.launch_ids}
                assert gone == {LaunchState.REFUSED}
            case AdoptJob():
                self._change_launch(outcome.launch, state=LaunchState.STARTED, job_id=outcome.job_id)
            case LoseLaunch():
                lost = {"state": LaunchState.LOST, "reason": outcome.reason, "fails_servers": outcome.fails_servers}
                self._change_launch(outcome.launch, **lost)
            case RememberJobs():
                known = outcome.launch
                told = {
                    "strangers": known.strangers,
                    "suspects": known.suspects,
                    "unread": known.unread,
                    "servers": known.servers,
                }
                self._change_launch(known, **told)
            case RecordEnd():
                self._change_launch(outcome.launch, ended_at=outcome.ended_at)
            case FinishLaunch():
                self._change_launch(outcome.launch, state=LaunchState.DONE, ended_at=self.now)
            case AbandonLaunch():
                assert self.launches[outcome.launch.launch_id].is_abandoned
            case _:
                assert_never(outcome)

    def _start(self, effect: StartLaunch) -> None:
        state = self.refuse.get(effect.target, LaunchState.STARTED)
        record = LaunchRecord(
            execution_id=self.header.execution_id,
            plan_id=self.header.plan_id,
            launch_id=effect.launch_id,
            wave_number=effect.wave_number,
            target=effect.target,
            servers=effect.servers,
            expected_seconds=effect.expected_seconds,
            state=state,
            intent_at=self.now,
            not_after=self.now + BOUNDS.not_after,
        )
        if state is LaunchState.STARTED:
            job = self.add_job(record)
            record = record.model_copy(update={"job_id": job.job_id})
        self.launches[record.launch_id] = record

    def _change_launch(self, launch: LaunchRecord, **changes: object) -> None:
        self.launches[launch.launch_id] = self.launches[launch.launch_id].model_copy(update=changes)

    # -- the world ----------------------------------------------------------------------------------------------

    def add_job(self, launch: LaunchRecord, status: JobStatus = JobStatus.STARTED) -> Job:
        """A job of DRS for that launch."""
        job = Job(
            job_id=f"drsjob-{len(self.jobs) + 1:017d}",
            type=JobType.LAUNCH,
            status=status,
            created_at=self.now,
            tags=dict(job_tags(launch.launch_id, launch.execution_id)),
            participants=tuple(
                Participant(source_server_id=server.source_server_id, status=ParticipantStatus.PENDING)
                for server in launch.servers
            ),
        )
        self.jobs[job.job_id] = (launch.target, job)
        return job

    def finish_job(
        self,
        job_id: str,
        failed: Iterable[ServerKey] = (),
        without_instance: Iterable[ServerKey] = (),
        status: ParticipantStatus | None = None,
    ) -> None:
        """The job ends COMPLETED, as all DRS jobs do; `status` overrides what it shows of the servers that launched."""
        target, job = self.jobs[job_id]
        lost = {key.source_server_id for key in failed}
        hidden = {key.source_server_id for key in without_instance}
        participants = []
        for participant in job.participants:
            server = participant.source_server_id
            key = ServerKey(account_id=target.account_id, region=target.region, source_server_id=server)
            shown = ParticipantStatus.FAILED if server in lost else (status or ParticipantStatus.LAUNCHED)
            participants.append(participant.model_copy(update={"status": shown}))
            if server not in lost | hidden:
                self.add_instance(key, job_id)
        self.jobs[job_id] = (
            target,
            job.model_copy(
                update={
                    "status": JobStatus.COMPLETED,
                    "ended_at": self.now,
                    "participants": tuple(participants),
                }
            ),
        )

    def add_instance(
        self,
        key: ServerKey,
        job_id: str,
        state: str = "running",
        checks: str = "ok",
        point_in_time: datetime | None = None,
    ) -> str:
        """A recovery instance of that job, with EC2's view of it."""
        instance_id = f"i-{len(self.health) + 1:017x}"
        self.instances[key] = (
            RecoveryInstance(
                recovery_instance_id=instance_id,
                ec2_instance_id=instance_id,
                source_server_id=key.source_server_id,
                job_id=job_id,
                point_in_time=point_in_time,
            ),
        )
        self.health[instance_id] = InstanceHealth(
            instance_id=instance_id,
            state=state,
            system_status=checks,
            instance_status=checks,
            launched_at=self.now,
        )
        return instance_id

    def ask(self, kind: RequestKind, **facts: object) -> Request:
        """A request with its signal."""
        self.signals += 1
        request = Request.model_validate(
            {
                "execution_id": self.header.execution_id,
                "plan_id": self.header.plan_id,
                "request_id": f"01J{len(self.requests):023d}",
                "kind": kind,
                "requested_by": "operator",
                "requested_at": self.now,
                **facts,
            }
        )
        self.requests[request.request_id] = request
        return request

    # -- reading ------------------------------------------------------------------------------------------------

    def status(self) -> ExecutionStatus:
        """The state of the execution."""
        return self.header.status

    def wave(self, number: int) -> WaveStatus:
        """The state of a wave."""
        return self.waves[number].record.status

    def server(self, key: ServerKey) -> ServerRecord:
        """A server's record."""
        return next(server for wave in self.waves.values() for server in wave.servers if server.server == key)

    def running_jobs(self) -> list[str]:
        """The ids of jobs that run."""
        return [job.job_id for _, job in self.jobs.values() if job.is_running]


def stage(*planned: PlannedWave, status: ExecutionStatus = ExecutionStatus.PENDING) -> Stage:
    """An execution that is about to begin, all its servers replicating."""
    summaries = tuple(
        WaveSummary(
            wave_number=number,
            wave_name=f"Tier {number}",
            depends_on_waves=wave.depends_on,
            pause_before_wave=wave.pause,
            failure_policy=wave.policy,
            server_count=len(wave.servers),
            verifies_settings=wave.verifies_settings,
        )
        for number, wave in enumerate(planned)
    )
    needed = dependencies(summaries)
    header = ExecutionHeader(
        execution_id="exec-1",
        plan_id="plan-1",
        plan_name="Shop",
        plan_version=1,
        execution_type=ExecutionType.DRILL,
        status=status,
        started_at=START,
        initiated_by="operator",
        waves=tuple(
            summary.model_copy(update={"depends_on_waves": tuple(sorted(needed[summary.wave_number]))})
            for summary in summaries
        ),
        wave_count=len(planned),
        server_count=sum(len(wave.servers) for wave in planned),
        targets=(TARGET,),
    )
    made = Stage(header, {number: wave.loaded(number, START) for number, wave in enumerate(planned)}, now=START)
    for wave in planned:
        for key in wave.servers:
            made.sources[key] = SourceServer(
                source_server_id=key.source_server_id,
                arn=f"arn:aws:drs:{key.region}:{key.account_id}:source-server/{key.source_server_id}",
                replication_state="CONTINUOUS",
            )
    return made
