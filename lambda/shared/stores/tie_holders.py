"""Who holds a tie, and whether it still does: looked up, never guessed from the entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Holder:
    """An entry: its owner, and the save that made it.

    `mark` tells the entries of one owner apart: of a plan or group it is random for each save, of an execution its
    plan. `version` is the one that the save is to make, 0 of an execution.
    """

    kind: HolderKind
    owner_id: str
    mark: str
    version: int
    taken_at: datetime

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

    @property
    def name(self) -> str:
        """The attribute of its entry; ids hold no `#`."""
        return _SEPARATOR.join((self.kind, self.owner_id, self.mark))

    @property
    def entry(self) -> dict[str, str | int]:
        """What the attribute holds."""
        return {"takenAt": format_instant(self.taken_at), "version": self.version}


def holders_in(row: Item) -> list[Holder]:
    """The entries of a row, oldest first; its other attributes hold no `#` in their names."""
    found = []
    for name, entry in row.items():
        if _SEPARATOR in name:
            kind, owner_id, mark = name.split(_SEPARATOR)
            taken_at = datetime.fromisoformat(entry["takenAt"])
            found.append(Holder(HolderKind(kind), owner_id, mark, entry["version"], taken_at))
    return sorted(found, key=lambda holder: (holder.taken_at, holder.name))


@dataclass(frozen=True, slots=True)
class Use:
    """An entry that counts, with its owner; without one it is of a save that is under way."""

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
    """Looks owners up; a kind that it was given no reader of counts unseen."""

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
            *self._by_executions(by_kind[HolderKind.EXECUTION]),
        ]

    def _by_plans(self, group_id: str, holders: Sequence[Holder]) -> list[Use]:
        if self._plans is None:
            return _unseen(holders)
        found = {plan.plan_id: plan for plan in self._plans.get_many(_ids(holders))}
        return self._saved(holders, found, lambda plan: group_id in plan.group_ids)

    def _by_groups(self, account_id: str, holders: Sequence[Holder]) -> list[Use]:
        if self._groups is None:
            return _unseen(holders)
        found = {group.group_id: group for group in self._groups.get_many(_ids(holders))}
        return self._saved(holders, found, lambda group: group.account_id == account_id)

    def _by_executions(self, holders: Sequence[Holder]) -> list[Use]:
        """A header is there before its ties, so one that is gone never comes back."""
        if self._executions is None:
            return _unseen(holders)
        headers = self._executions.get_headers((holder.owner_id, holder.mark) for holder in holders)
        live = {header.execution_id: header for header in map(self._executions.bury, headers) if not header.is_terminal}
        return [Use(holder, live[holder.owner_id]) for holder in holders if holder.owner_id in live]

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


def _ids(holders: Iterable[Holder]) -> list[str]:
    return sorted({holder.owner_id for holder in holders})


def _unseen(holders: Iterable[Holder]) -> list[Use]:
    return [Use(holder, None) for holder in holders]
