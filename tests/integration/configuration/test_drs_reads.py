"""What DRS has now: source servers, tags resolved, jobs, and the instances that a plan's servers have already."""

from datetime import timedelta
from typing import Any

import pytest

from shared.models.account import AccountStatus
from shared.models.base import format_instant
from shared.models.drs import RecoveryInstance
from shared.models.targets import Target
from tests.integration.configuration.conftest import System, account, codes
from tests.support.configuration import DATABASE, NOW, WEB, server_id

ONE, TWO, THREE = (server_id(number) for number in (1, 2, 3))
PLACE = {"accountId": DATABASE.account_id, "region": DATABASE.region}
ELSEWHERE = {"accountId": "999999999999", "region": "us-west-2"}


@pytest.fixture
def servers(system: System) -> System:
    system.protect(DATABASE, ONE, TWO, tags={"tier": "db"})
    system.protect(DATABASE, THREE, tags={"tier": "web"})
    return system


def fields(answer: dict[str, Any]) -> set[tuple[str, str]]:
    return {(fault["field"], fault["code"]) for fault in answer["details"]["fields"]}


def pages(system: System, operation: str, **parameters: Any) -> list[dict[str, Any]]:
    found, token = [], None
    while True:
        more: dict[str, Any] = {} if token is None else {"nextToken": token}
        answer = system.ask(operation, **parameters, **more)
        assert "error" not in answer, answer
        assert len(answer["items"]) <= parameters.get("limit", 50)
        found += answer["items"]
        token = answer.get("nextToken")
        if token is None:
            return found


@pytest.mark.requirement("SRS-F36")
def test_source_servers_are_paged_and_show_the_group_that_lists_them(servers: System) -> None:
    group_id = servers.group("Databases", sourceServerIds=[ONE])

    found = pages(servers, "get_drs_source_servers", **PLACE, limit=1)

    assert {server["sourceServerId"] for server in found} == {ONE, TWO, THREE}
    by_id = {server["sourceServerId"]: server for server in found}
    assert by_id[ONE]["protectionGroup"] == {"groupId": group_id, "groupName": "Databases"}
    assert "protectionGroup" not in by_id[TWO]
    assert by_id[ONE]["replicationStateDisplay"] == "Ready for recovery"
    assert "launchObstacle" not in by_id[ONE]
    assert by_id[ONE]["tags"] == {"tier": "db"}


def test_named_servers_are_those_that_drs_knows(servers: System) -> None:
    unknown = server_id(99)

    found = servers.ask("get_drs_source_servers", **PLACE, sourceServerIds=[TWO, unknown])["items"]

    assert [server["sourceServerId"] for server in found] == [TWO]


def test_a_token_of_another_place_is_refused(servers: System) -> None:
    token = servers.ask("get_drs_source_servers", **PLACE, limit=1)["nextToken"]

    answer = servers.ask("get_drs_source_servers", accountId=WEB.account_id, region=WEB.region, nextToken=token)

    assert fields(answer) == {("nextToken", "INVALID_NEXT_TOKEN")}


@pytest.mark.parametrize("operation", ["get_drs_source_servers", "list_drs_jobs"])
def test_a_place_that_nobody_may_ask_is_named(system: System, operation: str) -> None:
    assert fields(system.ask(operation, **ELSEWHERE)) == {("accountId", "ACCOUNT_NOT_REGISTERED")}
    assert fields(system.ask(operation, accountId=DATABASE.account_id, region="us-west-9")) == {
        ("region", "UNKNOWN_REGION")
    }
    system.accounts.put(account(DATABASE, AccountStatus.INACTIVE), 1)
    assert fields(system.ask(operation, **PLACE)) == {("accountId", "ACCOUNT_INACTIVE")}


@pytest.mark.parametrize("operation", ["get_drs_source_servers", "list_drs_jobs"])
def test_an_account_that_lets_nobody_in_is_an_error_and_never_an_empty_list(system: System, operation: str) -> None:
    system.sts.missing.add(DATABASE.account_id)

    answer = system.ask(operation, **PLACE)

    assert answer["error"] == "CROSS_ACCOUNT_ERROR"


@pytest.mark.requirement("SRS-F03")
def test_tags_resolve_to_what_a_start_would_take(servers: System) -> None:
    tags = {"tier": "db"}
    group_id = servers.group("By tag", serverSelectionTags=tags)
    plan_id = servers.plan({"waveNumber": 0, "waveName": "Only", "protectionGroupId": group_id})

    resolved = servers.ask("resolve_protection_group_tags", **PLACE, serverSelectionTags=tags)
    checked = servers.call("preflight_recovery_plan", planId=plan_id)

    taken = {server["server"]["sourceServerId"] for server in checked["waves"][0]["servers"]}
    assert {server["sourceServerId"] for server in resolved["items"]} == taken == {ONE, TWO}
    assert resolved["serverCount"] == 2
    assert [
        one["sourceServerId"]
        for one in pages(servers, "resolve_protection_group_tags", **PLACE, serverSelectionTags=tags, limit=1)
    ] == sorted([ONE, TWO])


