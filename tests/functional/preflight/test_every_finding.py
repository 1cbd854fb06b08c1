"""Every finding of a preflight is caused, and told by both doors; a start is refused for it or overridden on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pytest

from shared.models.finding import OVERRIDABLE, FindingCode
from tests.functional.launch_configs.test_launch_into import DOORS, ask
from tests.functional.preflight.causes import CASES, PLACE, Case
from tests.functional.preflight.causes_of_extended import CASES_OF_EXTENDED
from tests.functional.preflight.causes_of_launches import CASES_OF_LAUNCHES, network_without
from tests.support.findings import preventing
from tests.support.world import World
from tests.support.world.machinery import DAY
from tests.support.world.rest import QUICK

ALL_CASES: Final = (*CASES, *CASES_OF_LAUNCHES, *CASES_OF_EXTENDED)

OF_TAG_SYNC: Final = {
    "TAG_SYNC",
    "ORIGIN_UNKNOWN",
    "ORIGIN_NOT_FOUND",
    "TAGS_LEFT_OUT",
    "TAGS_NOT_TAKEN",
    "TAGS_NOT_WRITTEN",
}
WITHOUT_A_LINE: Final = {
    "GROUP_NOT_FOUND",
    "EMPTY_GROUP",
    "NO_SERVERS_MATCH",
    "SERVERS_NOT_RESOLVED",
    "SERVER_IN_TWO_GROUPS",
    "SERVER_IN_TWO_WAVES",
    "OPTIONAL_SERVER_NOT_IN_WAVE",
    "MINIMUM_SUCCESS_NOT_REACHABLE",
    "NO_REQUIRED_SERVERS",
    "ALARM_WITHOUT_PLACE",
    "TEMPORARY_SETTINGS_LEFT",
    "SERVERS_CHANGED",
    "GROUP_SHRUNK",
    "SERVERS_NOT_COMPARED",
}
"""They are about the plan and what was before, and no check of an account and region."""
OF_NO_PLACE_OF_THE_PLAN: Final = {"a_staging_account_that_nobody_registered"}
"""These are told of an account in which nothing of the plan is launched."""
WAY_IN: Final = ("ROLE", "DRS_STATE")
OVERRIDDEN: Final = frozenset(code.value for code in OVERRIDABLE)
REASON: Final = "the site is lost, and this is what there is"


@pytest.mark.requirement("SRS-F21")
def test_every_finding_of_a_preflight_has_a_cause() -> None:
    assert {case.code for case in ALL_CASES} == {code.value for code in FindingCode} - OF_TAG_SYNC


def found_of(case: Case, findings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings that were to be caused."""
    of_code = [each for each in findings if (each["code"], each["outcome"]) == (case.code, case.outcome)]
    return [each for each in of_code if case.reason is None or each.get("reason") == case.reason]


Line = tuple[str, str, str]
"""An account, a region, and what is checked there."""

READ_WITH: Final[Mapping[str, tuple[str, ...]]] = {
    "LAUNCH_CONFIG_NOT_CHECKED": ("LAUNCH_CONFIG_INVALID", "LAUNCH_CONFIG_DRIFT"),
    "PREPARED_NOT_CHECKED": ("PREPARED_INSTANCE",),
    "SNAPSHOTS_NOT_CHECKED": ("SNAPSHOT_MISSING",),
    "HEALTH_CHECKS": ("ALARM_NOT_FOUND", "COMMAND_NOT_RUNNABLE"),
    "SUBNET_MISSING": ("SUBNET_ADDRESSES", "SECURITY_GROUP", "INSTANCE_TYPE", "STATIC_IP"),
}
"""What one answer of AWS tells besides: where that is unknown, these are."""


def passed_unseen(lines: Mapping[Line, str]) -> set[Line]:
    """What passes where nobody gets in, or in an account and region of which that part could not be read."""
    closed = {line[:2] for line, outcome in lines.items() if line[2] in WAY_IN and outcome in ("FAIL", "UNKNOWN")}
    unread = {
        (*line[:2], part)
        for line, outcome in lines.items()
        if outcome == "UNKNOWN"
        for part in READ_WITH.get(line[2], ())
    }
    passed = {line for line, outcome in lines.items() if outcome == "PASS"}
    return {line for line in passed if line in unread or (line[:2] in closed and line[2] != "ROLE")}


