"""Groups and plans of a document whose names may yet be others: what is wrong whether they are new or exist already."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import pydantic

from data_management.changes import ProtectionGroupChanges, RecoveryPlanChanges
from data_management.import_merging import check_no_update
from data_management.requests import NewProtectionGroup, NewRecoveryPlan
from shared.models.base import Model, read_strictly
from shared.models.violation import Violation, violations_of
from shared.services.judging import CHANGE, ID


@dataclass(frozen=True, slots=True)
class _EitherWay:
    """A kind of thing that a document makes or changes, by the field of its name; `which` are those of any one."""

    name: str
    new: type[Model]
    changes: type[Model]
    which: Mapping[str, Any]

    def refused(
        self, violations: Iterable[Violation], raw: Mapping[str, Any], said: Mapping[str, Any]
    ) -> tuple[Violation, ...]:
        """Those for which it is refused whether it is new or a change, and those of its name.

        `raw` is as the document has it, `said` the same with our identifiers.
        """
        of_a_change = {(each.field, each.code) for each in check_no_update(raw)}
        of_a_change |= _refusals(self.changes, {**said, **self.which})
        stand = of_a_change & _refusals(self.new, said)
        return tuple(each for each in violations if each.field == self.name or (each.field, each.code) in stand)


GROUP_EITHER_WAY: Final = _EitherWay(
    "groupName",
    NewProtectionGroup,
    ProtectionGroupChanges,
    MappingProxyType({"groupId": ID, **CHANGE}),
)
PLAN_EITHER_WAY: Final = _EitherWay(
    "planName", NewRecoveryPlan, RecoveryPlanChanges, MappingProxyType({"planId": ID, **CHANGE})
)


def _refusals(model: type[Model], said: Mapping[str, Any]) -> set[tuple[str, str]]:
    try:
        read_strictly(model, said)
    except pydantic.ValidationError as error:
        return {(each.field, each.code) for each in violations_of(error, said)}
    return set()
