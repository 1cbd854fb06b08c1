"""The contract of the rows of the tag sync: settings by version, one newest run, what is ours on which server."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import ConflictError, ConflictReason
from shared.models.tag_sync import (
    PlaceStatus,
    TagCounts,
    TagSyncPlace,
    TagSyncReason,
    TagSyncRow,
    TagSyncRun,
    TagSyncSettings,
    WrittenTags,
)
from shared.stores.tag_sync_store import ROWS_AT_ONCE, RunMovedOnError, TagSyncStore
from shared.stores.target_account_store import TargetAccountStore
from tests.support.configuration import server_id
from tests.support.four_tables import FourTables
from tests.support.store_contract.samples import NOW, TARGET


def run_of(run_id: str) -> TagSyncRun:
    """A run that waits to be taken up."""
    return TagSyncRun(
        run_id=run_id,
        reason=TagSyncReason.REQUEST,
        started_by="test",
        started_at=NOW,
        held_until=NOW + timedelta(minutes=2),
        regions={TARGET.account_id: {TARGET.region: True, "eu-west-1": False}},
    )


class TagSyncContract:
    """Each row is written in place of what was read."""

    @pytest.fixture
    def rows(self, tables: FourTables) -> TagSyncStore:
        return TagSyncStore(tables.target_accounts)

    def test_settings_begin_with_a_version_that_nobody_wrote(self, rows: TagSyncStore) -> None:
        assert rows.settings() == TagSyncSettings()

        stored = rows.put_settings(TagSyncSettings(enabled=True, interval_hours=6, updated_at=NOW), 1)

        assert (stored.version, rows.settings()) == (2, stored)
        assert rows.put_settings(stored, 2).version == 3

    @pytest.mark.parametrize("expected", [1, 3])
    def test_settings_of_another_version_are_not_replaced(self, rows: TagSyncStore, expected: int) -> None:
        stored = rows.put_settings(TagSyncSettings(enabled=True), 1)

        with pytest.raises(ConflictError) as refused:
            rows.put_settings(TagSyncSettings(), expected)

        assert refused.value.reason is ConflictReason.VERSION_CONFLICT
        assert refused.value.details["version"] == 2
        assert rows.settings() == stored

    def test_of_two_that_read_the_same_one_begins_a_run(self, rows: TagSyncStore) -> None:
        nothing = rows.row()
        assert nothing == TagSyncRow()

        first = rows.put_row(nothing.model_copy(update={"run": run_of("one")}))

        with pytest.raises(RunMovedOnError):
            rows.put_row(nothing.model_copy(update={"run": run_of("two")}))
        assert rows.row() == first
        assert [str(place.target) for place in run_of("one").places] == [
            f"{TARGET.account_id}/eu-west-1",
            str(TARGET),
        ]
        second = rows.put_row(first.model_copy(update={"last": first.run}))
        with pytest.raises(RunMovedOnError):
            rows.put_row(first)
        assert rows.row() == second

    def test_places_are_found_by_account_and_region(self, rows: TagSyncStore) -> None:
        place = TagSyncPlace(
            run_id="one",
            account_id=TARGET.account_id,
            region=TARGET.region,
            status=PlaceStatus.RUNNING,
            counts=TagCounts(added=3),
            after=server_id(7),
        )

        rows.put_place(place)

        assert rows.places([TARGET, TARGET.model_copy(update={"region": "eu-west-1"})]) == {TARGET: place}

    def test_what_is_ours_is_remembered_by_server_and_forgotten_if_it_is_nothing(self, rows: TagSyncStore) -> None:
        many = [
            WrittenTags(source_server_id=server_id(number), tags={"Tier": ("db", ""), "a.b:c": (str(number),)})
            for number in range(ROWS_AT_ONCE)
        ]
        rows.remember(TARGET, many)
        rows.remember(TARGET, [WrittenTags(source_server_id=server_id(0), tags={})])
        rows.remember(TARGET, [])

        known = rows.written(TARGET, [server_id(number) for number in range(200)])

        assert known == {each.source_server_id: each.tags for each in many[1:]}

    def test_none_of_these_rows_is_an_account(self, rows: TagSyncStore, tables: FourTables) -> None:
        rows.put_settings(TagSyncSettings(), 1)
        rows.put_row(TagSyncRow(run=run_of("one")))
        accounts = TargetAccountStore(tables.target_accounts)

        assert (accounts.page(10).items, accounts.ids()) == ((), [])
        assert accounts.find("settings#tag-sync") is None
