"""The room of a launch is released when it was really lost, and kept as soon as a job of it is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import pytest

from orchestration.abandoned import settle_abandoned
from orchestration.acting import act
from orchestration.dependencies import Dependencies
from orchestration.pace import Pace
from orchestration.reservations import free_reservations, keep_room
from shared.drs_utils import job_tags
from shared.engine.effects import LoseLaunch
from shared.errors import DrsServiceError
from shared.models.drs import Job, JobListing, JobStatus, JobType, Participant, ParticipantStatus
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.launch import LaunchedServer, LaunchRecord, LaunchState
from shared.models.quota import Reservation
from tests.integration.engine.terminations import MINUTE
from tests.integration.engine.test_abandoned_twice import SERVER, TARGET, two_jobs
from tests.support.world import World
from tests.support.world.rest import QUICK


def in_doubt(world: World, *, is_abandoned: bool) -> tuple[ExecutionHeader, Dependencies, LaunchRecord]:
    """A launch that may have a job, with a reservation unless it is abandoned, as of one that was lost before."""
    header, _, deps = two_jobs(world)
    now = world.clock.now()
    record = LaunchRecord(
        execution_id="exec-two",
        plan_id=header.plan_id,
        launch_id="exec-two-9-0",
        wave_number=0,
        target=TARGET,
        servers=(LaunchedServer(source_server_id=SERVER.source_server_id, attempt=1),),
        intent_at=now,
        not_after=now,
        abandoned_at=now if is_abandoned else None,
    )
    row = deps.quotas.get(TARGET)
    if not is_abandoned:
        mine = Reservation(reservation_id=record.launch_id, execution_id="exec-two", server_count=1, taken_at=now)
        row = row.model_copy(update={"reservations": (mine,)})
    header = world.executions.open_launch(header, record, row.model_copy(update={"version": row.version + 1}))
    return header, deps, record


def reserved(deps: Dependencies) -> list[tuple[str, str | None]]:
    """The launches that have room, with their jobs as far as they are known."""
    return [(one.reservation_id, one.job_id) for one in deps.quotas.get(TARGET).reservations]


@pytest.mark.parametrize("comes", ["before the loss", "before the release"])
def test_a_late_answer_keeps_its_room_whatever_was_concluded_of_its_launch(comes: str) -> None:
    world = World(settings=QUICK)
    header, deps, record = in_doubt(world, is_abandoned=False)

    def answered() -> None:
        keep_room(deps.executions.record_job(record, "job-9"), deps)

    @dataclass
    class Interrupted:
        """The process that called, and stood still, records its late success right after the loss."""

        inner: Any

        def lose_launch(self, *args: Any, **kwargs: Any) -> LaunchRecord:
            stored: LaunchRecord = self.inner.lose_launch(*args, **kwargs)
            answered()
            return stored

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

    acting = deps
    if comes == "before the loss":
        answered()
    else:
        acting = replace(deps, executions=Interrupted(deps.executions))  # type: ignore[arg-type]

    act([LoseLaunch(record, "no job")], header, acting, Pace.begin(deps.clock))

    found = next(one for one in deps.executions.launches(header) if one.launch_id == record.launch_id)
    assert found.state is LaunchState.STARTED
    assert reserved(deps) == [(record.launch_id, "job-9")]


def test_what_was_really_lost_gives_its_room_back() -> None:
    world = World(settings=QUICK)
    header, deps, record = in_doubt(world, is_abandoned=False)

    act([LoseLaunch(record, "no job")], header, deps, Pace.begin(deps.clock))

    assert reserved(deps) == []


@dataclass
class Tagged:
    """A DRS that shows the launch's own job by its tag, beside those that hold on."""

    world: World
    launch_id: str

    def jobs(self, _target: Any, ids: Any = None, **_filters: Any) -> JobListing:
        now, tags = self.world.clock.now(), job_tags(self.launch_id, "exec-two")
        jobs = (
            Job(job_id="job-1", type=JobType.LAUNCH, status=JobStatus.STARTED),
            Job(job_id="job-2", type=JobType.LAUNCH, status=JobStatus.STARTED),
            Job(job_id="job-9", type=JobType.LAUNCH, status=JobStatus.STARTED, created_at=now, tags=dict(tags)),
        )
        return JobListing(began_at=now, jobs=tuple(job for job in jobs if ids is None or job.job_id in ids))

    def source_servers(self, *_arguments: Any) -> list[Any]:
        return []

    def job_tags(self, *_arguments: Any) -> dict[str, str]:
        return {}


