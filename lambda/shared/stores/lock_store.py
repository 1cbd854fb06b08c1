"""Locks of servers and instances: taken all or none, with an owner and without an expiry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from shared.clock import Clock
from shared.errors import ConflictError, ConflictReason, servers_in_the_way
from shared.models.lock import InstanceLock, Lock, LockKey, LockOwner, ServerLock
from shared.models.targets import InstanceKey
from shared.stores import keys
from shared.stores.conditions import Condition, Equals, NotExists
from shared.stores.items import row_model
from shared.stores.lock_owners import LockOwners, Standing
from shared.stores.refusals import StepLostError
from shared.stores.table import (
    TRANSACTION_LIMIT,
    CheckItem,
    DeleteItem,
    Item,
    PutItem,
    Table,
    Throttled,
    TransactionRefused,
    Write,
    chunks,
)

TRIES: Final = 10
"""How often locks that changed under our hands are looked at again."""


class LockStore:
    """The lock rows of the execution-history table; `at_once` are taken in one transaction."""

    def __init__(self, table: Table, clock: Clock, at_once: int = TRANSACTION_LIMIT) -> None:
        self._table = table
        self._clock = clock
        self._at_once = at_once

    def take(
        self,
        servers: Sequence[LockKey],
        owner: LockOwner,
        may_go_on: Callable[[], None] = lambda: None,
        *,
        while_true: CheckItem | None = None,
    ) -> None:
        """Make the owner hold all of these servers, or none that it did not hold before.

        Taken in ascending order, so that of overlapping takers at least one wins. A lock of an owner that is terminal,
        gone or dead is taken over. Else ConflictError SERVER_CONFLICT, whose details list the servers in the way with
        their owner's execution, plan, type and status, and that of its execution; its cause is a Throttled if what was
        taken before could not be given back. `may_go_on` is called before each transaction; if it raises, as after any
        error but a conflict, what was taken so far is still held. So it is after StepLostError: what must be
        `while_true`, which is checked in each transaction, was not any more.
        """
        wanted = sorted(set(servers))
        before = self._locks(wanted)
        self._refuse_held(before.values(), owner)
        missing = [server for server in wanted if not _is_of(before.get(server), owner)]
        taken: list[LockKey] = []
        try:
            for chunk in chunks(missing, min(self._at_once, TRANSACTION_LIMIT - 1) if while_true else self._at_once):
                may_go_on()
                self._take_chunk(chunk, owner, before, while_true)
                taken += chunk
        except ConflictError as conflict:
            try:
                self.release(taken, owner)
            except Throttled as busy:
                # the conflict ends its owner, and then they hold no longer
                raise conflict from busy
            raise

    def release(self, servers: Sequence[LockKey], owner: LockOwner) -> None:
        """Free those of the servers that the owner holds; the others are left alone."""
        held = Equals("ownerKey", owner.owner_key)
        for chunk in chunks(sorted(set(servers)), TRANSACTION_LIMIT):
            self._change_chunk(chunk, owner, lambda server: DeleteItem(keys.lock(server), held))

    def pass_on(self, servers: Sequence[LockKey], owner: LockOwner, heir: LockOwner) -> None:
        """Let the heir hold those of the servers that the owner holds; none of them is free in between."""
        held = Equals("ownerKey", owner.owner_key)
        for chunk in chunks(sorted(set(servers)), TRANSACTION_LIMIT):
            self._change_chunk(chunk, owner, lambda server: PutItem(self._item(server, heir), held))

    def owner(self, held: LockKey) -> Lock | None:
        """The lock of a server or instance, or None; whether its owner still lives is another question."""
        return self._locks([held]).get(held)

    def _take_chunk(
        self,
        servers: Sequence[LockKey],
        owner: LockOwner,
        locks: Mapping[LockKey, Lock],
        while_true: CheckItem | None,
    ) -> None:
        """`locks` were read a moment ago and are free for the taking, which stays true while they do not change."""
        checks = [while_true] if while_true else []
        for _ in range(TRIES):
            puts = [PutItem(self._item(server, owner), _unchanged(locks.get(server))) for server in servers]
            try:
                self._table.transact([*puts, *checks])
            except TransactionRefused as refused:
                if checks and refused.failed(len(puts)):
                    raise StepLostError(f"the locks of {owner.owner_key} are not to be taken any more") from refused
                locks = self._locks(servers)
                self._refuse_held(locks.values(), owner)
                continue
            return
        raise Throttled("the locks of these servers change too often")

    def _change_chunk(self, servers: list[LockKey], owner: LockOwner, change: Callable[[LockKey], Write]) -> None:
        """Change those of the locks that the owner holds, on the condition that it still does."""
        for _ in range(TRIES):
            theirs = [server for server, lock in self._locks(servers).items() if _is_of(lock, owner)]
            if not theirs:
                return
            try:
                self._table.transact([change(server) for server in theirs])
            except TransactionRefused:
                continue
            return
        raise Throttled("the locks of these servers change too often")

    def _refuse_held(self, locks: Iterable[Lock], owner: LockOwner) -> None:
        owners = LockOwners(self._table, self._clock)
        others = [(lock, owners.standing_for_taking(lock.owner)) for lock in locks if not _is_of(lock, owner)]
        held = [(lock, standing) for lock, standing in others if standing.holds]
        if held:
            raise _conflict(held)

    def _locks(self, servers: Sequence[LockKey]) -> dict[LockKey, Lock]:
        items = self._table.batch_get([keys.lock(server) for server in servers])
        return {lock.held: lock for lock in map(lock_of, items)}

    def _item(self, held: LockKey, owner: LockOwner) -> Item:
        now = self._clock.now()
        lock: Lock = (
            InstanceLock(instance=held, owner=owner, taken_at=now)
            if isinstance(held, InstanceKey)
            else ServerLock(server=held, owner=owner, taken_at=now)
        )
        return lock.wire() | dict(keys.lock(held)) | {"ownerKey": owner.owner_key}


def lock_of(item: Item) -> Lock:
    """The lock in a row."""
    return row_model(InstanceLock, item) if "instance" in item else row_model(ServerLock, item)


def _is_of(lock: Lock | None, owner: LockOwner) -> bool:
    return lock is not None and lock.owner.owner_key == owner.owner_key


def _unchanged(lock: Lock | None) -> Condition:
    return NotExists(keys.PARTITION) if lock is None else Equals("ownerKey", lock.owner.owner_key)


def _conflict(held: Sequence[tuple[Lock, Standing]]) -> ConflictError:
    instances = [each for each in held if isinstance(each[0], InstanceLock)]
    servers = [each for each in held if isinstance(each[0], ServerLock)]
    named = servers or instances
    (lock, standing), others = named[0], len(named) - 1
    owner, name = lock.owner, str(lock.held).rpartition("#")[2]
    kind = "Server" if servers else "Instance"
    what = f"{kind}s {name} and {others} more are" if others else f"{kind} {name} is"
    return ConflictError(
        f"{what} held by {owner.noun} {owner.execution_id} of plan "
        f"{owner.plan_name} ({owner.execution_type}, {owner.state_words(standing.status, standing.execution_status)})",
        reason=ConflictReason.SERVER_CONFLICT,
        **servers_in_the_way([_described(lock, standing) for lock, standing in (*servers, *instances)]),
    )


def _described(lock: Lock, standing: Standing) -> dict[str, str]:
    return {
        "server" if isinstance(lock, ServerLock) else "instanceId": str(lock.held).rpartition("#")[2],
        "accountId": lock.held.account_id,
        "region": lock.held.region,
        **lock.owner.facts,
        "status": standing.status,
        "executionStatus": standing.execution_status,
    }
