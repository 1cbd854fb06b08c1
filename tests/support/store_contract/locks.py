"""The contract of server locks."""

from __future__ import annotations

import re

import pytest

from shared.clock import VirtualClock
from shared.errors import ConflictError, ConflictReason
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.launch import LIVE_LAUNCH_STATES, LaunchRecord, LaunchState
from shared.models.lock import LockOwner, OwnerKind
from shared.models.quota import QuotaRow
from shared.models.targets import ServerKey, instance_in
from shared.models.termination import TerminationStatus
from shared.stores.execution_store import ExecutionStore
from shared.stores.lock_store import LockStore
from shared.stores.table import Table
from tests.support.store_contract.executions import StoreFixtures
from tests.support.store_contract.samples import (
    NOW,
    TARGET,
    execution_owner,
    header,
    launch,
    seconds,
    server_key,
    termination,
)

SERVERS = [server_key(number) for number in range(5)]


class LocksContract(StoreFixtures):
    """One server, one owner, for as long as the owner lives."""

    @pytest.fixture
    def clock(self) -> VirtualClock:
        return VirtualClock(NOW)

    @pytest.fixture
    def locks(self, table: Table, clock: VirtualClock) -> LockStore:
        return LockStore(table, clock)

    @pytest.fixture
    def mine(self, store: ExecutionStore) -> LockOwner:
        return owner_of(store, "e1")

    @pytest.fixture
    def other(self, store: ExecutionStore) -> LockOwner:
        return owner_of(store, "e2")

    def test_a_free_server_is_taken_and_released(self, locks: LockStore, mine: LockOwner) -> None:
        locks.take(SERVERS, mine)

        lock = locks.owner(SERVERS[0])
        assert lock is not None
        assert (lock.owner, lock.held, lock.taken_at) == (mine, SERVERS[0], NOW)

        locks.release(SERVERS, mine)
        assert holders(locks) == [None] * 5

    def test_any_number_of_servers_is_taken(self, locks: LockStore, mine: LockOwner) -> None:
        many = [server_key(number) for number in range(130)]

        locks.take([*reversed(many), *many], mine)

        assert holders(locks, many) == ["e1"] * 130
        locks.release(many, mine)
        assert holders(locks, many) == [None] * 130

    def test_an_instance_is_held_beside_servers_and_by_one_owner_only(
        self, locks: LockStore, mine: LockOwner, other: LockOwner
    ) -> None:
        instance, free = (instance_in(TARGET, f"i-{number:017x}") for number in (1, 2))
        locks.take([instance, *SERVERS[:2]], mine)

        lock = locks.owner(instance)
        assert (lock and lock.owner, lock and lock.held) == (mine, instance)
        with pytest.raises(ConflictError, match=f"Instance {instance.instance_id} is held by execution e1") as refused:
            locks.take([free, instance, SERVERS[4]], other)
        assert [one["instanceId"] for one in refused.value.details["servers"]] == [instance.instance_id]
        assert (locks.owner(free), locks.owner(SERVERS[4])) == (None, None)
        with pytest.raises(ConflictError, match=f"Server {SERVERS[0].source_server_id} is held") as both:
            locks.take([instance, SERVERS[0]], other)
        assert [set(one) & {"server", "instanceId"} for one in both.value.details["servers"]] == [
            {"server"},
            {"instanceId"},
        ]
        locks.pass_on([instance], mine, other)
        lock = locks.owner(instance)
        assert lock and lock.owner == other
        locks.release([instance, *SERVERS], other)
        assert locks.owner(instance) is None
        assert holders(locks)[:2] == ["e1", "e1"]

    def test_taking_what_one_holds_changes_nothing(self, locks: LockStore, mine: LockOwner) -> None:
        locks.take(SERVERS[:3], mine)

        locks.take(SERVERS, mine)

        assert holders(locks) == ["e1"] * 5

    def test_a_held_server_is_refused_and_its_owner_named(
        self, locks: LockStore, mine: LockOwner, other: LockOwner
    ) -> None:
        locks.take(SERVERS[3:], other)

        with pytest.raises(ConflictError, match="e2 of plan Three tiers") as refusal:
            locks.take(SERVERS, mine)

        assert refusal.value.reason is ConflictReason.SERVER_CONFLICT
        named = refusal.value.details["servers"]
        assert [one["server"] for one in named] == [one.source_server_id for one in SERVERS[3:]]
        assert {(one["executionId"], one["planName"], one["executionType"], one["status"]) for one in named} == {
            ("e2", "Three tiers", "DRILL", "RUNNING")
        }
        assert holders(locks) == [None, None, None, "e2", "e2"]

    def test_of_many_held_servers_a_hundred_are_named_and_the_others_counted(
        self, locks: LockStore, mine: LockOwner, other: LockOwner
    ) -> None:
        many = [server_key(number) for number in range(130)]
        locks.take(many, other)

        with pytest.raises(ConflictError, match="and 129 more are held by") as refusal:
            locks.take(many, mine)

        assert [one["server"] for one in refusal.value.details["servers"]] == [
            one.source_server_id for one in sorted(many)[:100]
        ]
        assert refusal.value.details["moreServers"] == 30

    def test_a_refusal_takes_nothing_from_what_one_held_before(
        self, locks: LockStore, mine: LockOwner, other: LockOwner
    ) -> None:
        locks.take(SERVERS[:2], mine)
        locks.take(SERVERS[4:], other)

        with pytest.raises(ConflictError):
            locks.take(SERVERS, mine)

        assert holders(locks) == ["e1", "e1", None, None, "e2"]

    def test_the_lock_of_an_owner_that_has_ended_is_taken_over(
        self, locks: LockStore, mine: LockOwner, store: ExecutionStore
    ) -> None:
        ended = owner_of(store, "e3", ExecutionStatus.FAILED)
        locks.take(SERVERS[1:3], ended)

        locks.take(SERVERS, mine)

        assert holders(locks) == ["e1"] * 5

    def test_the_lock_of_an_owner_that_is_gone_is_taken_over(self, locks: LockStore, mine: LockOwner) -> None:
        locks.take(SERVERS, execution_owner(header("never")))

        locks.take(SERVERS, mine)

        assert holders(locks) == ["e1"] * 5

    def test_a_start_in_preparation_holds_its_locks(
        self, locks: LockStore, mine: LockOwner, store: ExecutionStore, clock: VirtualClock
    ) -> None:
        locks.take(SERVERS, owner_of(store, "e3", ExecutionStatus.PREPARING))
        clock.advance(900)

        with pytest.raises(ConflictError, match="PREPARING"):
            locks.take(SERVERS, mine)

        assert store.find("e3").status is ExecutionStatus.PREPARING

    def test_a_dead_start_is_failed_before_its_locks_are_taken_over(
        self, locks: LockStore, mine: LockOwner, store: ExecutionStore, clock: VirtualClock
    ) -> None:
        locks.take(SERVERS, owner_of(store, "e3", ExecutionStatus.PREPARING))
        clock.advance(901)

        locks.take(SERVERS, mine)

        dead = store.find("e3")
        assert (dead.status, dead.ended_at) == (ExecutionStatus.FAILED, seconds(901))
        assert holders(locks) == ["e1"] * 5

    def test_a_termination_holds_by_its_own_status(
        self, locks: LockStore, mine: LockOwner, store: ExecutionStore
    ) -> None:
        owner_of(store, "e3", ExecutionStatus.COMPLETED)
        store.create_termination(termination(header("e3")))
        cleaner = execution_owner(header("e3")).model_copy(update={"kind": OwnerKind.TERMINATION, "number": 1})
        locks.take(SERVERS, cleaner)

        with pytest.raises(ConflictError, match="termination RUNNING"):
            locks.take(SERVERS, mine)

        store.update_termination(termination(header("e3"), status=TerminationStatus.COMPLETED))
        locks.take(SERVERS, mine)
        assert holders(locks) == ["e1"] * 5

    def test_a_termination_that_is_gone_holds_nothing(
        self, locks: LockStore, mine: LockOwner, other: LockOwner
    ) -> None:
        locks.take(SERVERS, other.model_copy(update={"kind": OwnerKind.TERMINATION, "number": 1}))

        locks.take(SERVERS, mine)

        assert holders(locks) == ["e1"] * 5

    def test_a_job_holds_until_it_is_released(self, locks: LockStore, mine: LockOwner, other: LockOwner) -> None:
        job = job_owner(other)
        locks.take(SERVERS, job)

        with pytest.raises(ConflictError):
            locks.take(SERVERS, mine)

        locks.release(SERVERS, job)
        locks.take(SERVERS, mine)

    def test_a_job_is_named_with_its_execution_and_its_beginning(
        self, locks: LockStore, mine: LockOwner, store: ExecutionStore
    ) -> None:
        locks.take(SERVERS[:1], job_of(store, "e3")[1])

        words = (
            "held by DRS job j-1, begun at 2026-01-29T02:47:18.000Z, of execution e3 of plan Three tiers "
            "(DRILL, job ABANDONED, execution RUNNING)"
        )
        with pytest.raises(ConflictError, match=re.escape(words)) as refusal:
            locks.take(SERVERS, mine)

        [named] = refusal.value.details["servers"]
        assert (named["ownerKind"], named["jobId"], named["launchId"], named["since"]) == (
            "JOB",
            "j-1",
            "e3-0-0",
            "2026-01-29T02:47:18.000Z",
        )
        assert (named["status"], named["executionStatus"]) == ("ABANDONED", "RUNNING")

    @pytest.mark.parametrize("state", LaunchState)
    def test_a_job_holds_while_its_launch_is_not_known_to_be_over(
        self, locks: LockStore, mine: LockOwner, store: ExecutionStore, state: LaunchState
    ) -> None:
        locks.take(SERVERS, job_of(store, "e3", state)[1])

        if state in LIVE_LAUNCH_STATES:
            with pytest.raises(ConflictError):
                locks.take(SERVERS, mine)
        else:
            locks.take(SERVERS, mine)

        assert holders(locks) == ["e3" if state in LIVE_LAUNCH_STATES else "e1"] * 5

    def test_locks_pass_to_an_heir_and_only_those_that_the_owner_holds(
        self, locks: LockStore, mine: LockOwner, other: LockOwner, store: ExecutionStore
    ) -> None:
        many = [server_key(number) for number in range(5, 135)]
        job = job_of(store, "e3")[1]
        locks.take([*SERVERS[:2], *many], mine)
        locks.take(SERVERS[2:4], other)

        for _ in range(2):
            locks.pass_on([*SERVERS, *many], mine, job)

        assert holders(locks) == ["e3", "e3", "e2", "e2", None]
        assert holders(locks, many) == ["e3"] * 130

    def test_only_the_owner_releases(self, locks: LockStore, mine: LockOwner, other: LockOwner) -> None:
        locks.take(SERVERS[:2], mine)
        locks.take(SERVERS[2:], other)

        locks.release(SERVERS, other)

        assert holders(locks) == ["e1", "e1", None, None, None]


