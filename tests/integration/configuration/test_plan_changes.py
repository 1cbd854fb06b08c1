"""Changing and deleting recovery plans, through both doors."""

from typing import Any

import pytest

from shared.models.execution import ExecutionStatus
from shared.models.wave_record import WaveStatus
from tests.integration.configuration.conftest import System, codes
from tests.integration.configuration.running import begin, end
from tests.integration.configuration.test_plans import wave


def update(system: System, plan_id: str, version: int = 1, /, **fields: Any) -> dict[str, Any]:
    return system.call("update_recovery_plan", planId=plan_id, version=version, **fields)


def refused(system: System, plan_id: str, version: int = 1, /, **fields: Any) -> dict[str, Any]:
    """Ask for a change that must not be made, and see that nothing was written."""
    before = system.content()
    answer = update(system, plan_id, version, **fields)
    assert "error" in answer, answer
    assert system.content() == before
    return answer


@pytest.fixture
def groups(system: System) -> list[str]:
    return [system.group(f"Group {number}", serverSelectionTags={"n": str(number)}) for number in range(4)]


@pytest.fixture
def shop(system: System, groups: list[str]) -> str:
    return system.plan(
        wave(0, groups[0]),
        wave(1, groups[1], after=(0,)),
        wave(2, groups[2], after=(1,)),
        name="Shop",
        description="all of it",
        rtoMinutes=60,
    )


@pytest.mark.requirement("SRS-F18")
def test_only_what_is_given_changes_and_null_empties(system: System, shop: str) -> None:
    before = system.call("get_recovery_plan", planId=shop)
    system.clock.advance(60)

    after = update(system, shop, rtoMinutes=None, rpoSeconds=30)

    changed = {"rpoSeconds": 30, "version": 2, "updatedAt": after["updatedAt"]}
    assert after == {**{name: value for name, value in before.items() if name != "rtoMinutes"}, **changed}
    assert after["updatedAt"] > before["updatedAt"]
    assert system.ask("get_recovery_plan", planId=shop) == after


def test_a_change_by_the_api_is_the_same(system: System, shop: str) -> None:
    route, path = "PUT /recovery-plans/{planId}", {"planId": shop}

    status, after = system.by_api(1, route, body={"version": 1, "planName": "Renamed"}, pathParameters=path)
    assert (status, after["planName"], after["version"]) == (200, "Renamed", 2)
    status, refusal = system.by_api(1, route, body={"version": 1}, pathParameters=path)
    assert (status, refusal["details"]["reason"], refusal["details"]["version"]) == (409, "VERSION_CONFLICT", 2)

    gone = {"pathParameters": path, "queryStringParameters": {"version": "2"}}
    status, nothing = system.by_api(1, "DELETE /recovery-plans/{planId}", **gone)
    assert (status, nothing) == (204, {})
    assert system.by_api(1, "DELETE /recovery-plans/{planId}", **gone)[0] == 404


def test_what_changes_nothing_keeps_version_and_stamp_also_of_a_plan_that_runs(system: System, shop: str) -> None:
    before, content = system.call("get_recovery_plan", planId=shop), system.content()
    system.clock.advance(60)

    assert update(system, shop) == before
    assert update(system, shop, rtoMinutes=60, description="all of it", waves=before["waves"]) == before
    assert system.content() == content
    begin(system, shop, ExecutionStatus.RUNNING)
    assert update(system, shop) == before
    assert refused(system, shop, 2)["details"]["reason"] == "VERSION_CONFLICT"


def test_every_rule_of_a_plan_holds_for_its_change(system: System, groups: list[str], shop: str) -> None:
    assert codes(system.call("update_recovery_plan", planId=shop)) == {"version": "REQUIRED"}
    assert codes(refused(system, shop, waves=[], planName="x" * 65, groups=[])) == {
        "waves": "OUT_OF_RANGE",
        "planName": "OUT_OF_RANGE",
        "groups": "UNKNOWN_FIELD",
    }
    waves = [wave(0, groups[0], after=(1,)), {"waveNumber": 1, "waveName": "One", "protectionGroupId": "none"}]
    assert codes(refused(system, shop, waves=waves)) == {"waves[1].protectionGroupId": "UNKNOWN_GROUP"}
    assert codes(refused(system, shop, notificationEmail="nobody")) == {"notificationEmail": "WRONG_FORMAT"}
    assert refused(system, "nobody")["error"] == "RESOURCE_NOT_FOUND"
    system.plan(wave(0, groups[3]), name="Other")
    assert refused(system, shop, planName="OTHER")["details"]["reason"] == "NAME_EXISTS"


