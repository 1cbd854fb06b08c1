"""Preflight of servers that are launched into instances: what will be replaced, and every way in which it cannot be."""

from __future__ import annotations

from typing import Any, cast

import pytest

from local.drs_simulator.prepared import PreparedInstance
from shared.errors import CrossAccountError, DrsServiceError
from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_plans import wave
from tests.support.configuration import DATABASE, WEB, server_id
from tests.support.ec2_choices import ChoicesOfTest
from tests.support.findings import telling

ONE, TWO = server_id(1), server_id(2)
INTO = "i-0123456789abcdef0"
OTHER = "i-0123456789abcdef1"
TAGGED = {"AWSDRS": "AllowLaunchingIntoThisInstance"}


def choices(system: System) -> ChoicesOfTest:
    """What plays EC2 for the product."""
    return cast(ChoicesOfTest, system.choices)


def prepare(system: System, instance_id: str = INTO, name: str = "", **said: Any) -> PreparedInstance:
    """An instance in the account of the databases, unless another is said."""
    account = said.pop("account", DATABASE.account_id)
    tags = {**said.pop("tags", TAGGED), **({"Name": name} if name else {})}
    instance = PreparedInstance(
        instance_id, account, DATABASE.region, tags=tags, private_address="10.1.0.20", volumes=("vol-1",), **said
    )
    choices(system).ec2.prepare(instance)
    return instance


def own(server: str, instance_id: str = INTO) -> dict[str, Any]:
    return {
        "sourceServerId": server,
        "launchTemplate": {"launchIntoInstanceProperties": {"launchIntoEc2InstanceId": instance_id}},
    }


def by_id(system: System, *servers: tuple[str, str]) -> str:
    """A plan of servers with the id of an instance each, and of their group."""
    ids = [server for server, _ in servers]
    system.protect(DATABASE, *ids)
    return system.plan(wave(0, system.group("Databases", sourceServerIds=ids, servers=[own(*one) for one in servers])))


def by_name(system: System, *servers: str, **group: Any) -> str:
    """A plan of servers that find their instances by name."""
    system.protect(DATABASE, *servers)
    ids = list(servers)
    return system.plan(wave(0, system.group("Databases", sourceServerIds=ids, launchIntoMatching="NAME", **group)))


def faults(report: dict[str, Any]) -> dict[str, list[str]]:
    """The codes by server of the one finding about instances."""
    [finding] = [each for each in telling(report) if each["code"] == "LAUNCH_INTO_TARGET"]
    assert finding["outcome"] == "FAIL"
    assert report["canStart"] is False
    return {server: [each["code"] for each in told] for server, told in finding["details"]["servers"].items()}


def outcome(report: dict[str, Any]) -> str:
    [line] = [each for each in report["checks"] if each["code"] == "LAUNCH_INTO_TARGET"]
    return str(line["outcome"])


def test_it_says_what_will_be_replaced(system: System) -> None:
    prepare(system, name="db-1")

    report = system.ask("preflight_recovery_plan", planId=by_id(system, (ONE, INTO)))

    assert report["canStart"] is True
    assert telling(report) == []
    assert outcome(report) == "PASS"
    [replaced] = report["replacedInstances"]
    assert replaced["groupId"]
    assert {name: value for name, value in replaced.items() if name != "groupId"} == {
        "sourceServerId": ONE,
        "serverName": "host-00001",
        "accountId": DATABASE.account_id,
        "region": DATABASE.region,
        "waveNumber": 0,
        "instanceId": INTO,
        "instanceName": "db-1",
        "privateAddress": "10.1.0.20",
        "volumeIds": ["vol-1"],
    }


def test_instances_are_found_by_the_names_of_their_servers(system: System) -> None:
    prepare(system, name="host-00001")
    prepare(system, OTHER, name="host-00002")

    report = system.ask("preflight_recovery_plan", planId=by_name(system, ONE, TWO))

    found = {one["sourceServerId"]: one["instanceId"] for one in report["replacedInstances"]}
    assert found == {ONE: INTO, TWO: OTHER}
    assert choices(system).asked == {"open_instances": 1}


def test_a_server_that_says_null_is_launched_as_ever(system: System) -> None:
    prepare(system, name="host-00001")
    left = {"sourceServerId": TWO, "launchTemplate": {"launchIntoInstanceProperties": None}}

    report = system.ask("preflight_recovery_plan", planId=by_name(system, ONE, TWO, servers=[left]))

    assert report["canStart"] is True
    assert [one["sourceServerId"] for one in report["replacedInstances"]] == [ONE]


