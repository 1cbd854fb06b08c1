"""A change that rests on another version than the stored one is told what was changed, and which version it has."""

from typing import Any, Final

import pytest

from tests.functional.contract.seeded import DATABASES, Seeded

CHANGES: Final[tuple[tuple[str, dict[str, Any], str], ...]] = (
    ("update_protection_group", {"description": "d"}, "group"),
    ("delete_protection_group", {}, "group"),
    ("update_server_launch_config", {"launchTemplate": {}}, "server"),
    ("delete_server_launch_config", {}, "server"),
    ("bulk_update_server_configs", {"servers": [{"sourceServerId": "s-" + "1" * 17}]}, "group"),
    ("update_recovery_plan", {"description": "d"}, "plan"),
    ("delete_recovery_plan", {}, "plan"),
    ("update_target_account", {"accountName": "Data"}, "account"),
    ("delete_target_account", {}, "account"),
)


@pytest.mark.requirement("SRS-I06")
@pytest.mark.parametrize(("operation", "change", "kind"), CHANGES)
def test_a_version_conflict_says_with_what(operation: str, change: dict[str, Any], kind: str) -> None:
    seeded = Seeded()
    named = {
        "group": {"groupId": seeded.group},
        "server": {"groupId": seeded.group, "serverId": seeded.servers[0]},
        "plan": {"planId": seeded.plan},
        "account": {"accountId": DATABASES},
    }
    item_id = next(iter(named[kind].values()))

    for ask in (seeded.doors.direct, seeded.doors.api):
        answer = ask(operation, {**named[kind], "version": 7, **change})

        assert answer.value["details"] == {"reason": "VERSION_CONFLICT", "id": item_id, "version": 1}
