"""Filters, order and pages of every listing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_args

import pytest
from botocore.validate import validate_parameters
from hypothesis import given
from hypothesis import strategies as st

from local.drs_simulator import PageSizes, RateLimits, ReplicationSpec, Settings, SourceServerSpec
from local.drs_simulator.estate import ReplicationState
from local.drs_simulator.shapes import Compiler, Violation
from local.drs_simulator.wire import service_model
from tests.support.drs_rehearsal import ACCOUNT, REGION, START, Rehearsal


@given(count=st.integers(0, 40), size=st.none() | st.integers(1, 50), order=st.lists(st.integers(1, 9), min_size=1))
def test_pages_show_everything_exactly_once(count: int, size: int | None, order: list[int]) -> None:
    sizes = PageSizes(without_limit=tuple(order))
    rehearsal = Rehearsal(Settings(rate_limits=RateLimits(enabled=False), page_sizes=sizes))
    rehearsal.simulator.initialize(ACCOUNT, REGION)
    servers = rehearsal.protect(count)

    limit: Any = {"PageSize": size}
    pages = list(rehearsal.drs.get_paginator("describe_source_servers").paginate(PaginationConfig=limit))

    assert [item["sourceServerID"] for page in pages for item in page["items"]] == servers
    assert all(len(page["items"]) <= (size or max(order)) for page in pages)


def list_all(rehearsal: Rehearsal, operation: str, **asked: Any) -> list[Any]:
    paginator: Any = rehearsal.drs.get_paginator(operation)  # type: ignore[call-overload]
    return [item for page in paginator.paginate(**asked) for item in page["items"]]


def test_every_listing_is_longer_than_its_first_page(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(12)
    jobs = [rehearsal.start([server]) for server in servers]
    rehearsal.finish_jobs()
    drs = rehearsal.drs
    first_pages: dict[str, Callable[[], Any]] = {
        "describe_source_servers": drs.describe_source_servers,
        "describe_jobs": drs.describe_jobs,
        "describe_recovery_instances": drs.describe_recovery_instances,
        "describe_recovery_snapshots": lambda: drs.describe_recovery_snapshots(sourceServerID=servers[0]),
        "describe_job_log_items": lambda: drs.describe_job_log_items(jobID=jobs[0], maxResults=3),
    }

    assert all("nextToken" in ask() for ask in first_pages.values())
    assert len(list_all(rehearsal, "describe_jobs")) == 12
    assert len(list_all(rehearsal, "describe_recovery_instances")) == 12
    assert len(list_all(rehearsal, "describe_job_log_items", jobID=jobs[0])) == 7
    assert len(list_all(rehearsal, "describe_recovery_snapshots", sourceServerID=servers[0])) > 30


def test_a_job_that_starts_between_two_pages_moves_nothing(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(7)
    jobs = [rehearsal.start([server]) for server in servers[:6]]
    first = rehearsal.drs.describe_jobs(maxResults=3)
    rehearsal.start([servers[6]])

    second = rehearsal.drs.describe_jobs(maxResults=3, nextToken=first["nextToken"])

    assert [job["jobID"] for job in first["items"] + second["items"]] == jobs[::-1]


def test_an_instance_that_goes_between_two_pages_moves_nothing(rehearsal: Rehearsal) -> None:
    rehearsal.launch(rehearsal.protect(4))
    everything = [item["recoveryInstanceID"] for item in rehearsal.instances()]
    first = rehearsal.drs.describe_recovery_instances(maxResults=2)
    rehearsal.drs.terminate_recovery_instances(recoveryInstanceIDs=everything[:2])
    rehearsal.finish_jobs()

    second = rehearsal.drs.describe_recovery_instances(maxResults=2, nextToken=first["nextToken"])

    assert [item["recoveryInstanceID"] for item in second["items"]] == everything[2:]


@pytest.mark.parametrize("forge", [lambda token: "x", lambda token: token[:-4] + "AAAA", lambda token: "\u00e9" * 8])
def test_a_token_that_was_never_given_is_refused(rehearsal: Rehearsal, forge: Callable[[str], str]) -> None:
    rehearsal.protect(9)
    drs = rehearsal.drs
    token = drs.describe_source_servers(maxResults=2)["nextToken"]

    with pytest.raises(drs.exceptions.ValidationException):
        drs.describe_source_servers(maxResults=2, nextToken=forge(token))


def test_a_token_belongs_to_its_filters(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(9)
    drs = rehearsal.drs
    token = drs.describe_source_servers(maxResults=2)["nextToken"]

    with pytest.raises(drs.exceptions.ValidationException):
        drs.describe_source_servers(filters={"sourceServerIDs": servers}, nextToken=token)


def test_jobs_come_newest_first_and_between_two_dates(rehearsal: Rehearsal) -> None:
    jobs = []
    for server in rehearsal.protect(4):
        jobs.append(rehearsal.start([server]))
        rehearsal.wait(60)
    since, until = ((START + timedelta(seconds=at)).isoformat()[:19] + "Z" for at in (60, 120))

    assert [job["jobID"] for job in list_all(rehearsal, "describe_jobs")] == jobs[::-1]
    found = list_all(rehearsal, "describe_jobs", filters={"fromDate": since, "toDate": until})
    assert [job["jobID"] for job in found] == [jobs[2], jobs[1]]


def test_unknown_ids_are_not_there_and_no_error(rehearsal: Rehearsal) -> None:
    rehearsal.launch(rehearsal.protect())
    drs = rehearsal.drs

    assert drs.describe_jobs(filters={"jobIDs": ["drsjob-" + "0" * 17]})["items"] == []
    assert drs.describe_source_servers(filters={"sourceServerIDs": ["s-" + "0" * 17]})["items"] == []
    assert drs.describe_recovery_instances(filters={"recoveryInstanceIDs": ["i-" + "0" * 17]})["items"] == []
    assert drs.describe_job_log_items(jobID="drsjob-" + "0" * 17)["items"] == []


def test_servers_are_found_by_staging_account_and_by_hardware(rehearsal: Rehearsal) -> None:
    [local] = rehearsal.protect(hostname="local", hardware_id="serial-7")
    [extended] = rehearsal.protect(hostname="extended", staging_account_id="999900001111")
    [machine] = rehearsal.protect(hostname="cloud", origin="ec2", origin_instance_id="i-0123456789abcdef0")

    def found(**filters: Any) -> list[str]:
        return [item["sourceServerID"] for item in list_all(rehearsal, "describe_source_servers", filters=filters)]

    assert found(stagingAccountIDs=["999900001111"]) == [extended]
    assert found(stagingAccountIDs=[ACCOUNT]) == [local, machine]
    assert found(hardwareId="serial-7") == [local]
    assert found(hardwareId="i-0123456789abcdef0") == [machine]


def test_instances_are_found_by_id_and_by_server(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(3)
    rehearsal.launch(servers)
    owner = {item["recoveryInstanceID"]: item["sourceServerID"] for item in rehearsal.instances()}
    wanted = next(iter(owner))

    by_id = list_all(rehearsal, "describe_recovery_instances", filters={"recoveryInstanceIDs": [wanted]})
    by_server = list_all(rehearsal, "describe_recovery_instances", filters={"sourceServerIDs": [owner[wanted]]})

    assert by_id == by_server
    assert [item["recoveryInstanceID"] for item in by_id] == [wanted]


def test_snapshots_come_in_the_order_and_window_asked_for(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    day_ago = (START - timedelta(days=1)).isoformat()[:19] + "Z"

    def times(**asked: Any) -> list[str]:
        found = list_all(rehearsal, "describe_recovery_snapshots", sourceServerID=server_id, **asked)
        return [item["timestamp"] for item in found]

    rising, falling = times(order="ASC"), times(order="DESC")
    assert rising == sorted(rising) == falling[::-1] == times()[:]
    assert len(set(rising)) == len(rising)
    recent, old = times(filters={"fromDateTime": day_ago}), times(filters={"toDateTime": day_ago})
    assert old + recent == rising
    assert recent
    assert old


def test_snapshots_of_an_unknown_server_are_refused(rehearsal: Rehearsal) -> None:
    rehearsal.protect()
    drs = rehearsal.drs

    with pytest.raises(drs.exceptions.ResourceNotFoundException):
        drs.describe_recovery_snapshots(sourceServerID="s-" + "0" * 17)


STATES = get_args(ReplicationState)


@pytest.mark.parametrize("state", STATES)
def test_every_replication_state_is_shown_as_the_model_has_it(rehearsal: Rehearsal, state: Any) -> None:
    [server_id] = rehearsal.protect(
        replication=ReplicationSpec(
            state=state, lag_seconds=75, replicated_percent=50, error="AGENT_NOT_SEEN", raw_error="silent"
        )
    )
    rehearsal.wait(60)

    answer: Any = dict(rehearsal.drs.describe_source_servers())
    del answer["ResponseMetadata"]
    shape = service_model().operation_model("DescribeSourceServers").output_shape
    assert shape is not None
    validate_parameters(answer, shape)
    info = rehearsal.server(server_id)["dataReplicationInfo"]
    assert info["dataReplicationState"] == state
    grows = state in {"STALLED", "DISCONNECTED", "PAUSED"}
    assert info["lagDuration"] == ("PT135S" if grows else "PT75S")


@pytest.mark.parametrize("origin", ["physical", "vm", "ec2"])
def test_a_server_shows_its_origin(rehearsal: Rehearsal, origin: Any) -> None:
    [server_id] = rehearsal.protect(origin=origin, vmware_uuid="42", ip_addresses=("10.0.0.4",))

    server = rehearsal.server(server_id)
    rehearsal.launch([server_id])

    hints = server["sourceProperties"]["identificationHints"]
    assert ("vmWareUuid" in hints) is (origin == "vm")
    assert ("awsInstanceID" in hints) is ("sourceCloudProperties" in server) is (origin == "ec2")
    assert rehearsal.instances()[0]["originEnvironment"] == ("AWS" if origin == "ec2" else "ON_PREMISES")


def test_an_answer_that_does_not_fit_its_shape_never_leaves_the_simulator() -> None:
    shape = service_model().operation_model("DescribeJobs").output_shape
    assert shape is not None
    check = Compiler(strict=True).compile(shape)

    answers: list[Any] = [{"jobs": []}, {"items": [{}]}, {"items": [{"jobID": "drsjob-1"}]}, {"items": "none"}]
    for wrong in answers:
        with pytest.raises(Violation):
            check(wrong)


def test_a_server_id_that_is_taken_is_refused(rehearsal: Rehearsal) -> None:
    spec = SourceServerSpec(hostname="web", source_server_id="s-" + "a" * 17)
    rehearsal.simulator.add_source_server(ACCOUNT, REGION, spec)

    with pytest.raises(ValueError, match="exists"):
        rehearsal.simulator.add_source_server(ACCOUNT, REGION, spec)
