"""What DRS must say before the servers of an abandoned job are let go: nothing less than a proof."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.drs_utils import EXECUTION_TAG, LAUNCH_TAG
from shared.engine.abandoned import Evidence, Fate, by_id, launched_words, without_id
from shared.models.drs import Job, JobListing, JobStatus, JobType, Participant, ParticipantStatus, SourceServer
from shared.models.launch import LaunchedServer, LaunchRecord, LaunchState
from tests.support.stage import BOUNDS, START, TARGET, server_key

SERVER = server_key(1).source_server_id
LATE = START + timedelta(hours=7)


def launch(job_id: str | None = None) -> LaunchRecord:
    """An abandoned launch of one server, begun at the start."""
    return LaunchRecord(
        execution_id="exec-1",
        plan_id="plan-1",
        launch_id="exec-1-3-0",
        wave_number=0,
        target=TARGET,
        servers=(LaunchedServer(source_server_id=SERVER, attempt=1),),
        state=LaunchState.STARTED if job_id else LaunchState.OPEN,
        job_id=job_id,
        intent_at=START,
        not_after=START + BOUNDS.not_after,
        abandoned_at=LATE,
    )


def job(job_id: str = "job-1", **different: Any) -> Job:
    """A running job of the launch's time and server, without tags."""
    fields: dict[str, Any] = {
        "type": JobType.LAUNCH,
        "status": JobStatus.STARTED,
        "created_at": START + timedelta(seconds=3),
        "participants": (Participant(source_server_id=SERVER, status=ParticipantStatus.PENDING),),
    }
    return Job(job_id=job_id, **fields | different)


def listed(*jobs: Job, began_at: Any = LATE) -> JobListing:
    return JobListing(began_at=began_at, jobs=jobs)


def source(**different: Any) -> SourceServer:
    fields: dict[str, Any] = {"last_launch_job_id": "job-9", "last_launch_initiated_at": START, "arn": "arn"}
    return SourceServer(source_server_id=SERVER, **fields | different)


def fate(of: LaunchRecord, *jobs: Job, **more: Any) -> Fate:
    """What a listing of its time says, with further evidence."""
    began_at = more.pop("began_at", LATE)
    return without_id(of, Evidence(listed(*jobs, began_at=began_at), **more), BOUNDS).fate


def test_a_job_of_its_id_runs_until_it_is_completed() -> None:
    running = by_id(launch("job-1"), listed(job()))
    ended = by_id(launch("job-1"), listed(job(status=JobStatus.COMPLETED)))

    assert running is not None and running.fate is Fate.RUNS
    assert ended is not None and ended.fate is Fate.ENDED
    assert by_id(launch("job-1"), listed(job("job-2"))) is None
    assert by_id(launch(), listed(job())) is None


def test_a_job_with_its_tag_is_its_own_whatever_else_is_there() -> None:
    own = job("job-2", tags={LAUNCH_TAG: "exec-1-3-0"})

    assert fate(launch(), job(), own) is Fate.FOUND
    assert fate(launch(), job("job-2"), tags={"job-2": {LAUNCH_TAG: "exec-1-3-0"}}) is Fate.FOUND


def test_an_empty_listing_that_began_late_enough_is_a_proof() -> None:
    assert fate(launch()) is Fate.ABSENT
    assert fate(launch("job-1")) is Fate.ABSENT


@pytest.mark.parametrize("seconds", [0, 20, 175])
def test_one_that_began_while_the_call_may_still_be_carried_out_is_none(seconds: int) -> None:
    assert fate(launch(), began_at=START + timedelta(seconds=seconds)) is Fate.RUNS


@pytest.mark.parametrize(
    ("different", "expected"),
    [
        ({}, Fate.RUNS),
        ({"participants": ()}, Fate.RUNS),
        ({"created_at": None}, Fate.RUNS),
        ({"created_at": START - timedelta(seconds=34)}, Fate.RUNS),
        ({"created_at": START - timedelta(seconds=36)}, Fate.ABSENT),
        ({"created_at": START + timedelta(seconds=176)}, Fate.ABSENT),
        ({"status": JobStatus.COMPLETED}, Fate.ABSENT),
        ({"type": JobType.TERMINATE}, Fate.ABSENT),
        ({"tags": {EXECUTION_TAG: "exec-2", LAUNCH_TAG: "exec-2-1-0"}}, Fate.ABSENT),
        ({"participants": (Participant(source_server_id=server_key(2).source_server_id),)}, Fate.ABSENT),
    ],
)
def test_a_running_job_that_may_be_its_own_keeps_its_servers(different: dict[str, Any], expected: Fate) -> None:
    assert fate(launch(), job(**different)) is expected


