"""Texts that people write, by the operations: refused by name if they are new, and never if they are stored already."""

from typing import Any

import pytest

from tests.integration.configuration.conftest import System, codes, new_system
from tests.integration.configuration.test_plans import wave
from tests.support.configuration import DATABASE

OLD = "Shop\u00a0A"
CONTROL = "bell\x07"


def stored_before_the_rules(system: System) -> tuple[str, str]:
    """A group and a plan as an earlier version took them; their ids."""
    group = system.group("Group", serverSelectionTags={"tier": "db"})
    plan = system.plan(wave(0, group))
    old_group, old_plan = system.groups.get(group), system.plans.get(plan)
    texts = {"group_name": OLD, "description": CONTROL, "owner": CONTROL, "server_selection_tags": {"tier": CONTROL}}
    system.groups.put(old_group.model_copy(update=texts), 1)
    waves = (old_plan.waves[0].model_copy(update={"wave_name": OLD, "description": CONTROL}),)
    system.plans.put(old_plan.model_copy(update={"plan_name": OLD, "description": CONTROL, "waves": waves}), 1)
    return group, plan


def fields(**more: Any) -> dict[str, Any]:
    return {"groupName": "Group", "accountId": DATABASE.account_id, "region": DATABASE.region, **more}


def test_every_text_of_a_new_group_is_judged(system: System) -> None:
    refusal = system.call(
        "create_protection_group",
        **fields(groupName=OLD, description=CONTROL, owner="a\nb", serverSelectionTags={"tier": "a\tb"}),
    )

    wrong = ("groupName", "description", "owner", "serverSelectionTags.tier")
    assert codes(refusal) == dict.fromkeys(wrong, "WRONG_FORMAT")


def test_every_text_of_a_new_plan_is_judged(system: System) -> None:
    group = system.group("Group", serverSelectionTags={"tier": "db"})
    one = {**wave(0, group), "waveName": OLD, "description": CONTROL}

    refusal = system.call("create_recovery_plan", planName=OLD, description=CONTROL, waves=[one])

    wrong = ("planName", "description", "waves[0].waveName", "waves[0].description")
    assert codes(refusal) == dict.fromkeys(wrong, "WRONG_FORMAT")


def test_the_name_of_a_new_account_is_judged(system: System) -> None:
    refusal = system.call("add_target_account", accountId="777788889999", accountName=OLD, externalId="an-external-id")

    assert codes(refusal) == {"accountName": "WRONG_FORMAT"}


def test_a_description_has_several_lines(system: System) -> None:
    text = "First:\r\n\tthe databases\nThen: the rest"

    group = system.group("Group", serverSelectionTags={"tier": "db"}, description=text)

    assert system.ask("get_protection_group", groupId=group)["description"] == text


@pytest.mark.parametrize("kind", ["group", "plan"])
def test_texts_that_are_stored_are_sent_back_whole(system: System, kind: str) -> None:
    group, plan = stored_before_the_rules(system)
    operation, key, thing = {
        "group": ("protection_group", "groupId", group),
        "plan": ("recovery_plan", "planId", plan),
    }[kind]
    whole = system.ask(f"get_{operation}", **{key: thing})

    after = system.call(f"update_{operation}", **{**whole, "description": "new"})

    assert after["description"] == "new"
    assert after["version"] == 3


def test_texts_that_are_stored_give_no_leave_to_others(system: System) -> None:
    group, plan = stored_before_the_rules(system)
    waves = system.ask("get_recovery_plan", planId=plan)["waves"]
    waves[0]["waveName"] = "Another\u00a0one"

    refusal = system.call("update_recovery_plan", planId=plan, version=2, waves=waves)
    assert codes(refusal) == {"waves[0].waveName": "WRONG_FORMAT"}
    refusal = system.call("update_protection_group", groupId=group, version=2, owner=f"{CONTROL}{CONTROL}")
    assert codes(refusal) == {"owner": "WRONG_FORMAT"}


@pytest.mark.parametrize("on_conflict", ["skip", "update"])
def test_what_was_exported_with_old_texts_is_imported_where_it_is_from(system: System, on_conflict: str) -> None:
    stored_before_the_rules(system)
    document = system.ask("export_configuration")

    report = system.call("import_configuration", **document, onConflict=on_conflict)

    assert report["summary"]["skipped"] == 2, report


def test_into_another_system_old_texts_are_refused_by_their_paths(system: System) -> None:
    stored_before_the_rules(system)
    document = system.ask("export_configuration")

    refusal = new_system().call("import_configuration", **document)

    assert codes(refusal)["protectionGroups[0].groupName"] == "WRONG_FORMAT"
    assert codes(refusal)["recoveryPlans[0].waves[0].waveName"] == "WRONG_FORMAT"
