"""What an import makes of a group or plan that exists: what an update with the same fields would."""

from collections.abc import Mapping
from typing import Any, Final

from data_management.changes import ProtectionGroupChanges, RecoveryPlanChanges
from data_management.sent_back import read_only_fields
from shared.models.base import read_strictly
from shared.models.protection_group import ProtectionGroup, ProtectionGroupFields
from shared.models.recovery_plan import RecoveryPlan, RecoveryPlanFields
from shared.models.violation import Violation

_NOT_IN_A_DOCUMENT: Final = (
    "groupId",
    "planId",
    "version",
    "applyLaunchConfigs",
    *read_only_fields(ProtectionGroupChanges).values(),
)
"""Those that nobody changes are the same of groups and plans."""


def group_changes(existing: ProtectionGroup, said: Mapping[str, Any]) -> ProtectionGroupChanges:
    """The update of a group that says what the document says; pydantic's ValidationError.

    Of the two selections a document has the one that is meant; it takes the place of the other.
    """
    other: Mapping[str, Any] = {}
    if said.get("sourceServerIds"):
        other = {"serverSelectionTags": {}}
    elif said.get("serverSelectionTags"):
        other = {"sourceServerIds": []}
    which = {"groupId": existing.group_id, "version": existing.version}
    return read_strictly(ProtectionGroupChanges, {**other, **_of_a_document(said), **which})


def plan_changes(existing: RecoveryPlan, said: Mapping[str, Any]) -> RecoveryPlanChanges:
    """The update of a plan that says what the document says; pydantic's ValidationError."""
    which = {"planId": existing.plan_id, "version": existing.version}
    return read_strictly(RecoveryPlanChanges, {**_of_a_document(said), **which})


def _of_a_document(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without the fields that check_no_update refuses, whatever they hold."""
    return {name: value for name, value in said.items() if name not in _NOT_IN_A_DOCUMENT}


def check_no_update(said: Mapping[str, Any]) -> tuple[Violation, ...]:
    """A violation for each field that only an update has: a document goes by names."""
    return tuple(
        Violation(name, "a document has no such field", "UNKNOWN_FIELD") for name in _NOT_IN_A_DOCUMENT if name in said
    )


def group_fields(group: ProtectionGroup) -> ProtectionGroupFields:
    """What people said of a stored group."""
    return ProtectionGroupFields.model_validate(group.model_dump(include=set(ProtectionGroupFields.model_fields)))


def plan_fields(plan: RecoveryPlan) -> RecoveryPlanFields:
    """What people said of a stored plan."""
    return RecoveryPlanFields.model_validate(plan.model_dump(include=set(RecoveryPlanFields.model_fields)))
