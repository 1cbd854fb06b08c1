"""The contract of terminations, lists and idempotency rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import product

import pytest
from pydantic.alias_generators import to_snake

from shared.clock import VirtualClock
from shared.errors import ConflictError, ConflictReason, NotFoundError, ValidationError
from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType
from shared.models.execution_summary import ExecutionSummary
from shared.models.termination import TerminationStatus
from shared.models.wave_record import WaveStatus
from shared.stores import keys
from shared.stores.attribute_values import item_size
from shared.stores.execution_store import ExecutionStore
from shared.stores.idempotency import Claim, IdempotencyRows
from shared.stores.listings import StartedBetween
from shared.stores.paging import Listing
from shared.stores.refusals import (
    AlreadyExistsError,
    StepLostError,
)
from shared.stores.table import Table, Throttled
from tests.support.four_tables import FourTables
from tests.support.store_contract.executions import StoreFixtures
from tests.support.store_contract.samples import (
    NOW,
    header,
    seconds,
    termination,
    wave,
)
from tests.support.tampered_table import ForgetfulTable


class TerminationsContract(StoreFixtures):
    """Terminations are numbered without gaps and change under one visit at a time."""

    def test_a_termination_puts_the_execution_back_on_the_reconcilers_list(self, store: ExecutionStore) -> None:
        over = header(status=ExecutionStatus.PARTIAL)
        store.create(over)
        store.close(over)

        store.create_termination(termination(over))

        assert list(store.list_open()) == [("e1", "p1")]
        now = store.find("e1")
        assert (now.termination_count, now.open) == (1, True)
        assert store.termination(now, 1) == termination(over) == store.latest_termination(now)
        assert store.close(over) is False
        assert store.close(now) is True

    def test_terminations_are_numbered_without_gaps(self, store: ExecutionStore) -> None:
        over = header(status=ExecutionStatus.FAILED)
        store.create(over)
        store.create_termination(termination(over))

        for number in (1, 3):
            with pytest.raises(AlreadyExistsError):
                store.create_termination(termination(over, number))

        store.create_termination(termination(over, 2))
        assert store.latest_termination(over) == termination(over, 2)

    def test_what_runs_is_not_terminated(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        with pytest.raises(ConflictError) as refusal:
            store.create_termination(termination(running))
        with pytest.raises(NotFoundError):
            store.create_termination(termination(header("none")))

        assert refusal.value.reason is ConflictReason.INVALID_STATE
        assert store.latest_termination(running) is None
        assert store.termination(running, 1) is None

    def test_a_termination_changes_as_it_was_read_and_ends_once(self, store: ExecutionStore) -> None:
        over = header(status=ExecutionStatus.COMPLETED)
        store.create(over)
        store.create_termination(termination(over))

        claimed = store.update_termination(termination(over, visit="a"))
        assert claimed == termination(over, visit="a", version=1)
        with pytest.raises(StepLostError):
            store.update_termination(termination(over, visit="b"))

        # of one round too: whoever has read before it wrote overwrites nothing
        again = store.update_termination(claimed.model_copy(update={"lacks_locks": True}))
        with pytest.raises(StepLostError):
            store.update_termination(claimed.model_copy(update={"run_seq": 2}))

        ended = again.model_copy(update={"status": TerminationStatus.COMPLETED, "ended_at": NOW})
        stored = store.update_termination(ended)
        assert stored == ended.model_copy(update={"version": 3}) == store.termination(over, 1)
        with pytest.raises(StepLostError):
            store.update_termination(stored)


@dataclass(frozen=True)
class Asked:
    """A list with its filters."""

    plan_id: str | None
    status: ExecutionStatus | None
    execution_type: ExecutionType | None
    started: StartedBetween | None

    def pages(self, store: ExecutionStore) -> list[ExecutionSummary]:
        """All that it shows in pages of two, of which only the last may be short."""
        seen: list[ExecutionSummary] = []
        token = None
        while True:
            page = self._page(store, token)
            seen += page.items
            token = page.next_token
            if token is None:
                return seen
            assert len(page.items) == 2, self

    def _page(self, store: ExecutionStore, token: str | None) -> Listing[ExecutionSummary]:
        if self.plan_id is None:
            return store.list_by_start(
                2, token, status=self.status, execution_type=self.execution_type, started=self.started
            )
        return store.list_by_plan(
            self.plan_id, 2, token, status=self.status, execution_type=self.execution_type, started=self.started
        )


class ListingsContract(StoreFixtures):
    """Lists show every execution once, newest first, under the filters they were asked with."""

    @pytest.fixture
    def listed(self, store: ExecutionStore) -> ExecutionStore:
        for number in range(10):
            store.create(
                header(
                    f"e{number}",
                    f"p{number % 2}",
                    started_at=seconds(number // 2),
                    status=ExecutionStatus.RUNNING if number < 4 else ExecutionStatus.COMPLETED,
                    execution_type=ExecutionType.RECOVERY if number % 3 == 0 else ExecutionType.DRILL,
                    progress=number * 10,
                    point_in_time=NOW - timedelta(hours=1) if number == 9 else None,
                )
            )
        return store

    def test_pages_show_every_execution_once_newest_first(self, listed: ExecutionStore) -> None:
        seen: list[ExecutionSummary] = []
        token = None
        while True:
            page = listed.list_by_start(3, token)
            seen += page.items
            token = page.next_token
            if token is None:
                break

        assert sorted(one.execution_id for one in seen) == [f"e{number}" for number in range(10)]
        assert [one.started_at for one in seen] == sorted((one.started_at for one in seen), reverse=True)

    def test_a_list_knows_what_a_reader_needs(self, listed: ExecutionStore) -> None:
        newest = listed.list_by_plan("p1", 1).items[0]

        of = listed.find("e9")
        fields = type(newest).model_fields
        assert newest.wire() == {name: value for name, value in of.wire().items() if to_snake(name) in fields}
        assert newest.point_in_time == format_instant(NOW - timedelta(hours=1))
        assert listed.list_by_plan("p0", 1).items[0].point_in_time == "LATEST"

    def test_filters_hold_across_pages(self, listed: ExecutionStore) -> None:
        first = listed.list_by_plan("p0", 2, status=ExecutionStatus.COMPLETED)
        second = listed.list_by_plan("p0", 2, first.next_token, status=ExecutionStatus.COMPLETED)

        assert [one.execution_id for one in (*first.items, *second.items)] == ["e8", "e6", "e4"]
        assert second.next_token is None
        recoveries = listed.list_by_start(9, status=ExecutionStatus.RUNNING, execution_type=ExecutionType.RECOVERY)
        assert [one.execution_id for one in recoveries.items] == ["e3", "e0"]

    def test_every_combination_of_filters_shows_what_passes_all_of_them_once_and_newest_first(
        self, listed: ExecutionStore
    ) -> None:
        every = listed.list_by_start(20).items
        plans = (None, "p0", "p1")
        statuses = (None, ExecutionStatus.RUNNING, ExecutionStatus.COMPLETED, ExecutionStatus.FAILED)
        instants = (None, (1, None), (None, 3), (1, 3), (2, 2), (9, None))
        for plan_id, status, kind, instant in product(plans, statuses, (None, *ExecutionType), instants):
            first, last = (None if at is None else seconds(at) for at in instant or (None, None))
            asked = Asked(plan_id, status, kind, StartedBetween(first, last) if instant else None)

            seen = asked.pages(listed)

            wanted = {"plan_id": plan_id, "status": status, "execution_type": kind}
            passing = {
                one.execution_id: one
                for one in every
                if all(value is None or getattr(one, name) == value for name, value in wanted.items())
                and (first or NOW) <= one.started_at <= (last or seconds(100))
            }
            assert len(seen) == len(passing), asked
            assert {one.execution_id: one for one in seen} == passing, asked
            assert [one.started_at for one in seen] == sorted((one.started_at for one in seen), reverse=True), asked

    def test_a_list_of_a_status_follows_the_engine(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        store.commit(running.model_copy(update={"status": ExecutionStatus.PARTIAL}))

        listed = {status: store.list_by_start(9, status=status).items for status in ExecutionStatus}
        assert {status: [one.execution_id for one in found] for status, found in listed.items() if found} == {
            ExecutionStatus.PARTIAL: ["e1"]
        }

    def test_parts_of_an_execution_are_in_no_list(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        begun = wave(0, running, status=WaveStatus.COMPLETED, started_at=NOW)
        store.write_items(running, [begun])

        assert store.list_by_start(9, status=ExecutionStatus.COMPLETED).items == ()
        assert len(store.list_by_start(9, execution_type=running.execution_type).items) == 1

    def test_a_token_belongs_to_its_list_and_filters(self, listed: ExecutionStore) -> None:
        token = listed.list_by_plan("p0", 2).next_token
        assert token is not None

        others: list[Callable[[], Listing[ExecutionSummary]]] = [
            lambda: listed.list_by_plan("p1", 2, token),
            lambda: listed.list_by_start(2, token),
            lambda: listed.list_by_plan("p0", 2, token, status=ExecutionStatus.RUNNING),
            lambda: listed.list_by_plan("p0", 2, token, started=StartedBetween(NOW)),
            lambda: listed.list_by_plan("p0", 2, token[:-4]),
            lambda: listed.list_by_plan("p0", 2, "none"),
        ]
        for other in others:
            with pytest.raises(ValidationError, match="nextToken"):
                other()

    def test_a_page_has_at_least_one_item(self, listed: ExecutionStore) -> None:
        with pytest.raises(ValueError, match="at least one"):
            listed.list_by_start(0)


def claim(key: str = "k", *, of: str = "hash", scope: str = "start", by: str = "first") -> Claim:
    """A call with that token, by one of those that make it."""
    return Claim(scope, key, of, by)


class IdempotencyContract:
    """The same client token is the same call for a day, in a table with one key or with two."""

    @pytest.fixture(params=[(keys.PARTITION, keys.SORT), ("groupId",)], ids=["two keys", "one key"])
    def key_names(self, request: pytest.FixtureRequest) -> tuple[str] | tuple[str, str]:
        names: tuple[str] | tuple[str, str] = request.param
        return names

    @pytest.fixture
    def table(self, tables: FourTables, key_names: tuple[str, ...]) -> Table:
        return tables.execution_history if len(key_names) > 1 else tables.protection_groups

    @pytest.fixture
    def store(self, table: Table, key_names: tuple[str] | tuple[str, str]) -> IdempotencyRows:
        return IdempotencyRows(table, VirtualClock(NOW), key_names)

    def test_a_repeated_call_gets_the_first_result(self, store: IdempotencyRows) -> None:
        assert store.claim_idempotency(claim(), NOW) is None

        store.put_idempotency_result(claim(), {"executionId": "e1"})

        assert store.claim_idempotency(claim(), seconds(3600)) == {"executionId": "e1"}
        assert store.claim_idempotency(claim(scope="other"), NOW) is None

    def test_a_result_of_any_size_is_kept_in_small_items(self, store: IdempotencyRows, table: Table) -> None:
        large = {"executionId": "e1", "findings": [f"server {number} {'é' * number}" for number in range(600)]}
        other = {"executionId": "e2", "findings": large["findings"]}
        random = {"executionId": "e3", "digests": [sha256(bytes([number])).hexdigest() for number in range(250)]}
        for key, result in (("k", large), ("l", other), ("m", random)):
            store.claim_idempotency(claim(key), NOW)
            store.put_idempotency_result(claim(key), result)

        for key, result in (("k", large), ("l", other), ("m", random)):
            assert store.claim_idempotency(claim(key), NOW) == result
        rows = table.scan()
        assert len(rows) > 6
        assert max(map(item_size, rows)) < 4096
        assert all(row["expiresAt"] for row in rows)

    def test_a_token_of_another_request_is_refused(self, store: IdempotencyRows) -> None:
        store.claim_idempotency(claim(), NOW)

        with pytest.raises(ValidationError, match="clientToken"):
            store.claim_idempotency(claim(of="other"), NOW)

    def test_a_call_that_is_being_made_is_not_made_again_until_it_is_dead(self, store: IdempotencyRows) -> None:
        store.claim_idempotency(claim(), NOW)

        with pytest.raises(Throttled):
            store.claim_idempotency(claim(), seconds(30))

        assert store.claim_idempotency(claim(), seconds(61)) is None

    def test_a_claim_whose_first_answer_gets_lost_is_ours(
        self, table: Table, key_names: tuple[str] | tuple[str, str]
    ) -> None:
        store = IdempotencyRows(ForgetfulTable(table), VirtualClock(NOW), key_names)

        assert store.claim_idempotency(claim(), NOW) is None
        store.put_idempotency_result(claim(), {"executionId": "e1"})

        assert store.claim_idempotency(claim(), NOW) == {"executionId": "e1"}

    def test_a_dead_call_leaves_its_token_to_the_same_request_only(self, store: IdempotencyRows) -> None:
        store.claim_idempotency(claim(), NOW)

        with pytest.raises(ValidationError, match="clientToken"):
            store.claim_idempotency(claim(of="other"), seconds(61))

    def test_a_row_is_worth_a_day_by_its_own_time(self, store: IdempotencyRows, table: Table) -> None:
        store.claim_idempotency(claim(), NOW)
        store.put_idempotency_result(claim(), {"executionId": "e1"})
        day = 24 * 3600

        assert store.claim_idempotency(claim(), seconds(day)) == {"executionId": "e1"}
        assert store.claim_idempotency(claim(of="other"), seconds(day + 1)) is None

        [row] = table.scan()
        assert row["expiresAt"] == seconds(2 * day + 1).timestamp()
        assert "result" not in row

    def test_keys_whose_results_came_to_nothing_lead_on_for_as_long_as_the_result_in_their_place_is_kept(
        self, store: IdempotencyRows, table: Table
    ) -> None:
        day, again = 24 * 3600, seconds(23 * 3600)
        large = {"executionId": "e1", "findings": ["é" * 100] * 100}
        for key, result in (("k", large), ("k 2", {"executionId": "e2"})):
            store.claim_idempotency(claim(key), NOW)
            store.put_idempotency_result(claim(key), result)
        before = table.scan()
        with pytest.raises(Throttled):
            store.claim_idempotency(claim("k 3"), again, instead_of=["k", "none"])
        assert store.claim_idempotency(claim("k 2"), again, instead_of=["k"]) == {"executionId": "e2"}
        assert table.scan() == before

        assert store.claim_idempotency(claim("k 3"), again, instead_of=["k", "k 2"]) is None
        store.put_idempotency_result(claim("k 3"), {"executionId": "e3"})

        for when in (again, seconds(day + 1), seconds(23 * 3600 + day)):
            kept = [store.claim_idempotency(claim(key), when) for key in ("k", "k 2", "k 3")]
            assert kept == [{}, {}, {"executionId": "e3"}]
        rows = [row for row in table.scan() if "result" in row]
        assert {row["expiresAt"] for row in rows} == {int(again.timestamp()) + day}
        for key in ("k", "k 2", "k 3"):
            assert store.claim_idempotency(claim(key, of="other"), seconds(23 * 3600 + day + 1)) is None

    @pytest.mark.dynamodb_local
    def test_of_ever_so_many_results_that_came_to_nothing_the_latest_lead_on(self, store: IdempotencyRows) -> None:
        names = [f"k {number}" for number in range(120)]
        for name in names:
            store.claim_idempotency(claim(name), NOW)
            store.put_idempotency_result(claim(name), {"executionId": name})

        assert store.claim_idempotency(claim("next"), seconds(60), instead_of=names) is None

        assert store.claim_idempotency(claim(names[20]), NOW) == {"executionId": "k 20"}
        assert store.claim_idempotency(claim(names[21]), NOW) == {}

    def test_a_claim_is_given_up_after_a_failure(self, store: IdempotencyRows) -> None:
        store.claim_idempotency(claim(), NOW)

        store.drop_idempotency_claim(claim())

        assert store.claim_idempotency(claim(of="other"), NOW) is None

    def test_a_claim_that_is_released_is_free_for_the_same_request_at_once_and_for_no_other(
        self, store: IdempotencyRows
    ) -> None:
        store.claim_idempotency(claim(), NOW)
        store.release_idempotency_claim(claim(of="another", by="second"))
        with pytest.raises(Throttled):
            store.claim_idempotency(claim(), NOW)

        store.release_idempotency_claim(claim())

        with pytest.raises(ValidationError, match="another request"):
            store.claim_idempotency(claim(of="other"), NOW)
        assert store.claim_idempotency(claim(), NOW) is None
        with pytest.raises(Throttled):
            store.claim_idempotency(claim(), NOW)

    def test_a_released_claim_says_nothing_of_a_result(self, store: IdempotencyRows) -> None:
        store.claim_idempotency(claim(), NOW)
        store.put_idempotency_result(claim(), {"executionId": "e1"})

        store.release_idempotency_claim(claim())

        assert store.claim_idempotency(claim(), NOW) == {"executionId": "e1"}

    @pytest.mark.parametrize("free", ["drop_idempotency_claim", "release_idempotency_claim"])
    def test_a_call_that_outlives_its_claim_frees_not_that_of_its_repetition(
        self, store: IdempotencyRows, free: str
    ) -> None:
        store.claim_idempotency(claim(), NOW)
        assert store.claim_idempotency(claim(by="second"), seconds(61)) is None

        getattr(store, free)(claim())

        with pytest.raises(Throttled):
            store.claim_idempotency(claim(by="third"), seconds(62))
        getattr(store, free)(claim(by="second"))
        assert store.claim_idempotency(claim(by="third"), seconds(62)) is None

    def test_a_call_that_outlives_its_claim_keeps_no_result_and_is_told(self, store: IdempotencyRows) -> None:
        store.claim_idempotency(claim(), NOW)
        store.claim_idempotency(claim(by="second"), seconds(61))

        assert not store.put_idempotency_result(claim(), {"executionId": "e1"})
        assert store.put_idempotency_result(claim(by="second"), {"executionId": "e2"})

        assert store.claim_idempotency(claim(by="third"), seconds(62)) == {"executionId": "e2"}
        assert not store.put_idempotency_result(claim(), {"executionId": "e1"})

    def test_a_result_that_was_kept_is_kept_though_its_answer_was_lost(
        self, table: Table, key_names: tuple[str] | tuple[str, str]
    ) -> None:
        large = {"executionId": "e1", "findings": [f"server {number} {'é' * number}" for number in range(600)]}
        store = IdempotencyRows(ForgetfulTable(table), VirtualClock(NOW), key_names)
        for key, result in (("k", {"executionId": "e1"}), ("l", large)):
            store.claim_idempotency(claim(key), NOW)

            assert store.put_idempotency_result(claim(key), result)
            assert store.put_idempotency_result(claim(key), result)

    def test_a_result_that_came_to_nothing_is_not_kept_by_a_late_call_either(self, store: IdempotencyRows) -> None:
        store.claim_idempotency(claim(), NOW)
        store.put_idempotency_result(claim(), {"executionId": "e1"})
        store.claim_idempotency(claim("k 2", by="second"), NOW, instead_of=["k"])

        assert not store.put_idempotency_result(claim(), {"executionId": "e1"})

        assert store.claim_idempotency(claim(by="third"), NOW) == {}

    def test_a_result_stays_what_it_is(self, store: IdempotencyRows) -> None:
        store.claim_idempotency(claim(), NOW)
        store.put_idempotency_result(claim(), {"executionId": "e1"})

        store.put_idempotency_result(claim(), {"executionId": "e2"})
        store.drop_idempotency_claim(claim())

        assert store.claim_idempotency(claim(), NOW) == {"executionId": "e1"}
