"""Who uses what: a row beside each thing, so that neither its use nor its end is decided on an old read.

Groups are used by plans and executions, plans by executions, accounts by groups, plans and executions. Whoever begins
to use a thing leaves an entry in its row `used#<id>`, in the table of the thing; whoever deletes it, or must not edit
it under a running execution, has looked at that row and writes on the condition that nobody came since. The row carries
the version of the thing: an execution begins with what it has read, or not at all.

An entry is worth what a consistent look at its owner says (tie_holders.py): a plan counts while it lists the group, or
names the account in an alarm, an execution until it has ended, in an account until it is closed. Only the entry of a
save that is under way, or of a termination that is about to begin, has no owner yet; that one counts for an hour, which
no function outlives. So nothing that breaks off holds for ever, and giving an entry back is only a courtesy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from shared.ids import new_claim
from shared.models.account import AccountStatus
from shared.stores.conditions import And, Condition, Equals, Exists, LessThan, NotExists, Or
from shared.stores.table import (
    TRANSACTION_LIMIT,
    Changes,
    CheckItem,
    ConditionFailed,
    DeleteItem,
    Item,
    Key,
    Table,
    Throttled,
    TransactionRefused,
    UpdateItem,
    Write,
    chunks,
)
from shared.stores.tie_holders import AccountOwners, Holder, HolderKind, Owners, Use, holders_in

TRIES: Final = 5

TAKEN_BEFORE_PRUNING: Final = 100
"""Entries that a row gains before whoever comes next removes those that count no more."""

PLANS_OF_A_THING: Final = 3_000
"""Entries of a row with which no other plan is let in, up to a pruning later. An entry has some 100 bytes and an item
400 KB; the rest is for executions: a group can be recovered however many plans use it."""

SHARDS: Final = 16
"""Rows of an account: thousands of groups and plans use one, and an item has 400 KB."""


class TieRefusedError(Exception):
    """Nothing was tied: these things are gone, or not of the version that was read."""

    def __init__(self, thing_ids: Sequence[str]) -> None:
        super().__init__(f"gone or changed meanwhile: {', '.join(thing_ids)}")
        self.thing_ids = tuple(thing_ids)


class TooManyUsersError(TieRefusedError):
    """Nothing was tied: as many plans as these things may have use them already."""


class UsedMeanwhileError(Exception):
    """Nothing was written: somebody has begun to use the thing since its uses were looked at; look again."""


@dataclass(frozen=True)
class Uses:
    """Who uses a thing, and the rows in which that was read, each with the condition that nobody came since."""

    by: tuple[Use, ...]
    rows: tuple[tuple[Key, Condition], ...]

    def ending(self) -> list[Write]:
        """What belongs into the transaction that deletes the thing."""
        return [DeleteItem(key, condition) for key, condition in self.rows]


def tie_key(key: str, thing_id: str) -> dict[str, str]:
    """The row of a thing, in the table with that key."""
    return {key: f"used#{thing_id}"}


@dataclass(frozen=True)
class _Row:
    """A row to enter.

    `version` is what it must have, if that matters, `owned` whether it must be there, `bounded` whether it must not
    have the entries of too many plans.
    """

    thing_id: str
    key: Key
    owned: bool = True
    version: int | None = None
    bounded: bool = False

    def admits(self, row: Item | None) -> bool:
        if not self.owned:
            return True
        return row is not None and self.version in (None, row["version"])

    @property
    def condition(self) -> Condition:
        pruned = Or(NotExists("taken"), LessThan("taken", TAKEN_BEFORE_PRUNING))
        roomy = And(pruned, NotExists("full")) if self.bounded else pruned
        if not self.owned:
            return roomy
        return And(Exists("version") if self.version is None else Equals("version", self.version), roomy)


class Ties:
    """The rows of the groups or of the plans, which the stores of both make, carry on and end with the things."""

    def __init__(self, table: Table, key: str, owners: Owners) -> None:
        self._rows = _Rows(table, owners)
        self._key = key

    def take(self, things: Mapping[str, int | None], holder: Holder) -> None:
        """Use these things, all or none, those with a version only if they still have it.

        Raises TieRefusedError, TooManyUsersError if one more plan is too many, Throttled. One write per 100 things;
        nothing is read unless a row is full. What an execution has taken of them by then counts only while it lives, so
        it gives nothing back.
        """
        bounded = holder.kind is HolderKind.PLAN
        rows = [_Row(each, tie_key(self._key, each), version=things[each], bounded=bounded) for each in things]
        try:
            for part in chunks(rows, TRANSACTION_LIMIT):
                self._rows.enter(part, holder)
        except (TieRefusedError, Throttled):
            if holder.kind is not HolderKind.EXECUTION:
                self.give_back(things, holder)
            raise

    def give_back(self, thing_ids: Iterable[str], holder: Holder) -> None:
        """Remove the entries of a save that came to nothing, as far as the table lets us."""
        with suppress(Throttled):
            for thing_id in thing_ids:
                self._rows.remove(tie_key(self._key, thing_id), [holder.name])

    def let_go(self, thing_ids: Sequence[str], kind: HolderKind, owner_id: str, version: int) -> None:
        """Remove the entries of an owner that uses these things no more since that version, or is gone with it."""
        self._rows.let_go([tie_key(self._key, thing_id) for thing_id in thing_ids], kind, owner_id, version)

    def uses(self, thing_id: str) -> Uses:
        """Who uses the thing, as of now."""
        return self._rows.uses(thing_id, [tie_key(self._key, thing_id)])


class AccountTies:
    """The rows of accounts, used by groups, by plans for their alarms, and by executions and their terminations.

    The hub's own account needs no row, so it is never tied.
    """

    def __init__(self, table: Table, owners: AccountOwners) -> None:
        self._rows = _Rows(table, owners)

    def take(self, account_ids: Collection[str], holder: Holder, *, may_rest: bool = False) -> None:
        """Use these accounts, all or none; TieRefusedError names those that are gone or not active, Throttled.

        With `may_rest` they need not be active. One write for each 50 accounts.
        """
        rows = [_Row(each, _shard(each, holder.owner_id), owned=False) for each in account_ids]
        try:
            for part in chunks(rows, TRANSACTION_LIMIT // 2):
                self._rows.enter(part, holder, [_registered(row.thing_id, may_rest=may_rest) for row in part])
        except (TieRefusedError, Throttled):
            if holder.kind is not HolderKind.EXECUTION:
                self.give_back(account_ids, holder)
            raise

    def give_back(self, account_ids: Iterable[str], holder: Holder) -> None:
        """Remove the entries of a save that came to nothing, as far as the table lets us."""
        with suppress(Throttled):
            for account_id in account_ids:
                self._rows.remove(_shard(account_id, holder.owner_id), [holder.name])

    def let_go(self, account_ids: Sequence[str], kind: HolderKind, owner_id: str, version: int) -> None:
        """Remove the entries of an owner that uses these accounts no more since that version, or is gone with it."""
        self._rows.let_go([_shard(account_id, owner_id) for account_id in account_ids], kind, owner_id, version)

    def uses(self, account_id: str) -> Uses:
        """Who uses the account, as of now."""
        return self._rows.uses(account_id, [_numbered(account_id, number) for number in range(SHARDS)])


class _Rows:
    """Entering, reading and tidying of rows."""

    def __init__(self, table: Table, owners: Owners) -> None:
        self._table = table
        self._owners = owners

    def enter(self, rows: Sequence[_Row], holder: Holder, checks: Sequence[Write] = ()) -> None:
        """Enter the rows, on the condition of a check for each of them, or of none."""
        for _ in range(TRIES):
            entries = [
                UpdateItem(
                    row.key,
                    Changes(set={holder.name: holder.entry, "claim": new_claim()}, add={"taken": 1}),
                    row.condition,
                )
                for row in rows
            ]
            try:
                self._table.transact([*entries, *checks])
            except TransactionRefused as refused:
                self._make_room(rows, refused)
            else:
                return
        raise Throttled(f"the uses of {rows[0].thing_id} change too often")

    def _make_room(self, rows: Sequence[_Row], refused: TransactionRefused) -> None:
        """Prune the rows that were full; TooManyUsersError if they are still, TieRefusedError for anything else."""
        failures = refused.failures()
        unchecked = [rows[position - len(rows)].thing_id for position in failures if position >= len(rows)]
        if unchecked:
            raise TieRefusedError(unchecked) from refused
        stored = [(rows[position], refused.items[position]) for position in failures]
        refusing = [row.thing_id for row, item in stored if not row.admits(item)]
        if refusing:
            raise TieRefusedError(refusing) from refused
        full = [row.thing_id for row, item in stored if item is not None and self._is_full(row, item) and row.bounded]
        if full:
            raise TooManyUsersError(full) from refused

    def _is_full(self, row: _Row, item: Item) -> bool:
        """Prune a row; whether it has too many entries for another plan all the same, which it is told too."""
        holders = holders_in(item)
        counting = {use.holder for use in self._owners.uses(row.thing_id, holders)}
        void = [holder.name for holder in holders if holder not in counting][:TAKEN_BEFORE_PRUNING]
        if len(holders) - len(void) >= PLANS_OF_A_THING:
            self._change(row.key, Changes(set={"taken": 0, "full": True}, remove=void))
            return True
        self._change(row.key, Changes(set={"taken": 0}, remove=[*void, "full"]))
        return False

    def remove(self, key: Key, names: Sequence[str]) -> None:
        """Entries are made once and never again under their name, so it is certain which ones go."""
        self._change(key, Changes(remove=names))

    def _change(self, key: Key, changes: Changes) -> None:
        with suppress(ConditionFailed):
            self._table.update(key, changes, Exists("claim"))

    def let_go(self, keys: Sequence[Key], kind: HolderKind, owner_id: str, version: int) -> None:
        """Remove what this owner has entered up to that version, as far as the table lets us."""
        with suppress(Throttled):
            for row in self.read(keys):
                past = [
                    holder.name
                    for holder in holders_in(row)
                    if (holder.kind, holder.owner_id) == (kind, owner_id) and holder.version <= version
                ]
                if past:
                    self.remove({name: row[name] for name in keys[0]}, past)

    def read(self, keys: Sequence[Key]) -> list[Item]:
        return self._table.batch_get(keys)

    def uses(self, thing_id: str, keys: Sequence[Key]) -> Uses:
        rows = self.read(keys)
        holders = [holder for row in rows for holder in holders_in(row)]
        claims = {row[name]: row.get("claim") for row in rows for name in keys[0]}
        unchanged = [(key, _as_read(claims.get(next(iter(key.values()))))) for key in keys]
        return Uses(tuple(self._owners.uses(thing_id, holders)), tuple(unchanged))


def _as_read(claim: str | None) -> Condition:
    return NotExists("claim") if claim is None else Equals("claim", claim)


def _registered(account_id: str, *, may_rest: bool) -> CheckItem:
    is_there, is_active = Exists("accountId"), Equals("status", AccountStatus.ACTIVE.value)
    return CheckItem({"accountId": account_id}, is_there if may_rest else And(is_there, is_active))


def _shard(account_id: str, owner_id: str) -> dict[str, str]:
    return _numbered(account_id, hashlib.sha256(owner_id.encode()).digest()[0] % SHARDS)


def _numbered(account_id: str, number: int) -> dict[str, str]:
    return tie_key("accountId", f"{account_id}#{number:x}")
