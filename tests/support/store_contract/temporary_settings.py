"""The contract of the rows of temporary settings: written for executions that go on, restored by one at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType, WaveSummary
from shared.models.launch_config_state import ConfigAction, ServerConfigEvent
from shared.models.temporary_settings import TemporarySettings
from shared.stores import keys
from shared.stores.headers import Headers
from shared.stores.launch_configs import LaunchConfigStore
from shared.stores.table import Changes
from shared.stores.temporary_settings import CHANGED, ENDED, TemporarySettingsStore
from tests.support.configuration import NOW, server_key
from tests.support.four_tables import FourTables

LATER = NOW + timedelta(seconds=60)


def header_of(execution_id: str = "exec-1") -> ExecutionHeader:
    return ExecutionHeader(
        execution_id=execution_id,
        plan_id="plan-1",
        plan_name="plan",
        plan_version=1,
        execution_type=ExecutionType.DRILL,
        status=ExecutionStatus.RUNNING,
        started_at=NOW,
        initiated_by="ann",
        waves=(WaveSummary(wave_number=0, wave_name="wave"),),
        wave_count=1,
        server_count=1,
    )


def row_of(number: int, execution_id: str = "exec-1", **more: Any) -> TemporarySettings:
    fields: dict[str, Any] = {
        "wave_number": 0,
        "group_id": "group-1",
        "group_version": 1,
        "actor": "ann",
        "at": NOW,
        "until": LATER,
        "put": {"subnetId": ("subnet-1",), "staticPrivateIp": (None,), "instanceType": ()},
        "before": {"staticPrivateIp": "10.0.0.9", "licensing": {"osByol": False}},
        **more,
    }
    return TemporarySettings(server=server_key(number), for_execution=execution_id, for_plan="plan-1", **fields)


def event_of(action: ConfigAction) -> ServerConfigEvent:
    return ServerConfigEvent(event_id="e", at=NOW, actor="ann", action=action, group_id="group-1", group_version=1)


class TemporarySettingsContract:
    """Whatever table is behind it."""

    @pytest.fixture
    def store(self, tables: FourTables) -> TemporarySettingsStore:
        return TemporarySettingsStore(tables.execution_history)

    @pytest.fixture
    def header(self, tables: FourTables) -> ExecutionHeader:
        """An execution that goes on."""
        header = header_of()
        Headers(tables.execution_history).create(header)
        return header

    def test_rows_are_found_by_their_servers_and_all_together(
        self, store: TemporarySettingsStore, header: ExecutionHeader
    ) -> None:
        rows = [row_of(number) for number in range(1, 121)]

        assert store.put(header, rows, {}) == {}

        assert sorted(store.all(), key=lambda row: row.server) == rows
        assert store.of([server_key(7), server_key(999)]) == {server_key(7): rows[6]}

    def test_nothing_is_written_for_an_execution_that_has_ended_or_is_gone(
        self, store: TemporarySettingsStore, header: ExecutionHeader, tables: FourTables
    ) -> None:
        key = keys.item_key(header.execution_id, header.plan_id)
        tables.execution_history.update(key, Changes(set={"status": "CANCELLED"}))

        assert store.put(header, [row_of(1)], {}) == {server_key(1): ENDED}
        assert store.put(header_of("exec-2"), [row_of(2, "exec-2")], {}) == {server_key(2): ENDED}
        assert list(store.all()) == []

    def test_a_row_is_not_written_over_that_of_another_or_one_that_was_not_read(
        self, store: TemporarySettingsStore, header: ExecutionHeader
    ) -> None:
        first = row_of(1)
        assert store.put(header, [first], {}) == {}
        second = first.model_copy(update={"until": LATER + timedelta(seconds=60)})

        assert store.put(header, [second], {}) == {server_key(1): CHANGED}
        of_another = row_of(1, "exec-0")
        assert store.put(header, [second], {server_key(1): of_another}) == {server_key(1): CHANGED}
        assert store.put(header, [second], {server_key(1): first}) == {}
        assert list(store.all()) == [second]

    def test_one_that_is_refused_keeps_nobody_from_being_written(
        self, store: TemporarySettingsStore, header: ExecutionHeader, tables: FourTables
    ) -> None:
        rows = [row_of(number) for number in range(1, 121)]
        store.put(header, [rows[4], rows[110]], {})

        assert store.put(header, rows, {}) == {server_key(5): CHANGED, server_key(111): CHANGED}

        assert sorted(store.all(), key=lambda row: row.server) == rows
        tables.execution_history.update(
            keys.item_key(header.execution_id, header.plan_id), Changes(set={"status": "CANCELLED"})
        )
        assert {*store.put(header, rows[:2], {}).values()} == {ENDED}

    def test_an_execution_lends_from_its_first_row_until_it_has_ended_and_none_is_left(
        self, store: TemporarySettingsStore, header: ExecutionHeader, tables: FourTables
    ) -> None:
        headers, execution = Headers(tables.execution_history), (header.execution_id, header.plan_id)
        assert store.put(header, [row_of(1)], {}) == {}
        lends = headers.get_header(*execution)
        assert (lends.lends_settings, store.count(lends)) == (True, 1)

        tables.execution_history.update(keys.item_key(*execution), Changes(set={"status": "CANCELLED"}))
        store.end_lending([execution])
        assert headers.get_header(*execution).lends_settings, "a row is left"
        store.finish(row_of(1), event_of(ConfigAction.RESTORED))
        store.end_lending([execution, ("exec-9", "plan-9")])

        assert not headers.get_header(*execution).lends_settings
        assert tables.execution_history.get(keys.item_key("exec-9", "plan-9")) is None

    def test_one_that_goes_on_may_lend_again_at_any_time(
        self, store: TemporarySettingsStore, header: ExecutionHeader, tables: FourTables
    ) -> None:
        store.put(header, [row_of(1)], {})
        store.finish(row_of(1), event_of(ConfigAction.RESTORED))

        store.end_lending([(header.execution_id, header.plan_id)])

        assert Headers(tables.execution_history).find(header.execution_id).lends_settings

    def test_what_another_left_is_taken_over_unless_somebody_restores_it(
        self, store: TemporarySettingsStore, header: ExecutionHeader
    ) -> None:
        left, mine = row_of(1), row_of(1, "exec-2")
        store.put(header, [left], {})
        held = store.claim(left, "the schedule", NOW, LATER)
        assert held is not None

        assert store.put(header, [mine], {server_key(1): left}) == {server_key(1): CHANGED}
        store.postpone(held)
        assert store.put(header, [mine], {server_key(1): left}) == {}

        store.finish(held, event_of(ConfigAction.RESTORED))
        assert list(store.all()) == [mine], "whoever restored it before ends nothing any more"

    def test_it_is_restored_by_one_at_a_time(
        self, store: TemporarySettingsStore, header: ExecutionHeader, tables: FourTables
    ) -> None:
        row = row_of(1)
        store.put(header, [row], {})

        mine = store.claim(row, "me", NOW, LATER)
        assert mine is not None and mine.claim == "me"
        assert store.claim(row, "other", NOW, LATER) is None
        assert store.claim(row_of(2), "me", NOW, LATER) is None
        store.postpone(mine.model_copy(update={"attempts": 1, "try_at": LATER}), event_of(ConfigAction.FAILED))

        again = store.claim(row, "other", NOW, LATER)
        assert again is not None and (again.attempts, again.try_at, again.claim) == (1, LATER, "other")
        taken_over = store.claim(row, "third", LATER + timedelta(seconds=1), LATER + timedelta(seconds=60))
        assert taken_over is not None
        store.finish(again, event_of(ConfigAction.RESTORED))
        assert [each.claim for each in store.all()] == ["third"], "whose time was over ends nothing any more"

        store.finish(taken_over, event_of(ConfigAction.RESTORED))
        store.finish(taken_over, event_of(ConfigAction.RESTORED))

        assert list(store.all()) == []
        history = LaunchConfigStore(tables.execution_history).history(server_key(1), 10).items
        assert [each.action for each in history] == [ConfigAction.RESTORED]
