"""What the control of executions is made of, and the door it is reached by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.dispatch import dispatch
from shared.operations import EXECUTION

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from execution.pace import Waiting
    from execution.tying import ExecutionTies
    from shared.aws.ports import DrsPort, RunsPort
    from shared.clock import Clock
    from shared.invocation import LambdaCall
    from shared.observability import Observability
    from shared.roles import Role
    from shared.services.preflight_deps import PreflightDeps
    from shared.stores.execution_store import ExecutionStore
    from shared.stores.lock_store import LockStore
    from shared.stores.recovery_plan_store import RecoveryPlanStore


@dataclass(frozen=True)
class Application:
    """Everything that the operations of this function may use.

    `new_id` gives a new ULID; `waiting` is how a busy table is waited for; `workers` bounds the writes that are made at
    once.
    """

    plans: RecoveryPlanStore
    executions: ExecutionStore
    locks: LockStore
    ties: ExecutionTies
    preflight: PreflightDeps
    runs: RunsPort
    clock: Clock
    new_id: Callable[[], str]
    waiting: Waiting
    observability: Observability
    direct_role: Role
    workers: int
    drs_regions: Collection[str]
    console_origin: str = ""

    @property
    def drs(self) -> DrsPort:
        """DRS in all accounts and regions."""
        return self.preflight.drs

    def handle(self, event: Any, lambda_context: LambdaCall) -> dict[str, Any]:
        """The answer to one call."""
        return dispatch(event, lambda_context, function_name=EXECUTION, app=self)
