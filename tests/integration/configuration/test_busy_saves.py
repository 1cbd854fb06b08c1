"""A table that refuses for load in the midst of a save: what surely stored nothing leaves nothing behind."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from shared.stores.owned_rows import NothingStoredError
from shared.stores.table import DeleteItem, PutItem, Throttled, Write
from tests.integration.configuration.conftest import System, new_system
from tests.integration.configuration.test_plans import wave
from tests.support.configuration import DATABASE, WEB, group, server_id

OPS = "ops@example.com"
READS = 40
"""No save of these tests reads so often."""


class Load:
    """Refuses one read of the configuration for load: that of this number, counted from the first."""

    def __init__(self, system: System, number: int) -> None:
        self._left = number
        self.refused = False
        for name in ("groups", "plans", "accounts"):
            system.tables[name].before_read = self._read

    def _read(self) -> None:
        self._left -= 1
        if self._left == -1:
            self.refused = True
            raise Throttled("the table is busy")


def stored(system: System) -> list[dict[str, Any]]:
    """What is stored and means anything.

    That is no piece of an answer, no tie row without an entry, no count of entries, no address without a plan.
    """
    rows = [row for table in system.tables.values() for row in table.scan() if "piece" not in row]
    of_ties = {"claim", "taken"}
    meaning = [{name: value for name, value in row.items() if name not in of_ties} for row in rows]
    return [row for row in meaning if list(row) != ["accountId"] and row.get("plans") != {}]


def change_a_plan(system: System) -> Callable[[], dict[str, Any]]:
    used, new = (system.group(name, serverSelectionTags={"name": name}) for name in ("Used", "New"))
    shop = system.plan(wave(0, used), name="Shop")
    fields = {"waves": [wave(0, new)], "notificationEmail": OPS}
    return lambda: system.call("update_recovery_plan", planId=shop, version=1, **fields)


def change_a_large_plan(system: System) -> Callable[[], dict[str, Any]]:
    used = [system.group(f"Group {number}", serverSelectionTags={"n": str(number)}) for number in range(120)]
    shop = system.plan(wave(0, *used[:60]), name="Shop")
    fields = {"waves": [wave(0, *used[60:])], "notificationEmail": OPS}
    return lambda: system.call("update_recovery_plan", planId=shop, version=1, **fields)


def move_a_group(system: System) -> Callable[[], dict[str, Any]]:
    for target in (DATABASE, WEB):
        system.protect(target, server_id(1))
    moved = system.group("Moved", DATABASE, sourceServerIds=[server_id(1)])
    return lambda: system.call("update_protection_group", groupId=moved, version=1, accountId=WEB.account_id)


@pytest.mark.parametrize("made_ready", [change_a_plan, change_a_large_plan, move_a_group])
def test_whichever_read_of_a_change_is_refused_for_load_a_change_that_was_not_stored_leaves_nothing(
    made_ready: Callable[[System], Callable[[], dict[str, Any]]],
) -> None:
    busy = 0
    for number in range(READS):
        system = new_system()
        change = made_ready(system)
        before = stored(system)

        load = Load(system, number)
        answer = change()

        if "error" in answer:
            assert (answer["error"], answer["retryable"]) == ("THROTTLED", True)
            assert stored(system) == before, number
            assert system.topic.addresses() == []
            busy += 1
    assert busy > 3
    assert not load.refused


def lose(system: System, table: str, loses: Callable[[Write], bool]) -> None:
    """Carry transactions with such a write out, and say that the table is busy: nobody can tell that from a refusal."""

    def answers(writes: Sequence[Write]) -> None:
        if any(map(loses, writes)):
            raise Throttled("the table is busy")

    system.tables[table].answers = answers


def is_piece(write: Write) -> bool:
    return isinstance(write, PutItem) and "piece" in write.item


def test_a_large_plan_whose_answer_cannot_be_kept_leaves_its_groups_and_its_address_alone(system: System) -> None:
    used = [system.group(f"Group {number}", serverSelectionTags={"n": str(number)}) for number in range(150)]
    asked = {"planName": "Shop", "waves": [wave(0, *used)], "notificationEmail": OPS, "clientToken": "token-1"}
    before = stored(system)

    lose(system, "plans", is_piece)
    busy = system.call("create_recovery_plan", **asked)

    assert (busy["error"], busy["retryable"]) == ("THROTTLED", True)
    assert stored(system) == before
    assert system.topic.addresses() == []
    system.tables["plans"].answers = lambda _: None
    assert system.call("create_recovery_plan", **asked)["version"] == 1


def test_a_large_group_whose_answer_cannot_be_kept_leaves_its_account_alone(system: System) -> None:
    ids = [server_id(number) for number in range(150)]
    system.protect(DATABASE, *ids)
    before = stored(system)

    lose(system, "groups", is_piece)
    known = {"groupName": "Databases", "accountId": DATABASE.account_id, "region": DATABASE.region}
    busy = system.call("create_protection_group", clientToken="token-1", sourceServerIds=ids, **known)

    assert (busy["error"], busy["retryable"]) == ("THROTTLED", True)
    assert stored(system) == before
    assert system.call("delete_target_account", accountId=DATABASE.account_id) == {}


@pytest.mark.parametrize("operation", ["update_recovery_plan", "delete_recovery_plan"])
def test_a_plan_that_is_changed_or_deleted_lets_go_of_its_groups_and_address_though_its_rows_cannot_be_freed(
    system: System, operation: str
) -> None:
    used = [system.group(f"Group {number}", serverSelectionTags={"n": str(number)}) for number in range(150)]
    shop = system.plan(wave(0, *used), notificationEmail=OPS)
    change = {"version": 1, "waves": [wave(0, used[0])], "notificationEmail": None} if "update" in operation else {}

    lose(system, "plans", lambda write: isinstance(write, DeleteItem) and write.key["planId"].startswith("uses#"))
    answer = system.call(operation, planId=shop, **change)

    assert "error" not in answer
    assert system.topic.addresses() == []
    assert not [row for row in system.tables["plans"].scan() if row["planId"].startswith("mail#")]
    ties = system.tables["groups"].get({"groupId": f"used#{used[1]}"}) or {}
    assert not [name for name in ties if "#" in name]


def test_a_look_ahead_at_a_save_that_is_refused_for_load_says_that_nothing_is_stored(system: System) -> None:
    kept = system.groups.put_new(group("g1", source_server_ids=[server_id(1)]))
    more = kept.model_copy(update={"group_name": "Other", "source_server_ids": (server_id(2),)})

    for reads, look in ((3, partial(system.groups.check_new, more)), (4, partial(system.groups.check_put, more, 1))):
        for number in range(reads):
            Load(system, number)
            with pytest.raises(NothingStoredError):
                look()
        Load(system, reads)
        look()
