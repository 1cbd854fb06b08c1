"""Ties of executions: a start begins with the plan, the groups and the accounts as it has read them, or not at all.

Whoever edits or deletes one of them looks at its ties, so from here on until the execution has ended both know of each
other (shared.stores.ties). They are taken when the locks are held, and need no giving back: a tie counts while its
execution lives, that of an account until it is closed. A termination puts its execution back on the reconciler's list,
and ties the accounts anew before it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from execution.composing import NewExecution
from execution.refusing import refused_because
from shared.clock import Clock
from shared.errors import ConflictError, ConflictReason, NotFoundError
from shared.ids import new_claim
from shared.models.execution import ExecutionHeader
from shared.models.targets import ServerKey
from shared.stores.execution_store import ExecutionStore
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.refusals import AlreadyExistsError
from shared.stores.table import Table
from shared.stores.tie_holders import AccountOwners, Holder, Owners
from shared.stores.ties import AccountTies, TieRefusedError, Ties


@dataclass(frozen=True)
class ExecutionTies:
    """The rows of plans, groups and accounts in which executions are entered; `hub_account_id` has none."""

    plans: Ties
    groups: Ties
    accounts: AccountTies
    clock: Clock
    hub_account_id: str

    @classmethod
    def over(
        cls,
        *,
        plans: Table,
        groups: Table,
        accounts: Table,
        executions: ExecutionStore,
        clock: Clock,
        hub_account_id: str,
    ) -> ExecutionTies:
        """Ties in these tables."""
        stored = RecoveryPlanStore(plans)
        owners = Owners(clock, plans=stored, executions=executions)
        of_accounts = AccountOwners(clock, plans=stored, groups=ProtectionGroupStore(groups), executions=executions)
        return cls(
            plans=Ties(plans, "planId", owners),
            groups=Ties(groups, "groupId", owners),
            accounts=AccountTies(accounts, of_accounts),
            clock=clock,
            hub_account_id=hub_account_id,
        )

    def take(self, new: NewExecution) -> None:
        """Tie the plan, its groups, and the accounts of its servers and alarms.

        ConflictError VERSION_CONFLICT names what was changed or deleted meanwhile. One write for the plan, one for each
        100 groups, and one for each 50 accounts. Raises Throttled; the same again is the same tie.
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
        try:
            self.accounts.take(self._foreign(new.account_ids), holder)
        except TieRefusedError as error:
            ids = ", ".join(error.thing_ids)
            whose = f"accounts {ids} were" if len(error.thing_ids) > 1 else f"account {ids} was"
            raise _changed(whose, accountIds=list(error.thing_ids)) from error

    @contextmanager
    def reopening(self, header: ExecutionHeader, number: int, servers: Iterable[ServerKey]) -> Iterator[None]:
        """Around the write of the termination of that number: the accounts of these servers are tied before.

        From then until its execution is closed none of them is forgotten, and an inactive one will do. ConflictError
        INVALID_STATE names those that are not registered: who registers them again may terminate there. One write for
        each 50 accounts; raises Throttled.
        """
        holder = Holder.of_termination(header, number, new_claim(), self.clock.now())
        account_ids = self._foreign({server.account_id for server in servers})
        try:
            self.accounts.take(account_ids, holder, may_rest=True)
        except TieRefusedError as error:
            raise refused_because(
                header,
                f"instances of execution {header.execution_id} are in {', '.join(error.thing_ids)}, which "
                "is no registered target account: register it again, then they can be terminated",
                accountIds=list(error.thing_ids),
            ) from error
        try:
            yield
        except (AlreadyExistsError, ConflictError, NotFoundError):
            self.accounts.give_back(account_ids, holder)
            raise

    def _foreign(self, account_ids: Iterable[str]) -> list[str]:
        return sorted(account_id for account_id in account_ids if account_id != self.hub_account_id)


def _changed(what: str, **details: object) -> ConflictError:
    return ConflictError(
        f"the {what} changed or deleted while the plan was being started; nothing was started, start again",
        reason=ConflictReason.VERSION_CONFLICT,
        **details,
    )