@pytest.mark.parametrize("evidence", [{"unread": {"job-1": "denied"}}, {"tags": {"job-1": {}}}])
def test_a_job_whose_tags_have_told_before_that_it_is_not_its_own_never_is(evidence: dict[str, Any]) -> None:
    lost = launch().model_copy(update={"strangers": ("job-1",)})
    twin = job(initiated_by="START_DRILL")

    assert fate(launch(), twin, **evidence) is not Fate.ABSENT
    assert fate(lost, twin, **evidence) is Fate.ABSENT


def test_a_job_that_another_launch_accounts_for_is_not_its_own() -> None:
    assert fate(launch(), job(), ids=frozenset({"job-1"})) is Fate.ABSENT


@pytest.mark.parametrize(
    ("different", "expected"),
    [
        ({"last_launch_status": "PENDING"}, Fate.RUNS),
        ({"last_launch_status": "IN_PROGRESS"}, Fate.RUNS),
        ({"last_launch_status": "LAUNCHED"}, Fate.ABSENT),
        ({"last_launch_status": "FAILED"}, Fate.ABSENT),
        ({"last_launch_status": "PENDING", "last_launch_initiated_at": START - timedelta(seconds=36)}, Fate.ABSENT),
        ({"last_launch_status": "PENDING", "last_launch_initiated_at": None}, Fate.ABSENT),
    ],
)
def test_a_server_that_reports_an_unfinished_launch_that_no_listing_shows_is_kept(
    different: dict[str, Any], expected: Fate
) -> None:
    assert fate(launch("job-9"), sources=[source(**different)]) is expected
    assert fate(launch(), sources=[source(**different)]) is expected


def test_a_server_whose_launch_is_listed_or_known_is_not() -> None:
    unfinished = source(last_launch_status="PENDING")

    assert fate(launch(), job("job-9", status=JobStatus.COMPLETED), sources=[unfinished]) is Fate.ABSENT
    assert fate(launch(), sources=[unfinished], ids=frozenset({"job-9"})) is Fate.ABSENT


def test_how_many_servers_a_job_launched_is_told() -> None:
    both = (
        Participant(source_server_id=SERVER, status=ParticipantStatus.LAUNCHED),
        Participant(source_server_id="s-2", status=ParticipantStatus.FAILED),
    )

    assert launched_words(job(participants=both)) == "1 of 2 servers launched"


def nameless(job_id: str, **different: Any) -> Job:
    """A job that somebody began as we do, with just the launch's server, and that shows no tags at all."""
    return job(job_id, initiated_by="START_DRILL", **different)


def test_where_jobs_show_no_tags_the_only_one_with_its_servers_is_its_own() -> None:
    running, ended = nameless("job-2"), nameless("job-2", status=JobStatus.COMPLETED)

    assert fate(launch(), running) is Fate.FOUND
    assert fate(launch(), ended) is Fate.FOUND
    assert fate(launch(), running, is_drill=False) is Fate.RUNS, "it was not begun as we call"


def test_two_that_may_both_be_its_own_keep_its_servers_until_both_have_ended() -> None:
    ended = [nameless(name, status=JobStatus.COMPLETED) for name in ("job-2", "job-3")]

    assert fate(launch(), nameless("job-2"), ended[1]) is Fate.RUNS
    finding = without_id(launch(), Evidence(listed(*ended)), BOUNDS)
    assert finding.fate is Fate.ABSENT
    assert "job-2 and job-3 may both be" in finding.reason


def test_a_job_whose_tags_may_not_be_read_holds_its_servers_while_it_runs_however_late_it_began() -> None:
    late = START + timedelta(hours=3)
    running, ended = job(created_at=late), job(created_at=late, status=JobStatus.COMPLETED)
    unread = {"job-1": "ListTagsForResource: denied"}

    assert fate(launch(), running, unread=unread) is Fate.RUNS
    assert fate(launch(), job("job-1", participants=()), unread=unread) is Fate.RUNS
    assert fate(launch(), ended, unread=unread) is Fate.ABSENT
    assert fate(launch(), running, unread={"job-2": "denied"}) is Fate.ABSENT
    assert fate(launch(), running, unread=unread, ids=frozenset({"job-1"})) is Fate.ABSENT


def test_a_job_whose_tags_may_not_be_read_is_not_taken_for_its_own() -> None:
    ended = job(status=JobStatus.COMPLETED, initiated_by="START_DRILL")
    assert fate(launch(), ended) is Fate.FOUND

    assert fate(launch(), ended, unread={"job-1": "denied"}) is Fate.ABSENT
