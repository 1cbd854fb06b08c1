"""The contract of the rows of launch configurations: one run of a group, held by one, and histories newest first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.models.launch_config_state import (
    ConfigAction,
    ConfigDifference,
    ConfigRun,
    ConfigRunStatus,
    ConfigStatus,
    ServerConfigEvent,
    ServerConfigState,
)
from shared.stores.conditions import NotExists
from shared.stores.launch_configs import LaunchConfigStore, Progress
from shared.stores.table import PutItem, TransactionRefused
from tests.support.configuration import NOW, server_key
from tests.support.four_tables import FourTables

LEASE = timedelta(seconds=90)
LATER = NOW + timedelta(seconds=100)


def run_of(run_id: str = "run-1", parts: int = 2) -> ConfigRun:
    return ConfigRun(run_id=run_id, group_id="group-1", actor="ann", started_at=NOW, total=3, parts=parts)


def state_of(number: int, **more: Any) -> ServerConfigState:
    fields: dict[str, Any] = {"status": ConfigStatus.APPLIED, "group_id": "group-1", "group_version": 1, **more}
    return ServerConfigState(server=server_key(number), actor="ann", at=NOW, **fields)


def event_of(number: int) -> ServerConfigEvent:
    difference = ConfigDifference(field="copyTags", wanted=True, found=False)
    return ServerConfigEvent(
        event_id=f"event-{number}",
        at=NOW + timedelta(seconds=number),
        actor="ann",
        action=ConfigAction.APPLIED,
        group_id="group-1",
        group_version=number,
        differences=(difference,),
    )


class LaunchConfigsContract:
    """Whatever table is behind it."""

    @pytest.fixture
    def store(self, tables: FourTables) -> LaunchConfigStore:
        return LaunchConfigStore(tables.execution_history)

    @pytest.fixture
    def run(self, store: LaunchConfigStore) -> ConfigRun:
        """A run that somebody has just taken."""
        assert store.start_run(run_of(), [["a", "b"], ["c"]])
        taken = store.claim("group-1", "run-1", "me", NOW, NOW + LEASE)
        assert taken is not None
        return taken

    def test_states_are_found_by_their_servers_with_the_lines_of_their_history(self, store: LaunchConfigStore) -> None:
        states = [state_of(number) for number in range(1, 61)]

        store.put_states(states, {state.server: event_of(1) for state in states[:55]})

        found = store.states([state.server for state in (*states, state_of(99))])
        assert found == {state.server: state for state in states}
        assert store.history(server_key(1), 10).items == (event_of(1),)
        assert store.history(server_key(60), 10).items == ()

    def test_of_whom_somebody_else_has_written_since_is_left_as_he_stands(self, store: LaunchConfigStore) -> None:
        before = {number: state_of(number) for number in (1, 2, 3)}
        store.put_states([before[1], before[2]])
        later = {number: state.model_copy(update={"run_id": "run-2"}) for number, state in before.items()}
        store.put_states([later[1]], {}, {server_key(1): before[1]})

        events = {server_key(number): event_of(number) for number in before}
        refused = store.put_states(list(later.values()), events, {server_key(1): before[1], server_key(2): before[2]})

        assert refused == {server_key(1)}
        assert store.states(list(events)) == {server_key(number): later[number] for number in later}
        assert store.history(server_key(1), 10).items == ()
        assert store.put_states([before[2]]) == {server_key(2)}, "who knows of none writes over none"

    def test_a_history_is_read_newest_first_a_page_at_a_time(self, store: LaunchConfigStore) -> None:
        for number in (2, 1, 3):
            store.append(server_key(1), event_of(number))
        store.put_states([state_of(1)])

        first = store.history(server_key(1), 2)
        second = store.history(server_key(1), 2, first.next_token)

        assert [each.group_version for each in (*first.items, *second.items)] == [3, 2, 1]
        assert second.next_token is None

    def test_a_history_is_of_a_group_that_has_any_line_of_it(self, store: LaunchConfigStore) -> None:
        for number in (1, 2):
            store.append(server_key(1), event_of(number).model_copy(update={"group_id": f"group-{number}"}))
        store.put_states([state_of(1)])

        assert [store.has_line_of(server_key(1), f"group-{number}") for number in (1, 2, 3)] == [True, True, False]
        assert not store.has_line_of(server_key(2), "group-1")

    def test_a_group_has_one_run_at_a_time(self, store: LaunchConfigStore, run: ConfigRun) -> None:
        assert not store.start_run(run_of("run-2"), [["a"], ["b"]])
        assert store.part(run_of("run-2"), 0) == ()
        assert store.part(run, 1) == ("c",)

        store.end(run, ConfigRunStatus.COMPLETED, NOW)

        assert store.start_run(run_of("run-2"), [["a"], ["b"]])
        assert [each.run_id for each in store.running()] == ["run-2"]

    def test_a_run_is_not_begun_without_what_is_to_be_written_with_it(self, store: LaunchConfigStore) -> None:
        other = {"executionId": "other", "planId": "row"}
        assert store.start_run(run_of(), [["a"]], [PutItem(other, NotExists("executionId"))])
        run = store.claim("group-1", "run-1", "me", NOW, NOW + LEASE)
        assert run is not None
        store.end(run, ConfigRunStatus.COMPLETED, NOW)

        with pytest.raises(TransactionRefused):
            store.start_run(run_of("run-2"), [["a"]], [PutItem(other, NotExists("executionId"))])

        assert store.part(run_of("run-2"), 0) == ()
        found = store.run("group-1")
        assert found is not None and found.run_id == "run-1"

    def test_a_run_is_held_by_one_until_it_is_released_or_its_time_is_over(
        self, store: LaunchConfigStore, run: ConfigRun
    ) -> None:
        assert store.claim("group-1", "run-1", "other", NOW, NOW + LEASE) is None
        assert store.claim("group-1", "run-2", "other", LATER, LATER + LEASE) is None

        store.release(run)
        released = store.claim("group-1", "run-1", "other", NOW, NOW + LEASE)
        expired = store.claim("group-1", "run-1", "third", LATER, LATER + LEASE)

        assert released is not None and (released.lease_owner, released.attempts) == ("other", 2)
        assert expired is not None and expired.lease_owner == "third"
        assert store.advance(released, Progress({"applied": 1}), LATER) is None

    def test_progress_counts_and_what_is_left_stays(self, store: LaunchConfigStore, run: ConfigRun) -> None:
        half = store.advance(run, Progress({"applied": 1}, ["b"]), LATER)
        assert half is not None
        assert (half.next_part, half.applied, half.attempts, store.part(half, 0)) == (0, 1, 0, ("b",))

        whole = store.advance(half, Progress({"failed": 1}), LATER)

        assert whole is not None
        assert (whole.next_part, whole.done, store.part(whole, 0)) == (1, 2, ())
        assert store.advance(half, Progress({"failed": 1}), LATER) is None, "nobody counts a part twice"

    def test_an_ended_run_leaves_no_parts_and_goes_on_no_more(self, store: LaunchConfigStore, run: ConfigRun) -> None:
        store.end(run, ConfigRunStatus.FAILED, NOW, "the group was deleted")

        found = store.run("group-1")
        assert found is not None
        assert (found.status, found.reason, found.ended_at) == (ConfigRunStatus.FAILED, "the group was deleted", NOW)
        assert store.part(run, 0) == store.part(run, 1) == ()
        assert list(store.running()) == []
        assert store.claim("group-1", "run-1", "other", LATER, LATER + LEASE) is None