def test_the_job_of_an_abandoned_launch_has_its_room_although_the_reconciler_dies_when_it_finds_it() -> None:
    world = World(settings=QUICK)
    header, deps, record = in_doubt(world, is_abandoned=True)
    deps = replace(deps, drs=Tagged(world, record.launch_id))  # type: ignore[arg-type]

    @dataclass
    class Dying:
        inner: Any

        def keep_job(self, *_arguments: Any) -> None:
            raise RuntimeError("the function dies")

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

    with pytest.raises(RuntimeError):
        settle_abandoned(header, replace(deps, quotas=Dying(deps.quotas)))  # type: ignore[arg-type]
    settle_abandoned(header, deps)

    assert reserved(deps) == [(record.launch_id, "job-9")]


@dataclass
class Untold:
    """A DRS whose job of one server runs and shows no tags, which nobody may read; the other launch's two run on."""

    world: World
    server: str

    def jobs(self, _target: Any, ids: Any = None, **_filters: Any) -> JobListing:
        now = self.world.clock.now()
        known = [Job(job_id=f"job-{number}", type=JobType.LAUNCH, status=JobStatus.STARTED) for number in (1, 2)]
        shown = (Participant(source_server_id=self.server, status=ParticipantStatus.PENDING),)
        untold = Job(job_id="job-9", type=JobType.LAUNCH, status=JobStatus.STARTED, created_at=now, participants=shown)
        jobs = tuple(job for job in (*known, untold) if ids is None or job.job_id in ids)
        return JobListing(began_at=now, jobs=jobs)

    def source_servers(self, *_arguments: Any) -> list[Any]:
        return []

    def job_tags(self, *_arguments: Any) -> dict[str, str]:
        raise DrsServiceError("AccessDeniedException", httpStatus=403)


NAMES: Final = {number: f"s-{number:017d}" for number in (7, 8)}


def two_suspected(
    world: World, status: ExecutionStatus = ExecutionStatus.FAILED, **changes: Any
) -> tuple[ExecutionHeader, Dependencies]:
    """Two launches of which one job may be either's: the first of them has its room."""
    header, _, deps = two_jobs(world, status)
    before = world.clock.now() - timedelta(hours=1)
    for number, name in NAMES.items():
        record = LaunchRecord(
            execution_id="exec-two",
            plan_id=header.plan_id,
            launch_id=f"exec-two-{number}-0",
            wave_number=0,
            target=TARGET,
            servers=(LaunchedServer(source_server_id=name, attempt=1),),
            suspects=("job-9",),
            intent_at=before,
            not_after=before,
        ).model_copy(update=changes)
        row = deps.quotas.get(TARGET)
        header = world.executions.open_launch(header, record, row.model_copy(update={"version": row.version + 1}))
        keep_room(record, deps)
    assert reserved(deps) == [("exec-two-7-0", "job-9")]
    return header, deps


def test_when_a_launch_is_let_go_another_that_may_have_its_job_keeps_the_room() -> None:
    world = World(settings=QUICK)
    header, deps = two_suspected(world, abandoned_at=world.clock.now())

    left = settle_abandoned(header, replace(deps, drs=Untold(world, NAMES[8])))  # type: ignore[arg-type]

    assert "exec-two-7-0" not in [launch.launch_id for launch in left]
    assert reserved(deps) == [("exec-two-8-0", "job-9")]


def test_when_one_does_not_suspect_the_job_any_more_another_that_does_keeps_the_room() -> None:
    world = World(settings=QUICK)
    header, deps = two_suspected(world, ExecutionStatus.DRAINING, state=LaunchState.LOST)
    first = next(one for one in deps.executions.launches(header) if one.launch_id == "exec-two-7-0")
    deps.executions.remember_jobs(header, first.model_copy(update={"suspects": ()}))
    world.clock.advance(6 * MINUTE)

    free_reservations(header, deps)

    assert reserved(deps) == [("exec-two-8-0", "job-9")]


def test_an_execution_that_has_ended_holds_room_for_abandoned_launches_alone() -> None:
    world = World(settings=QUICK)
    header, deps = two_suspected(world, state=LaunchState.LOST)
    mine = Reservation(
        reservation_id="exec-two-1-0", execution_id="exec-two", server_count=1, taken_at=world.clock.now()
    )
    deps.quotas.keep_job(TARGET, mine)

    free_reservations(header, deps)

    assert reserved(deps) == [("exec-two-1-0", None)]
