"""The contract of requests, events and gates."""

from __future__ import annotations

import pytest

from shared.errors import ConflictError, ConflictReason, NotFoundError
from shared.models.event import ExecutionEvent
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.gate import Gate, GateStatus
from shared.models.request import RequestKind, RequestState
from shared.stores.conditions import And, Equals, LessThan
from shared.stores.execution_store import ExecutionStore
from shared.stores.refusals import (
    AlreadyExistsError,
    NotOpenError,
    SignalsChangedError,
    StepLostError,
)
from shared.stores.steps import REQUESTS_PER_STEP
from shared.stores.table import Changes, ConditionFailed, Table
from tests.support.store_contract.executions import RUNNING, StoreFixtures
from tests.support.store_contract.samples import (
    NOW,
    event,
    gate,
    header,
    request,
    seconds,
)


class RequestsContract(StoreFixtures):
    """A request, its event and its signal are one."""

    def test_a_request_is_put_with_its_event_and_a_signal(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        asked = request(running, "r1")

        inbox = store.put_request(asked, allowed=RUNNING, event=event(running, step=0))

        assert inbox.signals == 1
        assert store.requests(running) == [asked]
        assert [store.request(running, name) for name in ("r1", "r2")] == [asked, None]
        assert store.events(running, 10).items == (event(running, step=0),)

    def test_a_request_is_refused_in_another_state_and_nothing_is_written(
        self, store: ExecutionStore, running: ExecutionHeader, table: Table
    ) -> None:
        before = table.scan()

        with pytest.raises(ConflictError) as refusal:
            store.put_request(request(running, "r1"), allowed={ExecutionStatus.PAUSED}, event=event(running, step=0))

        assert refusal.value.reason is ConflictReason.INVALID_STATE
        assert refusal.value.details["status"] == "RUNNING"
        assert table.scan() == before

    def test_a_request_of_the_same_id_is_put_once(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        store.put_request(request(running, "gate-1-1"), allowed=RUNNING, event=event(running, step=0))

        with pytest.raises(AlreadyExistsError):
            store.put_request(
                request(running, "gate-1-1", reason="again"), allowed=RUNNING, event=event(running, 7, step=0)
            )

        assert store.get_inbox("e1", "p1").signals == 1

    def test_a_request_to_nothing_is_not_found(self, store: ExecutionStore) -> None:
        with pytest.raises(NotFoundError):
            store.put_request(request(header("none"), "r"), allowed=RUNNING, event=event(header("none")))

    def test_two_requests_of_one_instant_keep_both_events(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        for name in ("a", "b"):
            told = event(running, step=0, message=name)
            store.put_request(request(running, name), allowed=RUNNING, event=told)

        assert [one.message for one in store.events(running, 10).items] == ["a", "b"]

    def test_requests_come_in_the_order_in_which_they_apply(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        kinds = [
            ("1", RequestKind.PAUSE),
            ("2", RequestKind.APPROVE),
            ("3", RequestKind.EXPIRED),
            ("4", RequestKind.REJECT),
            ("6", RequestKind.CANCEL),
            ("5", RequestKind.CANCEL),
        ]
        for request_id, kind in kinds:
            store.put_request(request(running, request_id, kind), allowed=RUNNING, event=event(running, step=0))

        assert [one.request_id for one in store.requests(running)] == ["5", "6", "4", "3", "2", "1"]

    @pytest.mark.dynamodb_local
    def test_no_more_requests_are_given_than_a_step_consumes(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        for number in range(REQUESTS_PER_STEP + 3):
            told = event(running, number, step=0)
            store.put_request(request(running, f"{number:03d}"), allowed=RUNNING, event=told)

        given = store.requests(running)

        assert len(given) == REQUESTS_PER_STEP
        applied = [one.model_copy(update={"state": RequestState.APPLIED}) for one in given]
        store.commit(running, requests=applied, events=[event(running, index) for index in range(150)])
        assert len(store.requests(running)) == 3

    def test_a_signal_between_reading_and_committing_is_noticed(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        _, inbox = store.header_and_inbox("e1", "p1")
        store.put_request(request(running, "late"), allowed=RUNNING, event=event(running, step=0))

        with pytest.raises(SignalsChangedError):
            store.commit(running, expected_signals=inbox.signals)

    def test_the_state_machines_wait_is_stored_unless_a_signal_came_or_the_step_is_old(
        self, store: ExecutionStore, running: ExecutionHeader, table: Table
    ) -> None:
        def wait(step: int, seen: int) -> None:
            # As the state machine's own UpdateItem says it.
            table.update(
                {"executionId": "e1", "planId": "p1#INBOX"},
                Changes(set={"token": f"token of {step}", "waitStep": step}),
                And(Equals("signals", seen), LessThan("waitStep", step)),
            )

        wait(0, 0)
        wait(1, 0)
        with pytest.raises(ConditionFailed):
            wait(1, 0)
        store.signal("e1", "p1")
        with pytest.raises(ConditionFailed):
            wait(2, 0)
        wait(2, 1)

        inbox = store.get_inbox("e1", "p1")
        assert (inbox.token, inbox.wait_step, inbox.signals) == ("token of 2", 2, 1)


class TimelineContract(StoreFixtures):
    """Events are appended and never replaced."""

    def test_events_come_a_page_at_a_time_in_both_directions(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        events = [event(running, number % 2, time=seconds(number // 2), message=str(number)) for number in range(7)]
        store.append_events(events)

        for forward, expected in ((True, events), (False, events[::-1])):
            seen: list[ExecutionEvent] = []
            token = None
            while True:
                page = store.events(running, 3, token, forward=forward)
                seen += page.items
                token = page.next_token
                if token is None:
                    break
            assert seen == expected

    def test_an_event_is_appended_once_and_never_over_another(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        first, second = event(running, message="first"), event(running, message="second")

        store.append_events([first, first, second])

        assert [(one.index, one.message) for one in store.events(running, 9).items] == [(0, "first"), (1, "second")]

    def test_details_of_an_event_come_back(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        told = event(running, details={"jobs": ["a"], "share": 0.5, "deep": {"n": 1, "yes": True}})

        store.append_events([told])

        assert store.events(running, 1).items == (told,)


class GatesContract(StoreFixtures):
    """A gate is decided once; the latest wait is the one that holds its token."""

    def test_a_later_wait_takes_the_gate_over_and_needs_a_mail(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        store.write_items(running, [gate(running)])
        first = store.store_token("e1", "p1", "1", 1, visit="a", token="t1")
        assert store.mark_notified(first, "t1", NOW) is True

        second = store.store_token("e1", "p1", "1", 1, visit="b", token="t2")

        assert (second.token, second.visit, second.token_count, second.notified_at) == ("t2", "b", 2, None)
        assert store.mark_notified(first, "t1", NOW) is False
        assert store.gate(running, "1", 1) == second

    def test_an_earlier_wait_is_refused(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        store.write_items(running, [gate(running)])
        stored = store.store_token("e1", "p1", "1", 1, visit="b", token="t2")

        with pytest.raises(NotOpenError) as refusal:
            store.store_token("e1", "p1", "1", 1, visit="a", token="t1")

        assert refusal.value.gate == stored

    def test_the_same_wait_twice_is_one(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        store.write_items(running, [gate(running)])
        first = store.store_token("e1", "p1", "1", 1, visit="a", token="t1")

        assert store.store_token("e1", "p1", "1", 1, visit="a", token="t1") == first

    def test_a_gate_that_is_not_there_is_not_found(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        assert store.gate(running, "1", 1) is None
        with pytest.raises(NotFoundError):
            store.store_token("e1", "p1", "1", 1, visit="a", token="t1")
        with pytest.raises(NotFoundError):
            store.decide_gate(gate(running), GateStatus.APPROVED, "x", NOW)

    def test_the_first_decision_stands_and_answers_with_the_token(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        store.write_items(running, [gate(running)])
        store.store_token("e1", "p1", "1", 1, visit="a", token="t1")

        decided = store.decide_gate(gate(running), GateStatus.APPROVED, "someone", NOW, "looks good", decision_id="r1")

        assert (decided.status, decided.decided_by, decided.token) == (GateStatus.APPROVED, "someone", "t1")
        assert (decided.reason, decided.decision_id) == ("looks good", "r1")
        with pytest.raises(NotOpenError) as refusal:
            store.decide_gate(gate(running), GateStatus.REJECTED, "other", NOW)
        assert refusal.value.gate == decided
        with pytest.raises(NotOpenError):
            store.store_token("e1", "p1", "1", 1, visit="z", token="t9")

    def test_the_end_of_a_run_is_confirmed_of_a_decided_gate_only(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        store.write_items(running, [gate(running)])

        assert store.confirm_gate_closed(gate(running)) is False
        assert store.confirm_gate_closed(gate(running, "9")) is False
        store.decide_gate(gate(running), GateStatus.CLOSED, "engine", NOW)
        assert store.confirm_gate_closed(gate(running)) is True

        closed = store.gate(running, "1", 1)
        assert closed is not None
        assert closed.run_closed

    def test_a_gate_is_replaced_at_once_or_not_at_all(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        store.write_items(running, [gate(running)])

        told = event(running, step=0, message="replaced")

        replace(store, gate(running), gate(running, number=2), told)

        first, second = store.gates(running)
        assert (first.status, first.run_closed, second.status) == (GateStatus.CLOSED, True, GateStatus.OPEN)
        assert (first.decided_by, first.decided_at, first.reason) == ("reconciler", seconds(9), "its run is gone")
        assert first.replaced_by == 2
        assert store.events(running, 9).items == (told,)
        with pytest.raises(NotOpenError):
            replace(store, gate(running), gate(running, number=3))
        with pytest.raises(AlreadyExistsError):
            replace(
                store,
                gate(running, number=2),
                gate(running, number=2, scope="1", reason="x").model_copy(update={"number": 1}),
            )
        assert store.gates(running) == [first, second]

    def test_a_gate_is_not_replaced_once_its_run_has_left_its_decision(
        self, store: ExecutionStore, running: ExecutionHeader, table: Table
    ) -> None:
        store.write_items(running, [gate(running)])
        store.put_request(request(running, "gate-1-1"), allowed=RUNNING, event=event(running, step=0))
        before = table.scan()

        with pytest.raises(StepLostError):
            replace(store, gate(running), gate(running, number=2))

        assert table.scan() == before

    def test_a_gate_is_not_replaced_once_the_execution_has_ended(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        store.write_items(running, [gate(running)])
        store.commit(running.model_copy(update={"status": ExecutionStatus.FAILED}))

        with pytest.raises(StepLostError):
            replace(store, gate(running), gate(running, number=2))

    def test_gates_come_by_scope_and_number(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        scopes = [("all", 1), ("10", 2), ("10", 1), ("2", 1)]
        store.write_items(running, [gate(running, scope, number) for scope, number in scopes])

        assert [(one.scope, one.number) for one in store.gates(running)] == [("2", 1), ("10", 1), ("10", 2), ("all", 1)]


def replace(store: ExecutionStore, old: Gate, new: Gate, *events: ExecutionEvent) -> None:
    """Replace a gate as the reconciler does."""
    store.replace_gate(old, new, decided_by="reconciler", reason="its run is gone", at=seconds(9), events=events)
