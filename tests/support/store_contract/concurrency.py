"""Many at once: of those who meet, the right number wins, and nothing is lost."""

from __future__ import annotations

import random
from functools import partial

import pytest

from shared.clock import VirtualClock
from shared.errors import ConflictError
from shared.models.execution import ExecutionStatus
from shared.models.gate import GateStatus
from shared.models.quota import Reservation
from shared.models.targets import ServerKey
from shared.stores.execution_store import ExecutionStore
from shared.stores.lock_store import LockStore
from shared.stores.quota_store import QuotaStore
from shared.stores.refusals import ClaimRefusedError, NotOpenError, QuotaRowChangedError, StaleRunError
from shared.stores.table import Table
from tests.support.at_once import at_once
from tests.support.store_contract.executions import StoreFixtures
from tests.support.store_contract.samples import (
    NOW,
    TARGET,
    event,
    execution_owner,
    gate,
    header,
    request,
    server_key,
)

RUNNING = {ExecutionStatus.RUNNING}


class ConcurrencyContract(StoreFixtures):
    """Threads that meet at a table."""

    @pytest.mark.parametrize("seed", range(20))
    def test_of_overlapping_takers_at_least_one_wins_and_no_server_has_two_owners(
        self, table: Table, store: ExecutionStore, seed: int
    ) -> None:
        chance = random.Random(seed)
        locks = LockStore(table, VirtualClock(NOW))
        sets: list[list[ServerKey]] = []
        for number in range(6):
            store.create(header(f"e{number}", status=ExecutionStatus.RUNNING))
            common = [server_key(150)] if seed % 2 else []
            sets.append([*common, *map(server_key, chance.sample(range(300), 140))])

        def take(number: int) -> None:
            locks.take(sets[number], execution_owner(header(f"e{number}")))

        answers = at_once(*[partial(take, number) for number in range(6)])

        winners = [number for number, answer in enumerate(answers) if answer is None]
        assert winners
        assert all(answer is None or isinstance(answer, ConflictError) for answer in answers)
        held: dict[str, int] = {}
        for server in map(server_key, range(300)):
            lock = locks.owner(server)
            if lock is not None:
                held[str(server)] = int(lock.owner.execution_id[1:])
        assert held == {str(server): number for number in winners for server in sets[number]}

    def test_one_step_has_one_owner(self, store: ExecutionStore) -> None:
        store.create(header())

        answers = at_once(*[lambda: store.claim_step("e1", "p1", 1, "0001#a")] * 12)

        assert sum(isinstance(answer, ClaimRefusedError) for answer in answers) == 11
        assert store.find("e1").step == 1

    def test_a_run_is_replaced_by_one(self, store: ExecutionStore) -> None:
        store.create(header())
        read = store.find("e1")

        answers = at_once(*[lambda: store.replace_run(read)] * 8)

        assert sum(isinstance(answer, StaleRunError) for answer in answers) == 7
        assert store.find("e1").run_seq == 2

    def test_a_gate_has_one_decision(self, store: ExecutionStore) -> None:
        store.create(header(status=ExecutionStatus.RUNNING))
        of = store.claim_step("e1", "p1", 1, "a")
        store.write_items(of, [gate(of)])
        statuses = [GateStatus.APPROVED, GateStatus.REJECTED, GateStatus.EXPIRED, GateStatus.CLOSED]

        answers = at_once(*[partial(store.decide_gate, gate(of), status, status, NOW) for status in statuses])

        decided = [answer for answer in answers if not isinstance(answer, NotOpenError)]
        assert decided == [store.gate(of, "1", 1)]

    def test_every_signal_is_counted(self, store: ExecutionStore) -> None:
        store.create(header(status=ExecutionStatus.RUNNING))
        of = store.find("e1")

        def ask(number: int) -> object:
            return store.put_request(request(of, f"r{number}"), allowed=RUNNING, event=event(of))

        at_once(*([partial(ask, number) for number in range(10)] + [lambda: store.signal("e1", "p1")] * 10))

        assert store.get_inbox("e1", "p1").signals == 20
        assert len(store.requests(of)) == len(store.events(of, 50).items) == 10

    def test_no_reservation_is_lost(self, table: Table) -> None:
        quotas = QuotaStore(table)

        def reserve(number: int) -> None:
            mine = Reservation(reservation_id=f"r{number}", execution_id="e1", server_count=1, taken_at=NOW)
            while True:
                row = quotas.get(TARGET)
                added = {"reservations": (*row.reservations, mine), "version": row.version + 1}
                try:
                    quotas.put(row.model_copy(update=added))
                except QuotaRowChangedError:
                    continue
                quotas.record_job(TARGET, mine.reservation_id, f"job-{number}")
                if number % 2:
                    quotas.release(TARGET, mine.reservation_id)
                return

        at_once(*[partial(reserve, number) for number in range(8)])

        left = {one.reservation_id: one.job_id for one in quotas.get(TARGET).reservations}
        assert left == {f"r{number}": f"job-{number}" for number in range(0, 8, 2)}
