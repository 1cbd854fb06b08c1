"""What runs is not edited: neither its plan nor the groups of that plan, and while it is paused only what is to come.

An execution has a copy of everything that it was started with but the address of its mails, which go by the plan. Of
what is not copied an edit would change the run; of the rest it is refused all the same, because whoever repeats or
reads a running plan must find in it what runs. Between this look and the write an execution
may pause, go on or end; that one has begun is seen by the condition of the write (shared.stores.ties).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.errors import ConflictError, ConflictReason
from shared.execution_utils import WAVES_NOT_STARTED
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan, RecoveryPlanFields, Wave
from shared.models.violation import Violation
from shared.stores.execution_store import ExecutionStore
from shared.stores.ties import Uses


def executions_of(uses: Uses) -> list[ExecutionHeader]:
    """The executions that have not ended."""
    return [use.owner for use in uses.by if isinstance(use.owner, ExecutionHeader)]


def check_group_may_change(group: ProtectionGroup, uses: Uses, executions: ExecutionStore) -> None:
    """ConflictError ACTIVE_EXECUTION if the group is in a running execution, or in a wave that a paused one began."""
    running = [header for header in executions_of(uses) if _has_begun(header, group.group_id, executions)]
    if running:
        raise active_execution(f"the group {group.group_name}", running, _way_out("groups of waves"))


def check_plan_may_change(old: RecoveryPlan, new: RecoveryPlan, uses: Uses) -> None:
    """ConflictError ACTIVE_EXECUTION if the plan runs, or if it is paused and not only waves to come would change.

    Of a paused one `fields` names what would change and must not.
    """
    what, open_ones = f"the plan {old.plan_name}", executions_of(uses)
    own = _own_fields_changed(old, new)
    running = [header for header in open_ones if own or not _is_paused(header) or _touched(header, old, new)]
    if not running:
        return
    refusal = active_execution(what, running, _way_out("only waves"))
    if all(map(_is_paused, running)):
        waves = ["waves"] if any(_touched(header, old, new) for header in running) else []
        reason = f"stays as it is until {_named(running)} has ended"
        stays = [Violation(field, reason, refusal.reason.value).wire() for field in (*own, *waves)]
        refusal.details["fields"] = stays
    raise refusal


def active_execution(what: str, running: Sequence[ExecutionHeader], way_out: str = "") -> ConflictError:
    """The refusal for executions that have not ended."""
    return ConflictError(
        f"{what} is in use by {_named(running)}. {way_out}".rstrip(" ."),
        reason=ConflictReason.ACTIVE_EXECUTION,
        executions=[shown(header) for header in running],
    )


def shown(header: ExecutionHeader) -> dict[str, str]:
    """An execution that is in the way, as the details of a refusal name it."""
    return {
        "executionId": header.execution_id,
        "planId": header.plan_id,
        "planName": header.plan_name,
        "executionType": header.execution_type.value,
        "status": header.status.value,
    }


def _named(running: Sequence[ExecutionHeader]) -> str:
    named = ", ".join(f"{header.execution_id} ({header.status.value})" for header in running)
    return f"execution {named}" if len(running) == 1 else named


def _own_fields_changed(old: RecoveryPlan, new: RecoveryPlan) -> list[str]:
    """What the plan says of itself, as it is named in JSON: its name, its mails, what it promises."""
    return [
        field.alias or name
        for name, field in RecoveryPlanFields.model_fields.items()
        if name != "waves" and getattr(old, name) != getattr(new, name)
    ]


def _way_out(what: str) -> str:
    return (
        f"While it is paused, {what} that have not begun may change, for executions to come: "
        "those that have begun go on with what they started with"
    )


def _is_paused(header: ExecutionHeader) -> bool:
    return header.status is ExecutionStatus.PAUSED


def _begun(header: ExecutionHeader) -> list[int]:
    return [wave.wave_number for wave in header.waves if wave.status not in WAVES_NOT_STARTED]


def _has_begun(header: ExecutionHeader, group_id: str, executions: ExecutionStore) -> bool:
    """Of a paused execution its own waves tell, because the plan may have been edited since."""
    if not _is_paused(header):
        return True
    begun = executions.waves(header, _begun(header)).values()
    return any(group_id in wave.protection_group_ids for wave in begun)


def _touched(header: ExecutionHeader, old: RecoveryPlan, new: RecoveryPlan) -> bool:
    begun = set(_begun(header))
    return list(_waves(old, begun)) != list(_waves(new, begun))


def _waves(plan: RecoveryPlan, numbers: set[int]) -> Iterator[Wave]:
    return iter(sorted((wave for wave in plan.waves if wave.wave_number in numbers), key=lambda wave: wave.wave_number))