def test_a_plan_of_which_nobody_is_launched_into_anything_asks_only_what_was_prepared(system: System) -> None:
    system.protect(DATABASE, ONE)
    plan = system.plan(wave(0, system.group("Databases", sourceServerIds=[ONE])))

    report = system.ask("preflight_recovery_plan", planId=plan)

    assert report["replacedInstances"] == []
    assert "LAUNCH_INTO_TARGET" not in {each["code"] for each in report["checks"]}
    assert choices(system).asked == {"open_instances": 1}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"state": "running"}, "LAUNCH_INTO_NOT_STOPPED"),
        ({"state": "stopping"}, "LAUNCH_INTO_NOT_STOPPED"),
        ({"state": "terminated"}, "LAUNCH_INTO_NOT_FOUND"),
        ({"tags": {}}, "LAUNCH_INTO_NOT_ALLOWED"),
        ({"platform": "windows"}, "LAUNCH_INTO_UNFIT"),
        ({"architecture": "arm64"}, "LAUNCH_INTO_UNFIT"),
    ],
)
def test_an_instance_that_will_not_do_is_refused_before_anything_starts_and_mended_it_is_not(
    system: System, changed: dict[str, Any], code: str
) -> None:
    instance = prepare(system)
    plan = by_id(system, (ONE, INTO))
    before = {name: getattr(instance, name) for name in changed}
    for name, value in changed.items():
        setattr(instance, name, value)

    refused = system.ask("preflight_recovery_plan", planId=plan)
    for name, value in before.items():
        setattr(instance, name, value)
    mended = system.ask("preflight_recovery_plan", planId=plan)

    assert faults(refused) == {ONE: [code]}
    assert refused["replacedInstances"] == []
    assert outcome(refused) == "FAIL"
    assert mended["canStart"] is True


def test_an_instance_of_another_account_is_not_there(system: System) -> None:
    prepare(system)
    plan = by_id(system, (ONE, INTO))
    choices(system).ec2.targets.clear()
    prepare(system, account=WEB.account_id)

    report = system.ask("preflight_recovery_plan", planId=plan)

    assert faults(report) == {ONE: ["LAUNCH_INTO_NOT_FOUND"]}
    [finding] = telling(report)
    assert f"there is no {INTO} in {DATABASE}" in finding["message"]


def test_names_that_fit_none_or_several_are_refused(system: System) -> None:
    prepare(system, name="host-00001")
    prepare(system, OTHER, name="host-00001")

    report = system.ask("preflight_recovery_plan", planId=by_name(system, ONE, TWO))

    assert faults(report) == {ONE: ["LAUNCH_INTO_AMBIGUOUS"], TWO: ["LAUNCH_INTO_NOT_FOUND"]}


def test_two_servers_of_a_plan_for_one_instance_are_refused(system: System) -> None:
    prepare(system, name="host-00002")
    first = by_id(system, (ONE, INTO))
    system.protect(DATABASE, TWO)
    second = system.group("Others", sourceServerIds=[TWO], launchIntoMatching="NAME")
    group = system.plans.get(first).group_ids[0]

    report = system.ask("preflight_recovery_plan", planId=system.plan(wave(0, group), wave(1, second), name="Both"))

    found = [each for each in telling(report) if each["code"] == "LAUNCH_INTO_TARGET"]
    assert [sorted(each["details"]["servers"]) for each in found] == [[ONE], [TWO]]
    assert report["canStart"] is False


@pytest.mark.parametrize(
    ("error", "comes_out"),
    [
        (DrsServiceError("throttled", drsCode="RequestLimitExceeded", httpStatus=503), "UNKNOWN"),
        (DrsServiceError("not authorized", drsCode="UnauthorizedOperation", httpStatus=403), "FAIL"),
        (CrossAccountError("the role cannot be assumed"), "FAIL"),
    ],
)
def test_what_nobody_could_look_at_is_no_pass(system: System, error: Exception, comes_out: str) -> None:
    prepare(system)
    plan = by_id(system, (ONE, INTO))

    def refuse(_target: object, _service: object) -> None:
        raise error

    choices(system).enter = refuse
    report = system.ask("preflight_recovery_plan", planId=plan)

    assert outcome(report) == comes_out
    assert report["canStart"] is False
    assert report["replacedInstances"] == []


def test_where_drs_cannot_be_asked_the_instances_are_unknown_too(system: System) -> None:
    prepare(system)
    plan = by_id(system, (ONE, INTO))
    system.simulator.set_region(DATABASE.account_id, DATABASE.region, "denied")

    report = system.ask("preflight_recovery_plan", planId=plan)

    assert outcome(report) == "UNKNOWN"
    assert report["canStart"] is False
