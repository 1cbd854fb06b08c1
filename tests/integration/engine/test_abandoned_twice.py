"""A server in two abandoned jobs of one execution, a late one beside its successor: it is free when both have ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from orchestration.abandoned import settle_abandoned
from orchestration.dependencies import Dependencies
from shared.models.drs import Job, JobListing, JobStatus, JobType
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.launch import LaunchedServer, LaunchRecord, LaunchState
from shared.models.lock import LockOwner
from shared.models.targets import ServerKey, Target
from tests.support.world import DATABASE_ACCOUNT, REGION, World
from tests.support.world.rest import QUICK

TARGET = Target(account_id=DATABASE_ACCOUNT, region=REGION)
SERVER = ServerKey(account_id=DATABASE_ACCOUNT, region=REGION, source_server_id="s-00000000000000001")


@dataclass
class ListedJobs:
    """A DRS that lists these jobs, whatever is asked."""

    world: World
    jobs_there: dict[str, JobStatus]

    def jobs(self, _target: Target, **_filters: Any) -> JobListing:
        jobs = tuple(Job(job_id=name, type=JobType.LAUNCH, status=status) for name, status in self.jobs_there.items())
        return JobListing(began_at=self.world.clock.now(), jobs=jobs)


def two_jobs(
    world: World, status: ExecutionStatus = ExecutionStatus.FAILED
) -> tuple[ExecutionHeader, ListedJobs, Dependencies]:
    """Both hold the server by the first one's lock, and both run."""
    execution_id = world.start(world.plan_of(1))
    world.run_until_end(execution_id)
    now, deps = world.clock.now(), world.parts._orchestration()
    header = world.header(execution_id).model_copy(
        update={"execution_id": "exec-two", "status": status, "abandoned_count": 2, "launch_ids": ()}
    )
    world.executions.create(header.model_copy(update={"open": True}))
    launches = [
        LaunchRecord(
            execution_id="exec-two",
            plan_id=header.plan_id,
            launch_id=f"exec-two-{number}-0",
            wave_number=0,
            target=TARGET,
            servers=(LaunchedServer(source_server_id=SERVER.source_server_id, attempt=number),),
            state=LaunchState.STARTED,
            job_id=f"job-{number}",
            intent_at=now,
            not_after=now,
            abandoned_at=now,
        )
        for number in (1, 2)
    ]
    for launch in launches:
        row = deps.quotas.get(TARGET)
        header = world.executions.open_launch(header, launch, row.model_copy(update={"version": row.version + 1}))
    deps.locks.take([SERVER], LockOwner.of_job(header, launches[0]))
    drs = ListedJobs(world, {"job-1": JobStatus.STARTED, "job-2": JobStatus.STARTED})
    return header, drs, replace(deps, drs=drs)  # type: ignore[arg-type]


def owner(deps: Dependencies) -> str | None:
    lock = deps.locks.owner(SERVER)
    return None if lock is None else lock.owner.owner_key


def test_the_job_that_still_works_on_it_holds_it_on() -> None:
    world = World(settings=QUICK)
    header, drs, deps = two_jobs(world)

    drs.jobs_there["job-1"] = JobStatus.COMPLETED
    assert [launch.job_id for launch in settle_abandoned(header, deps)] == ["job-2"]
    assert owner(deps) == "job#job-2"

    drs.jobs_there["job-2"] = JobStatus.COMPLETED
    assert settle_abandoned(header, deps) == []
    assert owner(deps) is None


def test_the_other_one_may_end_first() -> None:
    world = World(settings=QUICK)
    header, drs, deps = two_jobs(world)

    drs.jobs_there["job-2"] = JobStatus.COMPLETED
    settle_abandoned(header, deps)
    assert owner(deps) == "job#job-1"

    drs.jobs_there["job-1"] = JobStatus.COMPLETED
    settle_abandoned(header, deps)
    assert owner(deps) is None


def test_an_heir_takes_over_what_no_job_works_on_any_more() -> None:
    world = World(settings=QUICK)
    header, drs, deps = two_jobs(world)
    heir = LockOwner.of_termination(header, 1)

    drs.jobs_there["job-1"] = JobStatus.COMPLETED
    settle_abandoned(header, deps, heir=heir)
    assert owner(deps) == "job#job-2"

    drs.jobs_there["job-2"] = JobStatus.COMPLETED
    settle_abandoned(header, deps, heir=heir)
    assert owner(deps) == "termination#exec-two#1"
