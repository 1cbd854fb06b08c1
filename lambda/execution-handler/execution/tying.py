"""Ties of a start: it begins with the plan and the groups as it has read them, or not at all.

Whoever edits or deletes one of them looks at its ties, so from here on until the execution has ended both know of each
other (shared.stores.ties). They are taken when the locks are held, and need no giving back: a tie counts while its
execution lives.
"""

from __future__ import annotations

from dataclasses import dataclass

from execution.composing import NewExecution
from shared.clock import Clock
from shared.errors import ConflictError, ConflictReason
from shared.stores.execution_store import ExecutionStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.table import Table
from shared.stores.tie_holders import Holder, Owners
from shared.stores.ties import TieRefusedError, Ties


@dataclass(frozen=True)
class StartTies:
    """The rows of plans and of groups in which executions are entered."""

    plans: Ties
    groups: Ties

    @classmethod
    def over(cls, plans: Table, groups: Table, executions: ExecutionStore, clock: Clock) -> StartTies:
        """Ties in the tables of plans and of groups."""
        owners = Owners(clock, plans=RecoveryPlanStore(plans), executions=executions)
        return cls(Ties(plans, "planId", owners), Ties(groups, "groupId", owners))

    def take(self, new: NewExecution) -> None:
        """Tie the plan, then its groups; ConflictError VERSION_CONFLICT names what was changed or deleted meanwhile.

        One write for the plan and one for each 100 groups. Raises Throttled; the same again is the same tie.
        """
        holder, header = Holder.of_execution(new.header), new.header
        try:
            self.plans.take({header.plan_id: header.plan_version}, holder)
        except TieRefusedError as error:
            raise _changed(f"plan {header.plan_name} was", planId=header.plan_id) from error
        try:
            self.groups.take({group.group_id: group.version for group in new.groups}, holder)
        except TieRefusedError as error:
            names = ", ".join(group.group_name for group in new.groups if group.group_id in error.thing_ids)
            whose = f"groups {names} were" if len(error.thing_ids) > 1 else f"group {names} was"
            raise _changed(whose, groupIds=list(error.thing_ids)) from error


def _changed(what: str, **details: object) -> ConflictError:
    return ConflictError(
        f"the {what} changed or deleted while the plan was being started; nothing was started, start again",
        reason=ConflictReason.VERSION_CONFLICT,
        **details,
    )