def test_the_groups_of_a_plan_follow_its_changes(system: System, groups: list[str], shop: str) -> None:
    update(system, shop, 1, waves=[wave(0, groups[0]), wave(5, groups[3])])

    for free in (groups[1], groups[2]):
        assert system.call("delete_protection_group", groupId=free) == {}
    for used in (groups[0], groups[3]):
        answer = system.call("delete_protection_group", groupId=used)
        assert answer["details"]["plans"] == [{"planId": shop, "planName": "Shop"}]


def test_a_change_that_is_refused_ties_nothing(system: System, groups: list[str], shop: str) -> None:
    system.tables["plans"].before_write = lambda: update(system, shop, 1, description="faster")

    answer = update(system, shop, 1, waves=[wave(0, groups[3])])

    assert answer["details"]["reason"] == "VERSION_CONFLICT"
    assert system.call("delete_protection_group", groupId=groups[3]) == {}
    assert system.call("delete_protection_group", groupId=groups[0])["details"]["reason"] == "IN_USE"


@pytest.mark.requirement("SRS-F19")
def test_a_running_plan_is_neither_changed_nor_deleted(system: System, shop: str) -> None:
    header = begin(system, shop, ExecutionStatus.RUNNING, WaveStatus.LAUNCHING)

    changed = refused(system, shop, description="now")
    deleted = system.call("delete_recovery_plan", planId=shop)

    for answer in (changed, deleted):
        assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "ACTIVE_EXECUTION")
        assert [each["executionId"] for each in answer["details"]["executions"]] == [header.execution_id]
    end(system, header)
    assert update(system, shop, 1, description="after")["version"] == 2
    assert system.call("delete_recovery_plan", planId=shop) == {}


@pytest.mark.requirement("SRS-F18")
def test_while_a_plan_is_paused_waves_to_come_change_and_no_others(
    system: System, groups: list[str], shop: str
) -> None:
    begin(system, shop, ExecutionStatus.PAUSED, WaveStatus.COMPLETED, WaveStatus.AWAITING_APPROVAL)
    stored = system.call("get_recovery_plan", planId=shop)["waves"]

    for touched in (
        [{**stored[0], "waveName": "Other"}, *stored[1:]],
        stored[1:],
        [{**stored[0], "protectionGroupIds": [groups[3]]}, *stored[1:]],
    ):
        waves = [{**each, "dependsOnWaves": []} for each in touched]
        answer = refused(system, shop, waves=waves)
        assert answer["details"]["reason"] == "ACTIVE_EXECUTION"
        assert "waves that have not begun may change, for executions to come" in answer["message"]

    later = [stored[0], {**stored[1], "waveName": "Other"}, wave(7, groups[3])]
    after = update(system, shop, 1, waves=later)
    assert [each["waveNumber"] for each in after["waves"]] == [0, 1, 7]
    assert system.call("delete_recovery_plan", planId=shop)["details"]["reason"] == "ACTIVE_EXECUTION"


def test_waves_of_a_paused_plan_that_were_stored_with_no_checks_can_be_sent_back_as_they_are_read(
    system: System, shop: str
) -> None:
    item = system.tables["plans"].get({"planId": shop})
    assert item is not None
    empty: dict[str, Any] = {"alarms": [], "commands": []}
    system.tables["plans"].put({**item, "waves": [{**each, "healthChecks": empty} for each in item["waves"]]})
    begin(system, shop, ExecutionStatus.PAUSED, WaveStatus.COMPLETED)
    first, *others = system.call("get_recovery_plan", planId=shop)["waves"]

    after = update(system, shop, 1, waves=[first, {**others[0], "waveName": "Other"}, *others[1:]])

    assert after["version"] == 2
    assert "healthChecks" not in first