def test_pages_of_tagged_servers_skip_and_repeat_nothing_when_servers_come_between(system: System) -> None:
    asked = {**PLACE, "serverSelectionTags": {"tier": "db"}, "limit": 1}
    system.protect(DATABASE, TWO, THREE, tags={"tier": "db"})

    first = system.ask("resolve_protection_group_tags", **asked)
    system.protect(DATABASE, ONE, tags={"tier": "db"})
    then = system.ask("resolve_protection_group_tags", **asked, nextToken=first["nextToken"])

    assert [one["sourceServerId"] for one in (*first["items"], *then["items"])] == [TWO, THREE]
    assert "nextToken" not in then


@pytest.mark.parametrize(
    ("tags", "wrong"),
    [
        ({}, ("serverSelectionTags", "OUT_OF_RANGE")),
        ({"": "x"}, ("serverSelectionTags.", "OUT_OF_RANGE")),
        ({"k": "v" * 257}, ("serverSelectionTags.k", "OUT_OF_RANGE")),
    ],
)
def test_tags_that_no_server_can_carry_are_refused(system: System, tags: dict[str, str], wrong: Any) -> None:
    answer = system.ask("resolve_protection_group_tags", **PLACE, serverSelectionTags=tags)

    assert fields(answer) == {wrong}


def launch(system: System, target: Target, *servers: str, tags: dict[str, str]) -> str:
    job = system.drs.start_recovery(
        target, servers, is_drill=True, tags=tags, not_after=system.clock.now() + timedelta(seconds=20)
    )
    return job.job_id


@pytest.mark.requirement("SRS-F38")
def test_jobs_are_listed_newest_first_with_the_execution_that_started_them(servers: System) -> None:
    ours = launch(servers, DATABASE, ONE, tags={"DRSOrchestration:executionId": "exec-1"})
    servers.clock.advance(3600)
    foreign = launch(servers, DATABASE, TWO, tags={})

    found = pages(servers, "list_drs_jobs", **PLACE, limit=1)

    assert [(job["jobId"], job.get("executionId")) for job in found] == [(foreign, None), (ours, "exec-1")]
    assert found[0]["servers"][0]["sourceServerId"] == TWO
    late = format_instant(NOW + timedelta(minutes=30))
    assert [job["jobId"] for job in pages(servers, "list_drs_jobs", **PLACE, fromDate=late)] == [foreign]
    assert [job["jobId"] for job in pages(servers, "list_drs_jobs", **PLACE, toDate=late)] == [ours]
    assert [job["jobId"] for job in pages(servers, "list_drs_jobs", **PLACE, jobIds=[ours])] == [ours]


def test_a_span_of_jobs_does_not_end_before_it_begins(system: System) -> None:
    early, late = format_instant(NOW), format_instant(NOW + timedelta(days=1))

    assert fields(system.ask("list_drs_jobs", **PLACE, fromDate=late, toDate=early)) == {("toDate", "OUT_OF_RANGE")}


def with_instances(system: System) -> str:
    """A plan of two waves, whose first server has an instance."""
    system.protect(WEB, server_id(4))
    first = system.group("Databases", sourceServerIds=[ONE, TWO])
    second = system.group("Web", WEB, sourceServerIds=[server_id(4)])
    launch(system, DATABASE, ONE, tags={"DRSOrchestration:executionId": "exec-1"})
    system.clock.advance(3600)
    return system.plan(
        {"waveNumber": 0, "waveName": "Data", "protectionGroupId": first},
        {"waveNumber": 1, "waveName": "Web", "protectionGroupId": second},
    )


@pytest.mark.requirement("SRS-F20")
def test_instances_that_exist_are_shown_with_wave_job_and_execution(servers: System) -> None:
    plan_id = with_instances(servers)

    answer = servers.ask("check_existing_instances", planId=plan_id)

    [found] = answer["items"]
    assert (found["sourceServerId"], found["waveNumber"], found["executionId"]) == (ONE, 0, "exec-1")
    assert found["isDrill"] is True
    assert answer["serverCount"] == 3
    assert (answer["unread"], answer["findings"]) == ([], [])


@pytest.mark.parametrize(
    ("refused", "told"), [("DescribeSourceServers", "findings"), ("DescribeRecoveryInstances", "unread")]
)
def test_an_account_that_cannot_be_asked_is_named_and_not_taken_for_empty(
    servers: System, refused: str, told: str
) -> None:
    plan_id = with_instances(servers)
    gone = {"kind": "revokedRole", "account": WEB.account_id, "operation": refused, "times": None}
    servers.simulator.add_faults({"faults": [gone]})

    answer = servers.ask("check_existing_instances", planId=plan_id)

    assert {each["accountId"] for each in answer[told]} == {WEB.account_id}
    assert [found["sourceServerId"] for found in answer["items"]] == [ONE]


