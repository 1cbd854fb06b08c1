"""The room of a launch is released when it was really lost, and kept as soon as a job of it is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from orchestration.abandoned import settle_abandoned
from orchestration.acting import act
from orchestration.dependencies import Dependencies
from orchestration.pace import Pace
from orchestration.reservations import keep_room
from shared.drs_utils import job_tags
from shared.engine.effects import LoseLaunch
from shared.models.drs import Job, JobListing, JobStatus, JobType
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchedServer, LaunchRecord, LaunchState
from shared.models.quota import Reservation
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
