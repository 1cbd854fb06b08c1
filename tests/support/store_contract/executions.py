"""The contract of executions: headers, claims, steps, commits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import VirtualClock
from shared.errors import NotFoundError
from shared.models.execution import TERMINAL_STATUSES, ExecutionHeader, ExecutionStatus, WaveSummary
from shared.models.gate import GateReason, GateStatus
from shared.models.launch import LaunchState
from shared.models.request import RequestState
from shared.models.server_record import ChosenSnapshot, LaunchStatus, ServerRecord
from shared.models.wave_record import WaveRecord, WaveStatus
from shared.stores.attribute_values import item_size
from shared.stores.execution_store import ExecutionStore
from shared.stores.refusals import (
    AlreadyExistsError,
    ClaimRefusedError,
    SignalsChangedError,
    StaleRunError,
    StepLostError,
)
from shared.stores.steps import COMMITTED, REQUESTS_PER_STEP
from shared.stores.table import TRANSACTION_LIMIT, Changes, Table, chunks
from tests.support.four_tables import FourTables
from tests.support.store_contract.samples import NOW, event, gate, header, launch, request, seconds, server, wave

RUNNING = {ExecutionStatus.RUNNING}


class StoreFixtures:
    """A store of executions over a fresh table, and one execution in it."""

    @pytest.fixture
    def table(self, tables: FourTables) -> Table:
        return tables.execution_history

    @pytest.fixture
    def store(self, table: Table) -> ExecutionStore:
        return ExecutionStore(table, VirtualClock(NOW))

    @pytest.fixture
    def running(self, store: ExecutionStore) -> ExecutionHeader:
        """An execution whose first step is claimed."""
        store.create(header(status=ExecutionStatus.RUNNING))
        return store.claim_step("e1", "p1", 1, "0001#a")


class HeadersContract(StoreFixtures):
    """Made, found, moved out of PREPARING, closed."""

    def test_what_is_created_is_found_by_its_id_alone(self, store: ExecutionStore) -> None:
        created = header(reason="rehearsal", notification_email="a@example.com", rto_minutes=30)

        store.create(created)

        assert store.find("e1") == created == store.get_header("e1", "p1")
        assert store.get_inbox("e1", "p1").signals == 0
        assert store.get_inbox("e1", "p1").wait_step == -1
        assert store.header_and_inbox("e1", "p1") == (created, store.get_inbox("e1", "p1"))

    def test_an_execution_is_created_once(self, store: ExecutionStore) -> None:
        store.create(header())

        with pytest.raises(AlreadyExistsError):
            store.create(header(plan_name="other"))

        assert store.find("e1") == header()

    def test_what_is_not_an_execution_is_not_found(self, store: ExecutionStore, table: Table) -> None:
        table.put({"executionId": "lock#x", "planId": "lock"})

        for execution_id in ("none", "lock#x"):
            with pytest.raises(NotFoundError):
                store.find(execution_id)
            with pytest.raises(NotFoundError):
                store.get_header(execution_id, "lock")
            with pytest.raises(NotFoundError):
                store.get_inbox(execution_id, "lock")
            with pytest.raises(NotFoundError):
                store.header_and_inbox(execution_id, "lock")
            with pytest.raises(NotFoundError):
                store.signal(execution_id, "lock")

    def test_children_are_written_in_parts(self, store: ExecutionStore) -> None:
        of = header()
        store.create(of)
        waves = [wave(number, of) for number in range(3)]
        servers = [server(number, of, number % 3) for number in range(240)]
        chosen = ChosenSnapshot(snapshot_id="pit-1", taken_at=NOW - timedelta(hours=1), chosen_at=NOW)
        servers[1] = server(1, of, 1, snapshot=chosen, recovery_point=NOW - timedelta(hours=2))

        children: list[WaveRecord | ServerRecord] = [*waves, *servers]
        for part in chunks(children, TRANSACTION_LIMIT):
            store.put_children(of, part)

        assert store.all_waves(of) == dict(enumerate(waves))
        assert store.waves(of, [2, 7]) == {2: wave(2, of)}
        assert store.servers(of, 1) == servers[1::3]
        assert sorted(store.servers(of), key=lambda one: one.server) == servers

    def test_children_that_arrive_again_leave_what_the_engine_made_of_them(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        first: list[WaveRecord | ServerRecord] = [wave(0, running), server(0, running)]
        store.put_children(running, first)
        launched = server(0, running, launch=LaunchStatus.LAUNCHED)
        store.write_items(running, [launched])

        store.put_children(running, first)

        assert store.servers(running) == [launched]

    def test_children_of_which_only_some_are_there_are_refused(self, store: ExecutionStore) -> None:
        of = header()
        store.create(of)
        store.put_children(of, [wave(0, of)])

        with pytest.raises(AlreadyExistsError):
            store.put_children(of, [wave(0, of), wave(1, of)])

        assert list(store.all_waves(of)) == [0]

    def test_a_discarded_start_leaves_no_row(self, store: ExecutionStore, table: Table) -> None:
        of = header()
        store.create(of)

        assert store.discard(of) is True

        assert table.scan() == []
        assert store.discard(of) is False

    def test_only_a_start_in_preparation_is_discarded(self, store: ExecutionStore) -> None:
        of = header()
        store.create(of)
        pending = of.model_copy(update={"status": ExecutionStatus.PENDING})
        store.move_from_preparing(pending)

        assert store.discard(of) is False

        assert store.header_and_inbox("e1", "p1")[0] == pending

    def test_preparing_is_left_once(self, store: ExecutionStore) -> None:
        of = header()
        store.create(of)
        pending = of.model_copy(update={"status": ExecutionStatus.PENDING, "server_count": 7})

        assert store.move_from_preparing(pending) is True
        assert store.move_from_preparing(of.model_copy(update={"status": ExecutionStatus.FAILED})) is False

        assert store.find("e1") == pending

    def test_pages_of_servers_show_each_once(self, store: ExecutionStore) -> None:
        of = header()
        store.create(of)
        store.put_children(of, [server(number, of, number // 5) for number in range(10)])

        first = store.server_page(of, 3, wave_number=1)
        second = store.server_page(of, 3, first.next_token, wave_number=1)

        assert (*first.items, *second.items) == tuple(store.servers(of, 1))
        assert second.next_token is None

    def test_a_signal_is_counted_and_shows_the_token(self, store: ExecutionStore, table: Table) -> None:
        store.create(header())
        # As the state machine's own UpdateItem writes it.
        table.update({"executionId": "e1", "planId": "p1#INBOX"}, Changes(set={"token": "t", "waitStep": 0}))

        inbox = store.signal("e1", "p1")

        assert (inbox.signals, inbox.token, inbox.wait_step) == (1, "t", 0)
        assert store.get_inbox("e1", "p1") == inbox

    def test_a_closed_execution_leaves_the_reconcilers_list(self, store: ExecutionStore) -> None:
        of = header(status=ExecutionStatus.COMPLETED)
        store.create(of)
        assert list(store.list_open()) == [("e1", "p1")]

        assert store.close(of) is True

        assert list(store.list_open()) == []
        assert store.find("e1").open is False

    def test_what_is_not_over_is_not_closed(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        assert store.close(running) is False
        assert list(store.list_open()) == [("e1", "p1")]

    def test_every_open_execution_is_on_the_reconcilers_list_once(self, store: ExecutionStore) -> None:
        for number in range(105):
            store.create(header(f"e{number:03d}", f"p{number % 4}", started_at=seconds(number // 10)))

        assert sorted(store.list_open()) == [(f"e{number:03d}", f"p{number % 4}") for number in range(105)]

    def test_a_header_of_500_waves_stays_under_100_kilobytes(self, store: ExecutionStore, table: Table) -> None:
        waves = tuple(
            WaveSummary(
                wave_number=number,
                wave_name="x" * 64,
                status=WaveStatus.COMPLETED,
                depends_on_waves=(max(number - 1, 0),),
                pause_before_wave=True,
                server_count=100,
                launched_count=100,
            )
            for number in range(500)
        )
        of = header(waves=waves, wave_count=500, launch_ids=tuple(f"{'0' * 26}-{n}-1" for n in range(100)))

        store.create(of)

        stored = table.get({"executionId": "e1", "planId": "p1"})
        assert stored is not None
        assert item_size(stored) < 100 * 1024
        assert store.find("e1") == of


class StepsContract(StoreFixtures):
    """A step is claimed before it is taken; who loses it writes nothing more."""

    def test_a_claim_takes_the_next_step(self, store: ExecutionStore) -> None:
        store.create(header())

        first = store.claim_step("e1", "p1", 1, "0001#2026#000")
        second = store.claim_step("e1", "p1", 1, "0001#2026#001")

        assert (first.step, second.step, second.by) == (1, 2, "0001#2026#001")
        assert store.find("e1") == second

    @pytest.mark.parametrize("by", ["0001#2026#001", "0001#2026#000", "0000#2027"])
    def test_a_claim_that_is_not_later_is_refused(self, store: ExecutionStore, by: str) -> None:
        store.create(header())
        claimed = store.claim_step("e1", "p1", 1, "0001#2026#001")

        with pytest.raises(ClaimRefusedError) as refusal:
            store.claim_step("e1", "p1", 1, by)

        assert refusal.value.header == claimed == store.find("e1")

    def test_a_claim_of_a_replaced_run_is_stale(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        replaced = store.replace_run(running)

        with pytest.raises(StaleRunError) as refusal:
            store.claim_step("e1", "p1", 1, "0009")

        assert replaced.run_seq == 2
        assert refusal.value.header == replaced
        assert store.claim_step("e1", "p1", 2, "0002").step == 2

    def test_that_its_run_begins_late_is_noted_and_nothing_else(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        store.note_late(running)

        assert store.find("e1") == running.model_copy(update={"begins_late": True})

        with pytest.raises(NotFoundError):
            store.note_late(header("none"))

    def test_a_claim_of_a_run_that_does_not_drive_yet_is_refused(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        with pytest.raises(ClaimRefusedError):
            store.claim_step("e1", "p1", running.run_seq + 1, "0009")

    def test_a_claim_of_nothing_makes_nothing(self, store: ExecutionStore, table: Table) -> None:
        with pytest.raises(NotFoundError):
            store.claim_step("e1", "p1", 1, "a")
        assert table.scan() == []

    def test_a_run_is_replaced_once(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        replaced = store.replace_run(running)

        with pytest.raises(StaleRunError) as refusal:
            store.replace_run(running)
        with pytest.raises(NotFoundError):
            store.replace_run(header("none"))

        assert refusal.value.header == replaced == running.model_copy(update={"run_seq": 2})

    def test_a_commit_writes_its_fields_and_no_others(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        store.replace_run(running)
        decided: dict[str, Any] = {
            "status": ExecutionStatus.PAUSED,
            "status_reason": "waits",
            "paused_since": NOW,
            "seconds_at_gates": 2.5,
            "gate_seconds_at_recovery": 1.5,
            "seen": 3,
            "waves": (running.waves[0].model_copy(update={"status": WaveStatus.COMPLETED}), *running.waves[1:]),
        }
        ours = {"run_seq": 9, "by": "x", "launch_ids": ("bogus",), "termination_count": 4, "open": False}

        committed = store.commit(running.model_copy(update=decided | ours))

        expected = running.model_copy(update=decided | {"run_seq": 2, "committed_step": running.step})
        assert store.find("e1") == expected
        assert committed.committed_step == running.step

    def test_a_commit_removes_what_is_absent(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        paused = store.commit(running.model_copy(update={"paused_since": NOW, "status": ExecutionStatus.PAUSED}))

        store.commit(paused.model_copy(update={"paused_since": None, "status": ExecutionStatus.RUNNING}))

        assert store.find("e1").paused_since is None

    def test_every_field_of_a_header_has_one_writer(self) -> None:
        of_the_start = {
            *("execution_id", "plan_id", "plan_name", "plan_version", "execution_type", "started_at", "initiated_by"),
            *(
                "reason",
                "override_reason",
                "override_codes",
                "notification_email",
                "rto_minutes",
                "rpo_seconds",
                "point_in_time",
                "targets",
                "wave_count",
            ),
            *("server_count", "launch_into_count", "schema_version"),
        }
        of_others = {
            "step",
            "committed_step",
            "by",
            "run_seq",
            "begins_late",
            "launch_ids",
            "termination_count",
            "open",
            "lends_settings",
        }

        assert {*COMMITTED, *of_the_start, *of_others} == set(ExecutionHeader.model_fields)

    def test_a_commit_of_a_lost_step_writes_nothing(
        self, store: ExecutionStore, running: ExecutionHeader, table: Table
    ) -> None:
        store.claim_step("e1", "p1", 1, "0001#b")
        before = table.scan()

        with pytest.raises(StepLostError):
            store.commit(running, events=[event(running)], expected_signals=0)

        assert table.scan() == before

    def test_a_commit_consumes_requests_and_appends_events(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        asked = request(running, "r1")
        store.put_request(asked, allowed=RUNNING, event=event(running, step=0))

        applied = asked.model_copy(update={"state": RequestState.APPLIED, "outcome": "cancelled"})
        store.commit(running, events=[event(running)], requests=[applied], expected_signals=1)

        assert store.requests(running) == []
        assert [one.step for one in store.events(running, 10).items] == [0, 1]

    def test_a_request_is_consumed_once(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        asked = request(running, "r1")
        store.put_request(asked, allowed=RUNNING, event=event(running, step=0))
        applied = asked.model_copy(update={"state": RequestState.APPLIED})
        store.commit(running, requests=[applied])

        with pytest.raises(StepLostError):
            store.commit(running, requests=[applied])

    def test_a_commit_is_refused_if_a_signal_came(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        store.signal("e1", "p1")

        with pytest.raises(SignalsChangedError):
            store.commit(running.model_copy(update={"status": ExecutionStatus.COMPLETED}), expected_signals=0)

        assert store.find("e1").status is ExecutionStatus.RUNNING
        assert store.commit(running, expected_signals=1).committed_step == running.step

    def test_a_commit_takes_any_number_of_events(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        events = [event(running, index) for index in range(250)]

        store.commit(running, events=events, expected_signals=0)

        assert list(store.events(running, 300).items) == events

    def test_a_commit_consumes_only_what_one_transaction_holds(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        many = [request(running, f"r{number:03d}") for number in range(REQUESTS_PER_STEP + 1)]

        with pytest.raises(ValueError, match="at most"):
            store.commit(running, requests=many)

    def test_items_are_written_in_as_many_transactions_as_they_need(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        servers = [server(number, running) for number in range(230)]

        store.write_items(running, [wave(0, running), *servers, event(running)])

        assert store.servers(running) == servers
        assert store.waves(running, [0]) == {0: wave(0, running)}

    def test_items_of_a_lost_step_are_not_written(
        self, store: ExecutionStore, running: ExecutionHeader, table: Table
    ) -> None:
        store.claim_step("e1", "p1", 1, "0001#b")
        before = table.scan()

        with pytest.raises(StepLostError):
            store.write_items(running, [wave(0, running), gate(running), server(1, running), launch(running)])

        assert table.scan() == before

    def test_a_gate_that_exists_is_left_as_it_is_and_the_rest_is_written(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        store.write_items(running, [gate(running, "1")])
        decided = store.decide_gate(gate(running, "1"), GateStatus.APPROVED, "someone", NOW)

        store.write_items(running, [gate(running, "1"), gate(running, "2"), wave(0, running)])

        assert store.gates(running) == [decided, gate(running, "2")]
        assert store.all_waves(running) == {0: wave(0, running)}

    def test_what_an_open_gate_says_is_written_beside_its_run_and_that_of_a_decided_one_is_left(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        store.write_items(running, [gate(running, "1"), gate(running, "2")])
        waiting = store.store_token("e1", "p1", "1", 1, visit="0001", token="token")
        decided = store.decide_gate(gate(running, "2"), GateStatus.APPROVED, "someone", NOW)
        said = [
            GateReason(execution_id="e1", plan_id="p1", scope=scope, number=1, reason="known by now")
            for scope in ("1", "2", "3")
        ]

        store.write_items(running, [*said, wave(0, running)])

        assert store.gates(running) == [waiting.model_copy(update={"reason": "known by now"}), decided]
        assert store.all_waves(running) == {0: wave(0, running)}

    def test_a_verdict_of_an_earlier_attempt_is_refused(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        store.write_items(running, [server(1, running, attempt=2)])

        with pytest.raises(StepLostError):
            store.write_items(running, [server(1, running, attempt=1, launch=LaunchStatus.FAILED)])

        store.write_items(running, [server(1, running, attempt=2, launch=LaunchStatus.LAUNCHED)])
        assert store.servers(running) == [server(1, running, attempt=2, launch=LaunchStatus.LAUNCHED)]

    @pytest.mark.parametrize("state", [LaunchState.LOST, LaunchState.DONE, LaunchState.REFUSED])
    def test_a_job_that_was_recorded_meanwhile_is_never_overwritten(
        self, store: ExecutionStore, running: ExecutionHeader, state: LaunchState
    ) -> None:
        store.write_items(running, [launch(running)])
        late = store.record_job(launch(running), "job-1")

        with pytest.raises(StepLostError):
            store.write_items(running, [launch(running, state=state)])

        listed = running.model_copy(update={"launch_ids": (late.launch_id,)})
        assert store.launches(listed) == [late]

    def test_a_launch_whose_job_is_known_is_done(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        store.write_items(running, [launch(running)])
        started = store.record_job(launch(running), "job-1")

        done = started.model_copy(update={"state": LaunchState.DONE, "ended_at": NOW})
        store.write_items(running, [done])

        assert store.launches(running.model_copy(update={"launch_ids": (done.launch_id,)})) == [done]

    def test_the_statuses_after_which_nothing_moves_are_the_models(self) -> None:
        assert {status for status in ExecutionStatus if header(status=status).is_terminal} == TERMINAL_STATUSES