def test_a_page_asks_for_servers_and_instances_once_and_for_no_jobs_but_those_of_its_instances(
    servers: System,
) -> None:
    plan_id = with_instances(servers)
    before = len(servers.simulator.record.calls())

    first = servers.ask("check_existing_instances", planId=plan_id)

    made = servers.simulator.record.calls()[before:]
    assert sorted((call.operation, call.account) for call in made) == [
        ("DescribeJobs", DATABASE.account_id),
        ("DescribeRecoveryInstances", DATABASE.account_id),
        ("DescribeRecoveryInstances", WEB.account_id),
        ("DescribeSourceServers", DATABASE.account_id),
        ("DescribeSourceServers", WEB.account_id),
    ]
    assert "nextToken" not in first


def test_the_next_page_asks_no_account_of_the_waves_that_were_shown(servers: System) -> None:
    plan_id = with_instances(servers)
    launch(servers, WEB, server_id(4), tags={})
    launch(servers, DATABASE, TWO, tags={})
    servers.clock.advance(3600)
    first = servers.ask("check_existing_instances", planId=plan_id, limit=2)
    before = len(servers.simulator.record.calls())

    second = servers.ask("check_existing_instances", planId=plan_id, limit=2, nextToken=first["nextToken"])

    assert [one["sourceServerId"] for page in (first, second) for one in page["items"]] == [ONE, TWO, server_id(4)]
    assert {call.account for call in servers.simulator.record.calls()[before:]} == {WEB.account_id}
    assert (first["serverCount"], second["serverCount"]) == (3, 3)


def several(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every instance is there three times, as DRS may show a server whose launches overlap."""
    real = system.drs.recovery_instances

    def thrice(target: Target, **which: Any) -> list[RecoveryInstance]:
        return [
            instance.model_copy(update={"recovery_instance_id": f"{instance.recovery_instance_id[:-1]}{number}"})
            for number in (3, 1, 2)
            for instance in real(target, **which)
        ]

    monkeypatch.setattr(system.drs, "recovery_instances", thrice)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 50])
def test_no_page_exceeds_its_limit_where_a_server_has_several_instances(
    servers: System, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    plan_id = with_instances(servers)
    launch(servers, WEB, server_id(4), tags={})
    servers.clock.advance(3600)
    several(servers, monkeypatch)

    found = pages(servers, "check_existing_instances", planId=plan_id, limit=limit)

    ids = [one["recoveryInstanceId"] for one in found]
    assert [one["sourceServerId"] for one in found] == [ONE] * 3 + [server_id(4)] * 3
    assert len(set(ids)) == 6
    assert ids == sorted(ids[:3]) + sorted(ids[3:])


def test_a_server_that_joins_between_two_pages_moves_no_other(servers: System) -> None:
    group_id = servers.group("By tag", serverSelectionTags={"tier": "db"})
    plan_id = servers.plan({"waveNumber": 0, "waveName": "Only", "protectionGroupId": group_id})
    launch(servers, DATABASE, ONE, TWO, tags={})
    servers.clock.advance(3600)
    first = servers.ask("check_existing_instances", planId=plan_id, limit=1)

    servers.protect(DATABASE, server_id(0), tags={"tier": "db"})
    second = servers.ask("check_existing_instances", planId=plan_id, limit=1, nextToken=first["nextToken"])

    assert [one["sourceServerId"] for page in (first, second) for one in page["items"]] == [ONE, TWO]


def test_an_execution_that_cannot_be_looked_up_is_named_too(servers: System) -> None:
    plan_id = with_instances(servers)
    busy = {"kind": "revokedRole", "account": DATABASE.account_id, "operation": "DescribeJobs", "times": None}
    servers.simulator.add_faults({"faults": [busy]})

    answer = servers.ask("check_existing_instances", planId=plan_id)

    assert [one["accountId"] for one in answer["unread"]] == [DATABASE.account_id]
    assert "executionId" not in answer["items"][0]


def test_a_plan_that_does_not_exist_is_not_found(system: System) -> None:
    assert system.ask("check_existing_instances", planId="none")["error"] == "RESOURCE_NOT_FOUND"


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("get_ec2_subnets", {"region": "us-gov-west-1"}),
        ("get_drs_quotas", {"region": "us-gov-west-1"}),
        ("validate_target_account", {"accountId": DATABASE.account_id, "regions": ["us-gov-west-1"]}),
        ("discover_staging_accounts", {"accountId": DATABASE.account_id, "regions": ["us-gov-west-1"]}),
        (
            "validate_staging_account",
            {"accountId": "777788889999", "externalId": "secret-of-it", "regions": ["us-gov-west-1"]},
        ),
    ],
)
def test_a_region_of_another_partition_is_none_that_is_known(
    system: System, operation: str, fields: dict[str, Any]
) -> None:
    refused = system.ask(operation, **fields)

    assert set(codes(refused).values()) == {"UNKNOWN_REGION"}
    wrong = system.ask(operation, **fields, nosuch=1)
    assert set(codes(wrong).values()) == {"UNKNOWN_REGION", "UNKNOWN_FIELD"}