def test_while_a_plan_is_paused_nothing_that_it_says_of_itself_changes_and_its_mails_stay(
    system: System, groups: list[str]
) -> None:
    plan_id = system.plan(wave(0, groups[0]), wave(1, groups[1], after=(0,)), notificationEmail="old@example.com")
    header = begin(system, plan_id, ExecutionStatus.PAUSED, WaveStatus.COMPLETED)
    said = {
        "notificationEmail": "new@example.com",
        "planName": "Other",
        "description": "changed",
        "rtoMinutes": 5,
        "rpoSeconds": 6,
    }
    first, second = system.call("get_recovery_plan", planId=plan_id)["waves"]

    for field, value in said.items():
        answer = refused(system, plan_id, **{field: value})
        assert answer["details"]["reason"] == "ACTIVE_EXECUTION"
        assert [each["field"] for each in answer["details"]["fields"]] == [field]
        assert header.execution_id in answer["details"]["fields"][0]["reason"]
    together = refused(system, plan_id, rtoMinutes=5, waves=[{**first, "waveName": "Other"}, second])
    assert {each["field"] for each in together["details"]["fields"]} == {"rtoMinutes", "waves"}
    assert system.topic.mails(plan_id) == ["old@example.com"]

    unchanged = {"planName": "Plan", "notificationEmail": "old@example.com"}
    assert update(system, plan_id, 1, **unchanged, waves=[first, {**second, "waveName": "Other"}])["version"] == 2
    end(system, header)
    assert update(system, plan_id, 2, **said)["version"] == 3
    assert system.topic.mails(plan_id) == ["new@example.com"]


def test_an_execution_that_begins_while_its_plan_is_deleted_keeps_it(system: System, shop: str) -> None:
    system.tables["plans"].before_write = lambda: begin(system, shop, ExecutionStatus.RUNNING)

    answer = system.call("delete_recovery_plan", planId=shop)

    assert answer["details"]["reason"] == "ACTIVE_EXECUTION"
    assert system.call("get_recovery_plan", planId=shop)["planId"] == shop


def test_an_execution_keeps_the_plan_as_it_was_when_it_started(system: System, groups: list[str], shop: str) -> None:
    header = begin(system, shop, ExecutionStatus.PAUSED, WaveStatus.COMPLETED)
    waves = system.executions.all_waves(header)
    stored = system.call("get_recovery_plan", planId=shop)["waves"]

    update(system, shop, 1, waves=[stored[0], wave(1, groups[3], after=(0,))])
    system.call("update_protection_group", groupId=groups[3], version=1, serverSelectionTags={"other": "tag"})

    assert system.executions.get_header(header.execution_id, shop) == header
    assert system.executions.all_waves(header) == waves
    assert (header.plan_name, header.plan_version) == ("Shop", 1)


@pytest.mark.requirement("SRS-F19")
def test_what_a_deleted_plan_had_is_free_for_others(system: System, groups: list[str], shop: str) -> None:
    assert system.call("delete_recovery_plan", planId=shop, version=2)["details"]["reason"] == "VERSION_CONFLICT"

    assert system.call("delete_recovery_plan", planId=shop) == {}

    assert system.tables["plans"].scan() == []
    assert system.plans.plans_using(groups[0]) == []
    assert system.call("delete_recovery_plan", planId=shop)["error"] == "RESOURCE_NOT_FOUND"
    system.plan(wave(0, groups[0]), name="Shop")


def test_the_mails_of_a_plan_follow_its_changes_and_end_with_it(system: System, shop: str) -> None:
    update(system, shop, 1, notificationEmail="first@example.com")
    assert system.topic.mails(shop) == ["first@example.com"]
    update(system, shop, 2, notificationEmail="second@example.com")
    assert system.topic.mails(shop) == ["second@example.com"]

    system.call("delete_recovery_plan", planId=shop)

    assert system.topic.mails(shop) == []
