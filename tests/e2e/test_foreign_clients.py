"""Clients that know nothing of us: the real AWS CLI and boto3's paginators, against the simulated DRS."""

import json
from typing import Any, Final

import pytest

from local.accounts import session_credentials
from local.aws_cli import Finished, run_shell
from shared.models.targets import Target
from tests.e2e.accounts import DATABASE_ACCOUNT
from tests.e2e.hub import Hub
from tests.e2e.waiting import eventually

REGION: Final = "us-east-2"
"""A region of their own: what is listed there is theirs alone."""
TARGET: Final = Target(account_id=DATABASE_ACCOUNT, region=REGION)

MANY: Final = 12
"""More than any page that DRS answers unasked."""


@pytest.fixture(scope="module")
def servers(hub: Hub) -> list[str]:
    """Many servers, by their ids in the order of their names."""
    return hub.drs.protect(TARGET, *(f"foreign-{number:02d}" for number in range(MANY)), tags={"Tier": "foreign"})


@pytest.fixture(scope="module")
def cli_job(hub: Hub, servers: list[str]) -> dict[str, Any]:
    """The job of a drill of three servers that the CLI started, once it has ended."""
    started = _cli(
        hub,
        f"aws drs start-recovery --is-drill --source-servers {_sources(servers[:3])} --tags Who=cli --region {REGION}",
    )
    job_id = started["job"]["jobID"]
    ended = eventually(lambda: _ended(hub, job_id), f"job {job_id} should end")
    return {"started": started["job"], "ended": ended}


@pytest.fixture(scope="module")
def jobs(hub: Hub, servers: list[str], cli_job: dict[str, Any]) -> list[str]:
    """The ids of many jobs, one per server besides the CLI's; all have ended."""
    drs = _drs(hub)
    ids = [cli_job["ended"]["jobID"]]
    for server in servers[3:]:
        ids.append(drs.start_recovery(sourceServers=[{"sourceServerID": server}], isDrill=True)["job"]["jobID"])
    for job_id in ids:
        eventually(lambda job_id=job_id: _ended(hub, job_id), f"job {job_id} should end")  # type: ignore[misc]
    return ids


def test_the_cli_lists_all_source_servers(hub: Hub, servers: list[str]) -> None:
    listed = _cli(hub, f"aws drs describe-source-servers --region {REGION}")["items"]

    assert sorted(server["sourceServerID"] for server in listed) == sorted(servers)
    assert {server["dataReplicationInfo"]["dataReplicationState"] for server in listed} == {"CONTINUOUS"}


def test_the_cli_starts_a_drill_and_sees_its_job_end(cli_job: dict[str, Any], servers: list[str]) -> None:
    started, ended = cli_job["started"], cli_job["ended"]

    assert (started["status"], started["type"], started["initiatedBy"]) == ("PENDING", "LAUNCH", "START_DRILL")
    assert started["tags"] == {"Who": "cli"}
    assert ended["status"] == "COMPLETED"
    statuses = {each["sourceServerID"]: each["launchStatus"] for each in ended["participatingServers"]}
    assert statuses == dict.fromkeys(servers[:3], "LAUNCHED")


def test_the_cli_reads_the_jobs_log(hub: Hub, cli_job: dict[str, Any], servers: list[str]) -> None:
    job_id = cli_job["ended"]["jobID"]

    log = _cli(hub, f"aws drs describe-job-log-items --job-id {job_id} --region {REGION}")["items"]

    assert (log[0]["event"], log[-1]["event"]) == ("JOB_START", "JOB_END")
    launched = {item["eventData"]["sourceServerID"] for item in log if item["event"] == "LAUNCH_START"}
    assert launched == set(servers[:3])


@pytest.mark.usefixtures("servers")
def test_the_cli_is_told_what_is_wrong_in_the_words_of_drs(hub: Hub) -> None:
    finished = _type(
        hub, f"aws drs start-recovery --source-servers sourceServerID=s-0123456789abcdef0 --region {REGION}"
    )

    assert finished.code != 0
    assert "ValidationException" in finished.errors and "StartRecovery" in finished.errors


def test_paginators_list_every_item_once(hub: Hub, servers: list[str], jobs: list[str]) -> None:
    drs = _drs(hub)

    assert _all(drs, "describe_source_servers", "sourceServerID") == sorted(servers)
    assert _all(drs, "describe_source_servers", "sourceServerID", maxResults=5) == sorted(servers)
    assert _all(drs, "describe_jobs", "jobID") == sorted(jobs)
    assert _all(drs, "describe_jobs", "jobID", maxResults=2) == sorted(jobs)
    instances = _all(drs, "describe_recovery_instances", "sourceServerID")
    assert instances == sorted(servers)
    assert _all(drs, "describe_recovery_instances", "sourceServerID", maxResults=1) == instances
    for job_id in jobs[:2]:
        events = [item["event"] for item in _items(drs, "describe_job_log_items", jobID=job_id)]
        assert len(events) > 5 and (events[0], events[-1]) == ("JOB_START", "JOB_END")
        assert [item["event"] for item in _items(drs, "describe_job_log_items", jobID=job_id, maxResults=1)] == events
    snapshots = _items(drs, "describe_recovery_snapshots", sourceServerID=servers[0])
    ids = [snapshot["snapshotID"] for snapshot in snapshots]
    assert len(ids) > 10 and len(set(ids)) == len(ids)


def test_no_listing_fits_into_one_page(hub: Hub, servers: list[str], jobs: list[str]) -> None:
    drs = _drs(hub)

    for answer in (
        drs.describe_source_servers(),
        drs.describe_jobs(),
        drs.describe_recovery_instances(),
        drs.describe_job_log_items(jobID=jobs[0]),
        drs.describe_recovery_snapshots(sourceServerID=servers[0]),
    ):
        assert answer["nextToken"]


def _drs(hub: Hub) -> Any:
    return hub.system.client("drs", DATABASE_ACCOUNT, REGION)


def _items(drs: Any, listing: str, **asked: Any) -> list[dict[str, Any]]:
    return [item for page in drs.get_paginator(listing).paginate(**asked) for item in page["items"]]


def _all(drs: Any, listing: str, key: str, **asked: Any) -> list[str]:
    return sorted(item[key] for item in _items(drs, listing, **asked))


def _ended(hub: Hub, job_id: str) -> dict[str, Any] | None:
    (job,) = _drs(hub).describe_jobs(filters={"jobIDs": [job_id]})["items"]
    return dict(job) if job["status"] == "COMPLETED" else None


def _sources(server_ids: list[str]) -> str:
    return " ".join(f"sourceServerID={server_id}" for server_id in server_ids)


def _type(hub: Hub, command: str) -> Finished:
    """Run a command in a terminal of the target account."""
    keys = session_credentials(f"arn:aws:iam::{DATABASE_ACCOUNT}:role/Operator", "foreign", REGION)
    return run_shell(f"{command}\n", {**hub.system.environment(), **keys}, seconds=120)


def _cli(hub: Hub, command: str) -> dict[str, Any]:
    """What a command of the CLI in the target account prints."""
    finished = _type(hub, f"{command} --output json")
    assert finished.code == 0, finished.errors
    answer: dict[str, Any] = json.loads(finished.output)
    return answer