def owner_of(store: ExecutionStore, execution_id: str, status: ExecutionStatus = ExecutionStatus.RUNNING) -> LockOwner:
    """A stored execution as owner."""
    of: ExecutionHeader = header(execution_id, status=status)
    store.create(of)
    return execution_owner(of)


def job_of(
    store: ExecutionStore, execution_id: str, state: LaunchState = LaunchState.STARTED
) -> tuple[LaunchRecord, LockOwner]:
    """A stored launch of an execution, in that state, and its job as owner."""
    of = header(execution_id, status=ExecutionStatus.RUNNING)
    store.create(of)
    record = launch(of, job_id="j-1")
    store.open_launch(of, record, QuotaRow(target=TARGET, version=1))
    if state is not LaunchState.OPEN:
        store.write_items(of, [record.model_copy(update={"state": state})])
    return record, LockOwner.of_job(of, record)


def job_owner(owner: LockOwner) -> LockOwner:
    """A job that outlived the owner."""
    return owner.model_copy(update={"kind": OwnerKind.JOB, "job_id": "j-1"})


def holders(locks: LockStore, servers: list[ServerKey] = SERVERS) -> list[str | None]:
    """The execution that holds each server."""
    found = [locks.owner(server) for server in servers]
    return [None if lock is None else lock.owner.execution_id for lock in found]
