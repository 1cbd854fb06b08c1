"""What cannot be read hides no wrong field: the request is refused for that field all the same."""

from typing import Any

import pytest

from shared.stores.table import Throttled
from tests.integration.configuration.conftest import System, codes
from tests.integration.configuration.test_plans import wave
from tests.support.configuration import DATABASE

LONG = "x" * 65


def requests(group: str, plan: str) -> list[tuple[str, str, dict[str, Any]]]:
    """A request of each kind that has a name which is too long, with the field of it."""
    alarm = {"alarmName": "x", "accountId": DATABASE.account_id, "region": DATABASE.region}
    waves = [wave(0, group, healthChecks=[alarm])]
    selection = {"accountId": DATABASE.account_id, "region": "us-west-2", "serverSelectionTags": {"a": "b"}}
    document = {"schemaVersion": "1.1", "recoveryPlans": [{"planName": LONG, "waves": [wave(0, "Group")]}]}
    return [
        ("create_protection_group", "groupName", {"groupName": LONG, **selection}),
        ("update_protection_group", "groupName", {"groupId": group, "version": 1, "groupName": LONG}),
        ("create_recovery_plan", "planName", {"planName": LONG, "waves": waves}),
        ("update_recovery_plan", "planName", {"planId": plan, "version": 1, "planName": LONG, "waves": waves}),
        ("add_target_account", "accountName", {"accountId": "777788889999", "accountName": LONG}),
        ("update_target_account", "accountName", {"accountId": DATABASE.account_id, "version": 1, "accountName": LONG}),
        ("import_configuration", "colour", {"colour": "red", **document}),
    ]


def assert_all_are_refused_for_their_field(system: System, group: str, plan: str) -> None:
    refusals = {name: system.call(name, **fields) for name, _, fields in requests(group, plan)}

    assert {name: each["error"] for name, each in refusals.items()} == dict.fromkeys(refusals, "VALIDATION_ERROR")
    assert all(field in codes(refusals[name]) for name, field, _ in requests(group, plan))


@pytest.fixture
def group(system: System) -> str:
    return system.group("Group", serverSelectionTags={"n": "1"})


@pytest.fixture
def plan(system: System, group: str) -> str:
    return system.plan(wave(0, group))


def test_the_wrong_field_is_told_while_no_table_can_be_read(system: System, group: str, plan: str) -> None:
    def refuse() -> None:
        raise Throttled("the table is busy")

    for name in ("groups", "plans", "accounts"):
        system.tables[name].before_read = refuse

    assert_all_are_refused_for_their_field(system, group, plan)


def test_the_wrong_field_is_told_though_the_row_of_its_account_is_spoiled(
    system: System, group: str, plan: str
) -> None:
    accounts = system.tables["accounts"]
    row = accounts.get({"accountId": DATABASE.account_id})
    assert row is not None
    accounts.put({**row, "regions": "of them none"})

    assert_all_are_refused_for_their_field(system, group, plan)
