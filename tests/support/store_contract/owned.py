"""The contract of large items under load: rows belong to what is stored, whatever the caller was told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import pytest

from shared.clock import VirtualClock
from shared.errors import ConflictError, ConflictReason, ThrottledError
from shared.stores.owned_rows import ORPHAN_AFTER, NothingStoredError
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.table import Item, Table, Throttled, TransactionRefused, Write
from shared.stores.tie_holders import Owners
from shared.stores.ties import Ties
from tests.support.store_contract.configuration import GroupFixtures, group
from tests.support.store_contract.samples import NOW, server_key
from tests.support.tampered_table import Crashed, TamperedTable, crashing_before

SERVERS = 150
ROWS_1, ROWS_2, ITEM, UNDO = range(4)
"""The writes of a save that gains 150 servers: its rows in two, itself; and that which undoes a save of unknown end."""


def busy_before(*numbers: int) -> Callable[[int, Sequence[Write]], None]:
    """Refuse these writes for load."""

    def before(write: int, _writes: Sequence[Write]) -> None:
        if write in numbers:
            raise Throttled("the table is busy")

    return before


def busy_after(*numbers: int) -> Callable[[int], None]:
    """Carry these writes out, and say that the table is busy: an earlier try was stored, and its answer got lost."""

    def after(write: int) -> None:
        if write in numbers:
            raise Throttled("the table is busy")

    return after


class LargeGroupsContract(GroupFixtures):
    """A group of 150 servers is written in several transactions, of which any may be refused for load."""

    @pytest.fixture(params=["new", "changed"])
    def save(self, request: pytest.FixtureRequest, groups: ProtectionGroupStore) -> Callable[[Table], object]:
        """Saves the group g1 of 150 servers, over a table of the test's."""
        if request.param == "new":
            return lambda table: ProtectionGroupStore(table).put_new(group("g1", "Large", servers=SERVERS))
        groups.put_new(group("g1", "Large"))
        return lambda table: ProtectionGroupStore(table).put(group("g1", "Large", servers=SERVERS), 1)

    def test_a_group_that_was_stored_keeps_its_servers_though_its_write_seemed_refused(
        self, save: Callable[[Table], object], groups: ProtectionGroupStore, table: Table
    ) -> None:
        with pytest.raises(Throttled):
            save(TamperedTable(table, after=busy_after(ITEM)))

        assert len(groups.get("g1").source_server_ids) == SERVERS
        for first in (0, 1, SERVERS - 1):
            with pytest.raises(ConflictError) as refusal:
                groups.put_new(group("g2", "Thief", first=first, servers=1, at=NOW + 2 * ORPHAN_AFTER))
            assert refusal.value.reason is ConflictReason.SERVER_CONFLICT

    def test_a_group_whose_write_was_refused_leaves_nothing_and_is_never_stored_later(
        self, save: Callable[[Table], object], table: Table
    ) -> None:
        before, late = _by_id(table), list[Sequence[Write]]()

        def refuse(write: int, writes: Sequence[Write]) -> None:
            if write == ITEM:
                late.append(writes)
                raise Throttled("the table is busy")

        with pytest.raises(NothingStoredError):
            save(TamperedTable(table, before=refuse))

        assert _by_id(table) == before
        with pytest.raises(TransactionRefused):
            table.transact(late[0])
        save(table)

    @pytest.mark.parametrize("write", [ROWS_1, ROWS_2])
    def test_servers_of_which_it_is_not_known_whether_they_were_taken_are_free(
        self, save: Callable[[Table], object], table: Table, write: int
    ) -> None:
        before = _by_id(table)

        with pytest.raises(NothingStoredError):
            save(TamperedTable(table, after=busy_after(write)))

        assert _by_id(table) == before

    def test_servers_that_cannot_be_given_back_are_free_after_an_hour(
        self, save: Callable[[Table], object], groups: ProtectionGroupStore, table: Table
    ) -> None:
        with pytest.raises(Throttled):
            save(TamperedTable(table, before=busy_before(ITEM, UNDO)))

        with pytest.raises((ConflictError, ThrottledError)):
            groups.put_new(group("g2", "Next", servers=1))
        groups.put_new(group("g2", "Next", servers=1, at=NOW + 2 * ORPHAN_AFTER))

    def test_a_save_that_loses_its_servers_before_it_is_written_stores_nothing(
        self, save: Callable[[Table], object], groups: ProtectionGroupStore, table: Table
    ) -> None:
        before = _by_id(table)

        def take_over(write: int, _writes: Sequence[Write]) -> None:
            if write == ITEM:
                groups.put_new(group("g2", "Next", servers=1, at=NOW + 2 * ORPHAN_AFTER))

        with pytest.raises(NothingStoredError):
            save(TamperedTable(table, before=take_over))

        groups.put_new(group("g3", "Rest", first=1, servers=SERVERS - 1))
        assert groups.get("g2").source_server_ids
        assert ("g1" in before) == ("g1" in _by_id(table))

    def test_who_needs_a_server_of_a_group_that_is_being_saved_is_asked_to_wait_and_told_after(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        waiting: list[NothingStoredError] = []

        def meet(write: int, _writes: Sequence[Write]) -> None:
            if write == ITEM:
                with pytest.raises(NothingStoredError) as refusal:
                    groups.put_new(group("g2", "Other", servers=1))
                waiting.append(refusal.value)

        ProtectionGroupStore(TamperedTable(table, before=meet)).put_new(group("g1", "Large", servers=SERVERS))

        assert waiting[0].details["retryAfterSeconds"] == 5
        with pytest.raises(ConflictError, match="Large"):
            groups.put_new(group("g2", "Other", servers=1))

    @pytest.mark.dynamodb_local
    @pytest.mark.parametrize("servers", [2, SERVERS])
    def test_a_large_change_that_broke_off_keeps_nobody_out_by_a_conflict_and_the_same_change_is_made_an_hour_later(
        self, groups: ProtectionGroupStore, table: Table, servers: int
    ) -> None:
        groups.put_new(group("g1", "Large"))
        change = group("g1", "Large", servers=SERVERS)
        with pytest.raises(Crashed):
            ProtectionGroupStore(TamperedTable(table, before=crashing_before(ROWS_2))).put(change, 1)

        for late in (timedelta(0), ORPHAN_AFTER):
            own = group("g1", "Large", servers=servers, at=NOW + late)
            other = group("g2", "Other", servers=servers, at=NOW + late)
            for asked in (
                partial(groups.put, own, 1),
                partial(groups.check_put, own, 1),
                partial(groups.put_new, other),
                partial(groups.check_new, other),
            ):
                with pytest.raises(NothingStoredError):
                    asked()

        later = group("g1", "Large", servers=servers, at=NOW + 2 * ORPHAN_AFTER)
        assert groups.put(later, 1).version == 2
        with pytest.raises(ConflictError, match="Large"):
            groups.put_new(group("g2", "Other", servers=1))

    def test_who_changes_a_large_group_that_others_have_changed_meanwhile_is_told_so(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        groups.put_new(group("g1", "Large"))
        change = group("g1", "Large", servers=SERVERS)

        def be_faster(write: int, _writes: Sequence[Write]) -> None:
            if write == ROWS_1:
                groups.put(change, 1)

        with pytest.raises(ConflictError) as refusal:
            ProtectionGroupStore(TamperedTable(table, before=be_faster)).put(change, 1)

        assert refusal.value.reason is ConflictReason.VERSION_CONFLICT
        assert len(groups.get("g1").source_server_ids) == SERVERS

    @pytest.mark.dynamodb_local
    def test_servers_that_a_stored_change_or_a_deletion_could_not_free_are_free_after_an_hour(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        for group_id, first in (("g1", 0), ("g2", SERVERS)):
            groups.put_new(group(group_id, f"Large {group_id}", first=first, servers=SERVERS))
        stored, gone = groups.get_many(["g1", "g2"])
        busy = TamperedTable(table, before=busy_before(2, 4))
        ties = Ties(table, "groupId", Owners(VirtualClock(NOW)))

        changed = ProtectionGroupStore(busy).put(group("g1", "Small"), stored.version)
        ProtectionGroupStore(busy).delete(gone, ties.uses("g2"))

        assert groups.get_many(["g1", "g2"]) == [changed]
        for first in (0, SERVERS):
            with pytest.raises(NothingStoredError):
                groups.put_new(group("g3", "Next", first=first, servers=1))
        groups.put_new(group("g3", "Next", servers=2 * SERVERS, at=NOW + 2 * ORPHAN_AFTER))

    def test_of_servers_in_groups_that_are_stored_and_that_are_not_those_of_the_stored_are_named(
        self, groups: ProtectionGroupStore, table: Table
    ) -> None:
        groups.put_new(group("g1", "Stored", first=1, servers=1))
        row = table.get({"groupId": f"server#{server_key(1)}"})
        assert row is not None
        table.put({**row, "groupId": f"server#{server_key(0)}", "ownerId": "being saved"})

        with pytest.raises(ConflictError) as refusal:
            groups.put_new(group("g2", "Other", servers=2))

        assert [each["groupName"] for each in refusal.value.details["servers"]] == ["Stored"]


def _by_id(table: Table) -> dict[str, Item]:
    return {str(item["groupId"]): item for item in table.scan()}
