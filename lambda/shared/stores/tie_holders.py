"""Who holds a tie, and whether it still does: looked up, never guessed from the entry."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from shared.clock import Clock
from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan
from shared.stores.table import Item

SAVED_WITHIN_SECONDS: Final = 3600
"""Wall seconds for which a save may be under way; no function lives longer than 900."""

_SEPARATOR: Final = "#"

M = TypeVar("M", RecoveryPlan, ProtectionGroup)


class HolderKind(StrEnum):
    """What uses another thing."""

    PLAN = "plan"
    GROUP = "group"
    EXECUTION = "execution"
    TERMINATION = "termination"


@dataclass(frozen=True, slots=True)
class Holder:
    """An entry: its owner, and the save that made it.

    `mark` tells the entries of one owner apart: of a plan or group it is random for each save, of an execution its
    plan. `version` is the one that the save is to make, 0 of an execution. A termination is the save of its execution
    that makes its number; only of one is `plan_id` said.
    """

    kind: HolderKind
    owner_id: str
    mark: str
    version: int
    taken_at: datetime
    plan_id: str = ""

    @classmethod
    def of_plan(cls, plan: RecoveryPlan, mark: str) -> Holder:
        """A plan that is about to be stored as this version."""
        return cls(HolderKind.PLAN, plan.plan_id, mark, plan.version, plan.updated_at)

    @classmethod
    def of_group(cls, group: ProtectionGroup, mark: str) -> Holder:
        """A group that is about to be stored as this version."""
        return cls(HolderKind.GROUP, group.group_id, mark, group.version, group.updated_at)

    @classmethod
    def of_execution(cls, header: ExecutionHeader) -> Holder:
        """An execution, whose header is stored already."""
        return cls(HolderKind.EXECUTION, header.execution_id, header.plan_id, 0, header.started_at)

    @classmethod
    def of_termination(cls, header: ExecutionHeader, number: int, mark: str, at: datetime) -> Holder:
        """The termination of that number, which is about to put its execution back on the reconciler's list."""
        return cls(HolderKind.TERMINATION, header.execution_id, mark, number, at, header.plan_id)

    @property
    def name(self) -> str:
        """The attribute of its entry; ids hold no `#`."""
        return _SEPARATOR.join((self.kind, self.owner_id, self.mark))

    @property
    def entry(self) -> dict[str, str | int]:
        """What the attribute holds."""
        of_plan = {"planId": self.plan_id} if self.plan_id else {}
        return {"takenAt": format_instant(self.taken_at), "version": self.version, **of_plan}


def holders_in(row: Item) -> list[Holder]:
    """The entries of a row, oldest first; its other attributes hold no `#` in their names."""
    found = []
    for name, entry in row.items():
        if _SEPARATOR in name:
            kind, owner_id, mark = name.split(_SEPARATOR)
            taken_at = datetime.fromisoformat(entry["takenAt"])
            plan_id = entry.get("planId", "")
            found.append(Holder(HolderKind(kind), owner_id, mark, entry["version"], taken_at, plan_id))
    return sorted(found, key=lambda holder: (holder.taken_at, holder.name))


@dataclass(frozen=True, slots=True)
class Use:
    """An entry that counts, with its owner, of a termination its execution; without one it is of a save under way."""

    holder: Holder
    owner: RecoveryPlan | ProtectionGroup | ExecutionHeader | None


class PlanReader(Protocol):
    """Where plans are looked up."""

    def get_many(self, item_ids: Sequence[str]) -> list[RecoveryPlan]:
        """Those that exist, read consistently."""
        ...


class GroupReader(Protocol):
    """Where groups are looked up."""

    def get_many(self, item_ids: Sequence[str]) -> list[ProtectionGroup]:
        """Those that exist, read consistently."""
        ...


class ExecutionReader(Protocol):
    """Where executions are looked up."""

    @property
    def bury(self) -> Callable[[ExecutionHeader], ExecutionHeader]:
        """Moves a start that is found dead to FAILED, so that it never goes on."""
        ...

    @property
    def get_headers(self) -> Callable[[Iterable[tuple[str, str]]], list[ExecutionHeader]]:
        """The headers of these executions and plans that exist, read consistently."""
        ...


