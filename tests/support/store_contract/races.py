"""What happens when somebody else writes between a store's read and its write."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from shared.clock import VirtualClock
from shared.errors import ConflictError, NotFoundError, ValidationError
from shared.models.execution import ExecutionStatus
from shared.models.lock import LockOwner, OwnerKind
from shared.models.targets import ServerKey
from shared.stores import page_token, quota_store
from shared.stores.execution_store import ExecutionStore
from shared.stores.lock_store import LockStore
from shared.stores.owned_rows import TRIES, NothingStoredError
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.quota_store import QuotaStore
from shared.stores.table import Table, Throttled, Write
from tests.support.four_tables import FourTables
from tests.support.store_contract.configuration import group
from tests.support.store_contract.executions import StoreFixtures
from tests.support.store_contract.launches import reserved
from tests.support.store_contract.samples import (
    NOW,
    TARGET,
    event,
    execution_owner,
    header,
    request,
    server_key,
)
from tests.support.tampered_table import TamperedTable

SERVERS = [server_key(number) for number in range(3)]
Interruption = Callable[[], object]


def interrupted(table: Table, *interruptions: Interruption) -> TamperedTable:
    """The table, with one interruption before each of its next writes."""
    waiting = list(interruptions)

    def before(_number: int, _writes: Sequence[Write]) -> None:
        if waiting:
            waiting.pop(0)()

    return TamperedTable(table, before=before)


def pass_on(locks: LockStore, servers: Sequence[ServerKey], from_owner: LockOwner, to_owner: LockOwner) -> None:
    """What the first owner held the second one holds."""
    ours = [server for server in servers if (lock := locks.owner(server)) and lock.owner == from_owner]
    locks.release(ours, from_owner)
    locks.take(ours, to_owner)


class RacesContract(StoreFixtures):
    """Whoever is interrupted between a read and its write looks again, or gives up and says so."""

    @pytest.fixture
    def store(self, table: Table) -> ExecutionStore:
        store = ExecutionStore(table, VirtualClock(NOW))
        for execution_id in ("e1", "e2"):
            store.create(header(execution_id, status=ExecutionStatus.RUNNING))
        return store

    @pytest.fixture
    def locks(self, table: Table) -> LockStore:
        return LockStore(table, VirtualClock(NOW))

    def test_a_lock_that_is_taken_in_between_is_a_conflict(
        self, table: Table, store: ExecutionStore, locks: LockStore
    ) -> None:
        rival = execution_owner(store.find("e2"))
        slow = LockStore(interrupted(table, lambda: locks.take(SERVERS[2:], rival)), VirtualClock(NOW))

        with pytest.raises(ConflictError, match="e2"):
            slow.take(SERVERS, execution_owner(store.find("e1")))

        assert [lock and lock.owner.execution_id for lock in map(locks.owner, SERVERS)] == [None, None, "e2"]

    def test_a_lock_that_is_freed_in_between_is_taken(
        self, table: Table, store: ExecutionStore, locks: LockStore
    ) -> None:
        ended = execution_owner(header("gone"))
        locks.take(SERVERS, ended)
        slow = LockStore(interrupted(table, lambda: locks.release(SERVERS, ended)), VirtualClock(NOW))

        slow.take(SERVERS, execution_owner(store.find("e1")))

        assert {lock and lock.owner.execution_id for lock in map(locks.owner, SERVERS)} == {"e1"}

    def test_a_lock_that_changes_hands_in_between_is_not_released(
        self, table: Table, store: ExecutionStore, locks: LockStore
    ) -> None:
        mine = execution_owner(store.find("e1"))
        job = mine.model_copy(update={"kind": OwnerKind.JOB, "job_id": "j"})
        locks.take(SERVERS, mine)
        slow = LockStore(interrupted(table, lambda: pass_on(locks, SERVERS[:1], mine, job)), VirtualClock(NOW))

        slow.release(SERVERS, mine)

        assert [lock and lock.owner.owner_key for lock in map(locks.owner, SERVERS)] == ["job#j", None, None]

    def test_locks_that_never_stand_still_are_throttled(
        self, table: Table, store: ExecutionStore, locks: LockStore
    ) -> None:
        mine, ended = execution_owner(store.find("e1")), execution_owner(header("gone"))
        flips = [lambda: locks.take(SERVERS[:1], ended), lambda: locks.release(SERVERS, ended)] * 10

        with pytest.raises(Throttled):
            LockStore(interrupted(table, *flips), VirtualClock(NOW)).take(SERVERS, mine)

        assert not any(map(locks.owner, SERVERS[1:]))

    def test_a_release_that_never_finds_them_still_is_throttled(
        self, table: Table, store: ExecutionStore, locks: LockStore
    ) -> None:
        mine = execution_owner(store.find("e1"))
        job = mine.model_copy(update={"kind": OwnerKind.JOB, "job_id": "j"})
        locks.take(SERVERS, mine)
        theirs = 0

        def flip() -> None:
            nonlocal theirs
            pass_on(locks, SERVERS[theirs : theirs + 1], job, mine)
            theirs = 1 - theirs
            pass_on(locks, SERVERS[theirs : theirs + 1], mine, job)

        with pytest.raises(Throttled):
            LockStore(interrupted(table, *[flip] * 12), VirtualClock(NOW)).release(SERVERS, mine)

    def test_a_start_that_finishes_in_between_keeps_its_locks(self, table: Table, store: ExecutionStore) -> None:
        slow_start = header("e3")
        store.create(slow_start)
        clock = VirtualClock(NOW)
        LockStore(table, clock).take(SERVERS, execution_owner(slow_start))
        clock.advance(901)
        pending = slow_start.model_copy(update={"status": ExecutionStatus.PENDING})
        late = LockStore(interrupted(table, lambda: store.move_from_preparing(pending)), clock)

        with pytest.raises(ConflictError, match="PENDING"):
            late.take(SERVERS, execution_owner(store.find("e1")))

        assert store.find("e3") == pending

    def test_a_quota_row_that_changes_in_between_is_read_again(self, table: Table) -> None:
        quotas = QuotaStore(table)
        quotas.put(reserved("a", 1))
        slow = QuotaStore(interrupted(table, lambda: quotas.record_job(TARGET, "a", "job-1")))

        slow.release(TARGET, "a")

        assert (quotas.get(TARGET).reservations, quotas.get(TARGET).version) == ((), 3)

    def test_a_quota_row_that_never_stands_still_is_throttled(self, table: Table) -> None:
        quotas = QuotaStore(table)
        quotas.put(reserved("a", 1))

        def change() -> None:
            row = quotas.get(TARGET)
            quotas.put(row.model_copy(update={"version": row.version + 1}))

        with pytest.raises(Throttled):
            QuotaStore(interrupted(table, *[change] * quota_store.TRIES)).release(TARGET, "a")

    def test_a_request_whose_instant_is_full_of_events_is_throttled(self, store: ExecutionStore) -> None:
        of = store.find("e1")
        store.append_events([event(of, number) for number in range(100)])

        with pytest.raises(Throttled):
            store.put_request(request(of, "r"), allowed={of.status}, event=event(of))

        assert store.requests(of) == []

    def test_a_request_to_an_execution_that_goes_away_is_not_found(self, store: ExecutionStore, table: Table) -> None:
        of = store.find("e1")
        inbox = {"executionId": "e1", "planId": "p1#INBOX"}
        leaving = ExecutionStore(TamperedTable(table, after=lambda _number: table.delete(inbox)), VirtualClock(NOW))

        with pytest.raises(NotFoundError):
            leaving.put_request(request(of, "r"), allowed={of.status}, event=event(of))

    def test_a_token_with_the_keys_of_another_table_is_refused(self, store: ExecutionStore) -> None:
        binding = {"partition": "execution", "forward": False}
        token = page_token.encode("executions-by-start", binding, {"listKey": "execution", "startedAt": "2026"})

        with pytest.raises(ValidationError, match="nextToken"):
            store.list_by_start(5, token)

    def test_a_large_group_that_is_throttled_gives_its_servers_back(self, tables: FourTables) -> None:
        table = tables.protection_groups
        calls: list[int] = []

        def before(number: int, writes: Sequence[Write]) -> None:
            calls.append(len(writes))
            if number == 2:
                raise Throttled("busy")

        with pytest.raises(NothingStoredError):
            ProtectionGroupStore(TamperedTable(table, before=before)).put_new(group("g1", "Large", servers=250))

        assert calls == [100, 100, 50, 100, 100, 50]
        assert table.scan() == []

    def test_a_row_that_is_seen_free_again_is_taken(self, tables: FourTables) -> None:
        table, groups = tables.protection_groups, ProtectionGroupStore(tables.protection_groups)
        key = {"groupId": f"server#{server_key(0)}"}
        left = {**key, "ownerId": "gone", "takenAt": "2020-01-01T00:00:00.000Z", "claim": "before"}
        slow = interrupted(table, lambda: table.put(left), lambda: table.delete(key))

        stored = ProtectionGroupStore(slow).put_new(group("g1", "Small", servers=1))

        assert groups.get("g1") == stored
        assert slow.writes == 3

    def test_rows_that_never_stand_still_are_throttled(self, tables: FourTables) -> None:
        table = tables.protection_groups
        key = {"groupId": f"server#{server_key(0)}"}
        row = {**key, "ownerId": "gone", "takenAt": "2020-01-01T00:00:00.000Z"}

        def flip(number: int, _writes: Sequence[Write]) -> None:
            table.put({**row, "claim": f"call {number}"})

        with pytest.raises(NothingStoredError):
            ProtectionGroupStore(TamperedTable(table, before=flip)).put_new(group("g1", "Small", servers=1))

        assert table.get(key) == {**row, "claim": f"call {TRIES - 1}"}
