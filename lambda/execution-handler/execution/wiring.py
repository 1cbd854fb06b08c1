"""Joins the control of executions with AWS: each part is imported and made when it is asked for (shared/wiring.py)."""

from __future__ import annotations

import random
import time
from functools import cached_property
from typing import TYPE_CHECKING

from execution.application import Application
from shared.cross_account import hub_client
from shared.patience import RUN_SECONDS, patient
from shared.wiring import Wiring

if TYPE_CHECKING:
    from execution.pace import Waiting
    from execution.tying import ExecutionTies
    from shared.aws.stepfunctions import StepFunctionsGateway
    from shared.clock import Clock
    from shared.settings import ExecutionSettings
    from shared.stores.lock_store import LockStore


class WiredApplication(Wiring, Application):
    """The application over the tables and gateways of the settings."""

    def __init__(self, settings: ExecutionSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._state_machine = settings.state_machine_arn

    @cached_property
    def locks(self) -> LockStore:
        """Who holds which server."""
        from shared.stores.lock_store import LockStore

        return LockStore(self._history_table, self.clock)

    @cached_property
    def ties(self) -> ExecutionTies:
        """Which plan, groups and accounts an execution uses."""
        from execution.tying import ExecutionTies

        return ExecutionTies.over(
            plans=self._plans_table,
            groups=self._groups_table,
            accounts=self._accounts_table,
            executions=self.executions,
            clock=self.clock,
            hub_account_id=self.hub_account_id,
        )

    @cached_property
    def runs(self) -> StepFunctionsGateway:
        """The runs of the state machine."""
        from shared.aws.stepfunctions import StepFunctionsGateway

        client = patient(hub_client("stepfunctions", self.region))
        return StepFunctionsGateway(client, self._state_machine, seconds=RUN_SECONDS)

    @cached_property
    def waiting(self) -> Waiting:
        """A random pause, longer with each try, of 2 s at most."""
        from execution.pace import Waiting

        return Waiting(seconds=lambda tries: random.random() * min(0.1 * 2**tries, 2), sleep=time.sleep)

    @property
    def workers(self) -> int:
        """Writes at once."""
        from execution.pace import WORKERS

        return WORKERS

    def new_id(self) -> str:
        """A new ULID."""
        from shared.ids import new_ulid

        return new_ulid(self.clock.now())


def build(settings: ExecutionSettings, clock: Clock) -> Application:
    """The application over the tables and gateways of the settings."""
    return WiredApplication(settings, clock)