class Owners:
    """Looks up the owners of entries of groups and plans; a kind that it was given no reader of counts unseen."""

    def __init__(
        self,
        clock: Clock,
        *,
        plans: PlanReader | None = None,
        groups: GroupReader | None = None,
        executions: ExecutionReader | None = None,
    ) -> None:
        self._clock = clock
        self._plans = plans
        self._groups = groups
        self._executions = executions

    def uses(self, thing_id: str, holders: Sequence[Holder]) -> list[Use]:
        """Those entries of the thing that count, with their owners."""
        by_kind: dict[HolderKind, list[Holder]] = {kind: [] for kind in HolderKind}
        for holder in holders:
            by_kind[holder.kind].append(holder)
        return [
            *self._by_plans(thing_id, by_kind[HolderKind.PLAN]),
            *self._by_groups(thing_id, by_kind[HolderKind.GROUP]),
            *self._by_executions(thing_id, by_kind[HolderKind.EXECUTION]),
            *self._by_terminations(thing_id, by_kind[HolderKind.TERMINATION]),
        ]

    def _used_by_plan(self, plan: RecoveryPlan) -> Collection[str]:
        return plan.group_ids

    def _used_by_execution(self, header: ExecutionHeader, _thing_id: str) -> bool:
        return not header.is_terminal

    def _by_plans(self, thing_id: str, holders: Sequence[Holder]) -> list[Use]:
        if self._plans is None:
            return _unseen(holders)
        found = {plan.plan_id: plan for plan in self._plans.get_many(_ids(holders))}
        return self._saved(holders, found, lambda plan: thing_id in self._used_by_plan(plan))

    def _by_groups(self, account_id: str, holders: Sequence[Holder]) -> list[Use]:
        if self._groups is None:
            return _unseen(holders)
        found = {group.group_id: group for group in self._groups.get_many(_ids(holders))}
        return self._saved(holders, found, lambda group: group.account_id == account_id)

    def _by_executions(self, thing_id: str, holders: Sequence[Holder]) -> list[Use]:
        """A header is there before its ties, so one that is gone never comes back."""
        if self._executions is None:
            return _unseen(holders)
        headers = self._executions.get_headers((holder.owner_id, holder.mark) for holder in holders)
        found = {header.execution_id: header for header in map(self._executions.bury, headers)}
        using = {each for each, header in found.items() if self._used_by_execution(header, thing_id)}
        return [Use(holder, found[holder.owner_id]) for holder in holders if holder.owner_id in using]

    def _by_terminations(self, thing_id: str, holders: Sequence[Holder]) -> list[Use]:
        """One that was made counts as its execution does, one that is not as a save does."""
        if self._executions is None:
            return _unseen(holders)
        headers = self._executions.get_headers((holder.owner_id, holder.plan_id) for holder in holders)
        found = {header.execution_id: header for header in headers}
        uses = []
        for holder in holders:
            header = found.get(holder.owner_id)
            if header is None:
                continue
            is_made = header.termination_count >= holder.version
            if self._used_by_execution(header, thing_id) if is_made else self._may_be_saved(holder):
                uses.append(Use(holder, header))
        return uses

    def _saved(self, holders: Sequence[Holder], found: Mapping[str, M], lists: Callable[[M], bool]) -> list[Use]:
        uses = []
        for holder in holders:
            owner = found.get(holder.owner_id)
            if owner is not None and lists(owner):
                uses.append(Use(holder, owner))
            elif (owner is None or holder.version > owner.version) and self._may_be_saved(holder):
                uses.append(Use(holder, None))
        return uses

    def _may_be_saved(self, holder: Holder) -> bool:
        return holder.taken_at >= self._clock.now() - self._clock.wall(SAVED_WITHIN_SECONDS)


class AccountOwners(Owners):
    """Looks up the owners of entries of accounts.

    A plan uses those that its alarms name. An execution needs them until it has ended, and those of its servers until
    it is closed: a termination or a job that it abandoned may be under way there.
    """

    def _used_by_plan(self, plan: RecoveryPlan) -> Collection[str]:
        return plan.alarm_account_ids

    def _used_by_execution(self, header: ExecutionHeader, thing_id: str) -> bool:
        return not header.is_terminal or (header.open and thing_id in header.account_ids)


def _ids(holders: Iterable[Holder]) -> list[str]:
    return sorted({holder.owner_id for holder in holders})


def _unseen(holders: Iterable[Holder]) -> list[Use]:
    return [Use(holder, None) for holder in holders]