@pytest.mark.requirement("PRD-09", "SRS-F21")
@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)
def test_what_is_caused_is_told_and_prevents_the_start_or_is_overridden_by_somebody_for_a_reason(case: Case) -> None:
    world = World(settings=QUICK)
    world.cloud.ec2_instances.networks[PLACE] = network_without()
    plan_id = case.cause(world)
    asked = {"planId": plan_id, **case.asked(world)}
    before = len(world.history.scan())

    reports = [ask(world, door, "preflight_recovery_plan", **asked).value for door in DOORS]

    for report in reports:
        found = found_of(case, report["findings"])
        assert found, report["findings"]
        assert {*case.beside} <= {(each["code"], each["outcome"]) for each in report["findings"]}
        told = {(each.get("accountId"), each.get("region")) for each in found}
        lines = {(line["accountId"], line["region"], line["code"]): line["outcome"] for line in report["checks"]}
        places = {(account_id, region) for account_id, region, _ in lines}
        if case.code not in WITHOUT_A_LINE and case.cause.__name__ not in OF_NO_PLACE_OF_THE_PLAN:
            assert told & places, "the table has a line of it"
            assert {lines.get((*place, case.code)) for place in told & places} == {case.outcome}, "it tells the same"
        assert passed_unseen(lines) == set(), "what nobody could look at is no pass"
        assert report["canStart"] is not bool(preventing(report))
    obstacles = {each["code"]: each for each in preventing(reports[0])}
    is_in_the_way = case.outcome in ("FAIL", "UNKNOWN") and case.code != "LAUNCH_RIGHTS"
    assert (case.code in obstacles) >= is_in_the_way
    if not obstacles:
        return
    start = {**asked, "executionType": "RECOVERY"}
    refused = world.call("start_execution", **start)
    assert refused["error"] == ("CONFLICT_ERROR" if case.reason == "HELD_BY_EXECUTION" else "PREFLIGHT_FAILED")
    override = {"reason": REASON, "codes": sorted(obstacles)}
    overridden = world.call("start_execution", **start, override=override, by="alice")
    if obstacles.keys() - OVERRIDDEN:
        assert overridden["error"] == "VALIDATION_ERROR"
        assert world.call("start_execution", **start, override={"reason": REASON})["error"] == "PREFLIGHT_FAILED"
    elif case.reason == "HELD_BY_EXECUTION":
        assert overridden["error"] == "CONFLICT_ERROR"
    else:
        assert_on_record(world, overridden, obstacles)
        assert_launched_unless(case.then, world, overridden["executionId"])
        return
    assert len(world.history.scan()) == before, "nothing is written"


def assert_on_record(world: World, answer: dict[str, Any], obstacles: dict[str, dict[str, Any]]) -> None:
    """Who took what upon himself, of which servers, and why."""
    assert answer.get("status") == "PENDING", answer
    assert {each["code"] for each in answer["findings"] if each.get("overridden")} == obstacles.keys()
    shown = world.execution(answer["executionId"])
    assert "alice" in shown["initiatedBy"]
    assert shown["overrideReason"] == REASON
    event = world.events(answer["executionId"])[0]
    assert "alice" in event["actor"]
    assert f"because {REASON}" in event["message"]
    assert event["details"]["acceptedFindings"].keys() == obstacles.keys()
    accepted = {
        server["sourceServerId"]: {each["code"] for each in server["acceptedFindings"]}
        for server in world.servers(answer["executionId"])
    }
    for code, finding in obstacles.items():
        assert all(code in accepted[server] for server in finding["serverIds"] if server in accepted)


def assert_launched_unless(then: str | None, world: World, execution_id: str) -> None:
    """Every server is launched in spite of what was found; if it comes to something else, the others say why not."""
    world.run_until(lambda: world.status(execution_id) not in ("PENDING", "RUNNING"), DAY, "an end, or a decision")
    waves = {wave["waveNumber"]: wave["statusReason"] for wave in world.execution(execution_id)["waves"]}
    servers = world.servers(execution_id)
    left = [each for each in servers if each["launchStatus"] != "LAUNCHED" or not each["recoveryInstanceId"]]
    assert bool(left) is (then is not None), [each.get("launchReason") for each in left]
    for server in left:
        assert str(then) in f"{server['launchReason']}; {waves[server['waveNumber']]}"
