"""Making and reading recovery plans through the direct door."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from shared.ids import new_ulid
from shared.plan_rules import GROUPS
from shared.stores.table import Item, Key
from shared.stores.tie_holders import Holder, HolderKind
from tests.integration.configuration.conftest import System, codes
from tests.support.configuration import NOW, server_id


def wave(number: int, *groups: str, after: tuple[int, ...] = (), **fields: Any) -> dict[str, Any]:
    known = {"waveName": f"Wave {number}", "protectionGroupIds": list(groups), "dependsOnWaves": list(after)}
    return {"waveNumber": number, **known, **fields}


def refused(system: System, *waves: Any, **fields: Any) -> dict[str, str]:
    """Ask for a plan that must not be made, and see that nothing was written."""
    before = system.content()
    answer = system.call("create_recovery_plan", **{"planName": "Plan", "waves": list(waves), **fields})
    assert answer.get("error") == "VALIDATION_ERROR", answer
    assert system.content() == before
    return {each["field"]: each["code"] for each in answer["details"]["fields"]}


def groups(system: System, count: int) -> list[str]:
    return [system.group(f"Group {number}", serverSelectionTags={"n": str(number)}) for number in range(count)]


@pytest.mark.requirement("SRS-F16", "SRS-F17")
def test_a_plan_is_stored_with_its_waves_as_given_and_read_through_both_functions(system: System) -> None:
    first, second = groups(system, 2)

    created = system.call(
        "create_recovery_plan",
        planName="Three tiers",
        description="everything",
        notificationEmail="ops@example.com",
        rtoMinutes=60,
        rpoSeconds=30,
        waves=[
            wave(7, second, after=(3,), pauseBeforeWave=True),
            {"waveNumber": 3, "waveName": "First", "protectionGroupId": first},
        ],
    )

    assert [each["waveNumber"] for each in created["waves"]] == [7, 3]
    assert created["waves"][1]["protectionGroupIds"] == [first]
    assert created["waves"][0]["failurePolicy"] == "PAUSE"
    assert system.call("get_recovery_plan", planId=created["planId"]) == created
    assert system.ask("get_recovery_plan", planId=created["planId"]) == created
    assert [plan.plan_id for plan in system.plans.plans_using(first)] == [created["planId"]]


def test_what_a_wave_does_about_failure_waiting_and_time_is_stored_and_read_as_given(system: System) -> None:
    first, second = groups(system, 2)
    asked: dict[str, Any] = {
        "failurePolicy": "CONTINUE",
        "minimumSuccess": "80%",
        "optionalServerIds": [server_id(2), server_id(1)],
        "waitMinutes": 10,
        "deadlineMinutes": 240,
        "drainMinutes": 90,
    }

    plan_id = system.plan(wave(0, first, **asked), wave(1, second, failurePolicy="PAUSE", minimumSuccess=3))

    filled, plain = system.ask("get_recovery_plan", planId=plan_id)["waves"]
    assert {name: filled[name] for name in asked} == asked
    assert (plain["failurePolicy"], plain["minimumSuccess"]) == ("PAUSE", 3)
    assert (plain["optionalServerIds"], plain["deadlineMinutes"], plain["drainMinutes"]) == ([], 120, 360)
    assert "waitMinutes" not in plain


def test_a_plan_that_no_item_could_hold_is_refused_by_name(system: System) -> None:
    commands = [{"documentName": "Doc", "parameters": {"commands": ["x" * 1000]}}]
    made = groups(system, 400)

    for said in ({"description": "d" * 1000}, {"healthChecks": commands}):
        assert refused(system, *(wave(number, group, **said) for number, group in enumerate(made))) == {
            "waves": "TOO_LARGE"
        }


def test_what_a_wave_asks_wrongly_is_refused_by_path(system: System) -> None:
    first, second = groups(system, 2)

    found = refused(
        system,
        wave(0, first, minimumSuccess="0%", waitMinutes="5", failurePolicy="RETRY"),
        wave(1, second, minimumSuccess=True, deadlineMinutes=0, optionalServerIds=["s-1"]),
    )

    assert found == {
        "waves[0].minimumSuccess": "WRONG_FORMAT",
        "waves[0].waitMinutes": "WRONG_TYPE",
        "waves[0].failurePolicy": "NOT_ONE_OF",
        "waves[1].minimumSuccess": "WRONG_TYPE",
        "waves[1].deadlineMinutes": "OUT_OF_RANGE",
        "waves[1].optionalServerIds[0]": "WRONG_FORMAT",
    }


def test_checks_in_a_shape_that_nobody_declares_are_refused_and_never_silently_left_out(system: System) -> None:
    [group] = groups(system, 1)

    for shape in ({"alarms": False}, {"alarms": [{"alarmName": "lag"}]}, {}):
        assert refused(system, wave(0, group, healthChecks=shape)) == {"waves[0].healthChecks": "WRONG_TYPE"}


def test_a_check_that_is_no_object_is_refused_in_words_of_json(system: System) -> None:
    [group] = groups(system, 1)

    answer = system.call("create_recovery_plan", planName="P", waves=[wave(0, group, healthChecks=["lag"])])

    [violation] = answer["details"]["fields"]
    assert (violation["field"], violation["code"]) == ("waves[0].healthChecks[0]", "WRONG_TYPE")
    assert violation["reason"] == "input should be an object"


@pytest.mark.requirement("SRS-F15")
def test_plans_are_listed_by_name_and_a_missing_one_is_not_found(system: System) -> None:
    [group] = groups(system, 1)
    for name in ("b", "A"):
        system.plan(wave(0, group), name=name)

    assert [plan["planName"] for plan in system.ask("list_recovery_plans")["items"]] == ["A", "b"]
    assert system.ask("get_recovery_plan", planId="nobody")["error"] == "RESOURCE_NOT_FOUND"


@pytest.mark.requirement("SRS-F16")
def test_a_cycle_is_refused_and_named(system: System) -> None:
    first, second = groups(system, 2)
    before = system.content()

    answer = system.call(
        "create_recovery_plan", planName="Plan", waves=[wave(0, first, after=(1,)), wave(1, second, after=(0,))]
    )

    [field] = answer["details"]["fields"]
    assert (field["field"], field["code"]) == ("waves", "CYCLE")
    assert "0 → 1" in field["reason"] or "1 → 0" in field["reason"]
    assert system.content() == before


def test_every_broken_rule_of_a_plan_is_named_at_once(system: System) -> None:
    first, second = groups(system, 2)

    found = refused(
        system,
        wave(0, first),
        wave(0, first),
        wave(2, second, after=(2,), optionalServerIds=[server_id(1), server_id(1)]),
        wave(3, "nobody", optionalServerIds=[server_id(1)]),
    )

    assert found == {
        "waves[1].waveNumber": "DUPLICATE_WAVE_NUMBER",
        "waves[1].protectionGroupIds[0]": "GROUP_IN_TWO_WAVES",
        "waves[2].dependsOnWaves[0]": "SELF_DEPENDENCY",
        "waves[2].optionalServerIds[1]": "DUPLICATE_SERVER",
        "waves[3].protectionGroupIds[0]": "UNKNOWN_GROUP",
        "waves[3].optionalServerIds[0]": "SERVER_IN_TWO_WAVES",
    }


def test_a_single_group_that_does_not_exist_is_named_as_it_was_written(system: System) -> None:
    found = refused(system, {"waveNumber": 0, "waveName": "First", "protectionGroupId": "nobody"})

    assert found == {"waves[0].protectionGroupId": "UNKNOWN_GROUP"}


def test_unknown_fields_and_wrong_types_are_refused_by_path(system: System) -> None:
    first, second = groups(system, 2)

    found = refused(
        system,
        wave(0, first, healthChecks=[{"alarmName": 7}]),
        {**wave(1, second, colour="red"), "waveNumber": "1"},
        rtoMinutes="9",
    )

    assert found.keys() == {
        "waves[0].healthChecks[0].alarmName",
        "waves[1].waveNumber",
        "waves[1].colour",
        "rtoMinutes",
    }


def test_a_plans_name_is_used_once_whatever_its_case(system: System) -> None:
    [group] = groups(system, 1)
    system.plan(wave(0, group), name="Payroll")
    before = system.content()

    answer = system.call("create_recovery_plan", planName="PAYROLL", waves=[wave(0, group)])

    assert (answer["error"], answer["details"]["reason"]) == ("CONFLICT_ERROR", "NAME_EXISTS")
    assert system.content() == before


def test_a_plan_without_waves_and_a_wave_without_groups_are_refused(system: System) -> None:
    assert refused(system).keys() == {"waves"}
    assert refused(system, wave(0)) == {"waves[0].protectionGroupIds": "WAVE_WITHOUT_GROUPS"}


def test_a_plan_of_very_many_groups_is_refused_looking_for_no_more_than_it_may_have_in_an_answer_that_is_small(
    system: System,
) -> None:
    looked_up: list[Key] = []

    def look(keys: Sequence[Key]) -> list[Item]:
        looked_up.extend(keys)
        return []

    system.tables["groups"].batch_get = look  # type: ignore[method-assign]
    many = [f"G{number}" for number in range(45_000)]
    body = {"planName": "P", "waves": [wave(0, *many)]}

    in_one_wave, answer = system.by_api(1, "POST /recovery-plans", body=body)
    of_one_wave = len(looked_up)
    in_waves = refused(system, *(wave(number, *many[number * 900 : (number + 1) * 900]) for number in range(50)))

    assert (in_one_wave, of_one_wave, len(looked_up)) == (400, GROUPS, GROUPS)
    assert answer["details"]["fields"][0]["field"] == "waves[0].protectionGroupIds"
    assert (len(answer["details"]["fields"]), answer["details"]["moreFields"]) == (100, GROUPS - 99)
    assert in_waves == {"waves": "TOO_MANY"}


def test_an_answer_names_the_first_of_very_many_wrong_fields_and_counts_them_all(system: System) -> None:
    answer = system.call("create_recovery_plan", planName="P", waves=[wave(n, "g", "g", colour=n) for n in range(500)])
    more = system.call("create_recovery_plan", planName="P", waves=[{"a": n, "b": n} for n in range(500)])

    # an unknown field and two unknown groups in each wave, and every group but the first is given again;
    # two unknown fields, no number, no name and no group
    for each, count in ((answer, 500 + 1000 + 999), (more, 500 * 5)):
        assert len(each["details"]["fields"]) == 100
        assert each["details"]["moreFields"] == count - 100


def test_a_group_that_goes_meanwhile_is_named_as_the_request_names_it(system: System) -> None:
    one_by_itself = {"waveNumber": 0, "waveName": "Only"}
    changed = system.plan(wave(0, system.group("Kept", serverSelectionTags={"n": "kept"})), name="Changed")
    for operation, said in (
        ("create_recovery_plan", {"planName": "New"}),
        ("update_recovery_plan", {"planId": changed, "version": 1}),
    ):
        gone = system.group("Gone", serverSelectionTags={"n": "gone"})
        system.tables["groups"].before_write = partial(system.call, "delete_protection_group", groupId=gone)

        answer = system.call(operation, **said, waves=[{**one_by_itself, "protectionGroupId": gone}])

        assert codes(answer) == {"waves[0].protectionGroupId": "UNKNOWN_GROUP"}


def test_a_group_that_3000_plans_use_is_in_no_other_plan(system: System) -> None:
    common, own = groups(system, 2)
    kept = system.plan(wave(0, common), name="Kept")
    row = system.tables["groups"].get({"groupId": f"used#{common}"})
    assert row is not None
    saves = [Holder(HolderKind.PLAN, new_ulid(NOW), "save", 1, NOW) for _ in range(2_999)]
    system.tables["groups"].put({**row, "taken": 100, **{each.name: each.entry for each in saves}})

    for _ in range(2):
        answer = system.call("create_recovery_plan", planName="Shop", waves=[wave(0, own, common)])
        assert codes(answer) == {"waves[0].protectionGroupIds[1]": "TOO_MANY"}
        assert "3,000 plans use the group" in answer["message"]

    assert system.call("delete_protection_group", groupId=own) == {}
    changed = system.call("update_recovery_plan", planId=kept, version=1, description="of old")
    assert changed["version"] == 2
