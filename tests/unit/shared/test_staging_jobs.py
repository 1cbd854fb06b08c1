"""Which launch a staging account's job is for: DRS does not say, its servers and its time do."""

from datetime import datetime, timedelta
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from shared.aws.ports import DrsPort
from shared.errors import DrsServiceError
from shared.models.drs import Job, JobPage, JobStatus, JobType, Participant, ParticipantStatus
from shared.models.launch import LaunchedServer, LaunchRecord, LaunchState
from shared.models.targets import ServerKey, Target
from shared.services.staging_jobs import staging_jobs
from tests.support.configuration import NOW

TARGET = Target(account_id="111122223333", region="us-west-2")
HOME = Target(account_id="777788889999", region="us-west-2")
FAR = Target(account_id="888899990000", region="us-west-2")


def key(target: Target, number: int) -> ServerKey:
    return ServerKey(account_id=target.account_id, region=target.region, source_server_id=f"s-{number:017}")


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def launch(name: str, begun: float, ended: float | None, *numbers: int, **more: Any) -> LaunchRecord:
    fields = {
        "execution_id": "e",
        "plan_id": "p",
        "launch_id": name,
        "wave_number": 0,
        "target": TARGET,
        "servers": tuple(
            LaunchedServer(source_server_id=key(TARGET, each).source_server_id, attempt=1) for each in numbers
        ),
        "state": LaunchState.STARTED if ended is None else LaunchState.DONE,
        "job_id": f"drsjob-of-{name}",
        "intent_at": at(begun),
        "not_after": at(begun + 1),
        "ended_at": None if ended is None else at(ended),
    }
    return LaunchRecord.model_validate({**fields, **more})


def job(
    name: str, made: float, *numbers: int, failed: int | None = None, kind: str = "CREATE_CONVERTED_SNAPSHOT"
) -> Job:
    return Job(
        job_id=name,
        type=JobType(kind),
        status=JobStatus.COMPLETED,
        created_at=at(made),
        participants=tuple(
            Participant(
                source_server_id=f"s-{100 + each:017}",
                status=ParticipantStatus.FAILED if each == failed else ParticipantStatus.LAUNCHED,
            )
            for each in numbers
        ),
    )


class Staging:
    """DRS in the staging accounts; every page has one job."""

    def __init__(self, jobs: dict[Target, list[Job]], silent: Target | None = None) -> None:
        self.jobs = jobs
        self.silent = silent
        self.asked: list[Target] = []

    def job_page(self, target: Target, *, token: str | None, **_asked: Any) -> JobPage:
        self.asked.append(target)
        if target == self.silent:
            raise DrsServiceError("DescribeJobs: denied", httpStatus=403)
        jobs, place = self.jobs.get(target, []), int(token or 0)
        following = str(place + 1) if place + 1 < len(jobs) else None
        return JobPage(jobs=tuple(jobs[place : place + 1]), next_token=following)


def originals(*numbers: int, home: Target = HOME) -> dict[ServerKey, ServerKey]:
    return {key(TARGET, each): key(home, 100 + each) for each in numbers}


def shown(drs: Staging, launches: list[LaunchRecord], known: dict[ServerKey, ServerKey]) -> dict[str, list[str]]:
    found = staging_jobs(launches, known, cast(DrsPort, drs))
    return {launch_id: [each.job_id for each in jobs] for launch_id, jobs in found.by_launch.items()}


def test_a_job_is_of_the_launch_that_was_under_way() -> None:
    drs = Staging({HOME: [job("first", 1, 1, 2), job("second", 61, 1)]})

    found = shown(drs, [launch("a", 0, 30, 1, 2), launch("b", 60, None, 1)], originals(1, 2))

    assert found == {"a": ["first"], "b": ["second"]}


def test_jobs_of_before_and_after_of_other_servers_and_of_other_kinds_are_none() -> None:
    others = [job("before", -5, 1), job("after", 40, 1), job("other", 1, 7), job("launch", 1, 1, kind="LAUNCH")]

    assert shown(Staging({HOME: others}), [launch("a", 0, 30, 1)], originals(1)) == {}


def test_servers_are_named_as_in_the_target_account_and_failures_among_them() -> None:
    drs = Staging({HOME: [job("first", 1, 1, 2, failed=2)]})

    found = staging_jobs([launch("a", 0, None, 1, 2)], originals(1, 2), cast(DrsPort, drs)).by_launch["a"][0]

    assert (found.account_id, found.region, found.launch_job_id) == (HOME.account_id, HOME.region, "drsjob-of-a")
    assert found.server_ids == (key(TARGET, 1).source_server_id, key(TARGET, 2).source_server_id)
    assert found.failed_server_ids == (key(TARGET, 2).source_server_id,)


def test_a_staging_account_that_does_not_say_takes_nothing_from_the_others() -> None:
    drs = Staging({HOME: [job("first", 1, 1)]}, silent=FAR)
    known = {**originals(1), **originals(2, home=FAR)}

    found = staging_jobs([launch("a", 0, None, 1, 2)], known, cast(DrsPort, drs))

    assert [each.job_id for each in found.by_launch["a"]] == ["first"]
    assert found.unread[FAR].message == "DescribeJobs: denied"


def test_without_extended_servers_or_jobs_nobody_is_asked() -> None:
    drs = Staging({})

    assert shown(drs, [launch("a", 0, None, 1)], {}) == {}
    assert shown(drs, [launch("a", 0, None, 1, job_id=None)], originals(1)) == {}
    assert drs.asked == []


@given(starts=st.lists(st.integers(0, 20), min_size=1, max_size=5, unique=True), data=st.data())
def test_each_of_several_tries_has_its_own_job(starts: list[int], data: st.DataObject) -> None:
    """Tries of a server do not overlap: each is over before the next."""
    begun = [30 * start for start in sorted(starts)]
    launches = [launch(f"try-{each}", each, each + 25, 1) for each in begun]
    jobs = [job(f"job-{each}", each + data.draw(st.integers(0, 20)), 1) for each in begun]

    found = shown(Staging({HOME: jobs}), launches, originals(1))

    assert found == {f"try-{each}": [f"job-{each}"] for each in begun}
