"""What moves a world: the clock and the agenda, the state machine, the functions, the tables, AWS."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from local.drs_simulator import Settings
from shared.clock import VirtualClock
from shared.models.account import TargetAccount
from shared.stores.execution_store import ExecutionStore
from shared.stores.memory_table import MemoryTable
from shared.stores.schemas import EXECUTION_HISTORY, PROTECTION_GROUPS, RECOVERY_PLANS, TARGET_ACCOUNTS
from shared.stores.table import Throttled
from shared.stores.target_account_store import TargetAccountStore
from tests.support.agenda import Agenda
from tests.support.asl.definition import Machine
from tests.support.asl.dynamo import TableUpdates
from tests.support.asl.functions import LambdaService
from tests.support.asl.interpreter import Interpreter
from tests.support.asl.loading import STATE_MACHINE as STATE_MACHINE_FILE
from tests.support.asl.loading import load_state_machine
from tests.support.asl.runs import Run
from tests.support.four_tables import FourTables
from tests.support.scheduler import Scheduler, Temper
from tests.support.world.cloud import CERTAIN, Cloud
from tests.support.world.functions import (
    HISTORY_TABLE,
    ORCHESTRATION,
    SECONDS_TO_WORK,
    STATE_MACHINE,
    Functions,
    function_arn,
)
from tests.support.world.mails import CapturingTopic
from tests.support.world.seams import Moment, Seam

START: Final = datetime(2026, 1, 29, 2, 47, 18, tzinfo=UTC)
DATABASE_ACCOUNT: Final = "111122223333"
WEB_ACCOUNT: Final = "444455556666"
REGION: Final = "us-west-2"
HOUR: Final = 3600.0
DAY: Final = 86_400.0
_INDEX_LAG: Final = 7.0
"""Seconds between two moments at which stale indexes catch up; no multiple of what else happens."""

_SUBSTITUTIONS: Final = {
    "InvokeFunction": "arn:aws:states:::lambda:invoke",
    "InvokeFunctionAndWait": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "UpdateItemAndWait": "arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken",
    "OrchestrationFunction": function_arn(ORCHESTRATION),
    "ExecutionHistoryTable": HISTORY_TABLE,
}


@cache
def load_machine_of_worlds(rounds: int | None = None, definition: Path = STATE_MACHINE_FILE) -> Machine:
    """The product's state machine, as every world of this process has it."""
    return load_state_machine(_SUBSTITUTIONS, rounds, definition)


class Machinery:
    """Everything of a world but the people.

    `reconcile_every`, `index_lag` (seconds) and `events_on` may be changed at any time; None and False switch off.
    With a `temper` functions work side by side and stand still before their calls as the seed decides; `close` the
    world then. With `rounds` the runs of the state machine are shorter than in the product; `definition` may be that
    of another version.
    """

    def __init__(
        self,
        *,
        seed: int | None = None,
        settings: Settings = CERTAIN,
        stale_indexes: bool = False,
        workers: int = 1,
        temper: Temper | None = None,
        rounds: int | None = None,
        definition: Path = STATE_MACHINE_FILE,
    ) -> None:
        self.clock = VirtualClock(START)
        self.agenda = Agenda(self.clock, None if seed is None else random.Random(seed))
        self.events_on = True
        self.reconcile_every: float | None = 60.0
        self.history = self.make_history(stale_indexes)
        self.tables = FourTables(
            MemoryTable(PROTECTION_GROUPS), MemoryTable(RECOVERY_PLANS), self.history, MemoryTable(TARGET_ACCOUNTS)
        )
        self.accounts = TargetAccountStore(self.tables.target_accounts)
        self.executions = ExecutionStore(self.history, self.clock)
        self.cloud = Cloud(self.clock, self.accounts.way_into, self._deliver, settings, seed or 0)
        self.simulator = self.cloud.simulator
        self.topic = CapturingTopic(self.clock)
        self.functions = LambdaService(self.agenda, {})
        self.scheduler = None if temper is None else self._side_by_side(temper, seed or 0)
        machine = load_machine_of_worlds(rounds, definition)
        seams: dict[str, Seam] = {}
        updates = TableUpdates({HISTORY_TABLE: self._state_machines_table(seams)})
        self.runs = Interpreter(machine, self.agenda, self.functions, updates, self._seconds_between_states)
        self.parts = Functions(
            clock=self.clock,
            tables=self.tables,
            cloud=self.cloud,
            runs=self.runs,
            later=self.functions,
            topic=self.topic,
            rng=random.Random(seed or 0),
            workers=workers,
            processes=self.scheduler,
        )
        self.parts.seams.update(seams)
        self.seams = self.parts.seams
        self.functions.handlers.update(self.parts.handlers())
        self.agenda.add_source(self.simulator.next_due, self.simulator.advance)
        self._schedule_reconciler()
        self.index_lag = _INDEX_LAG
        if stale_indexes:
            self._let_indexes_catch_up()
        for account in (DATABASE_ACCOUNT, WEB_ACCOUNT):
            self.add_account(account)

    def make_history(self, stale_indexes: bool) -> MemoryTable:
        """The execution-history table of this world."""
        return MemoryTable(EXECUTION_HISTORY, stale_indexes=stale_indexes)

    def add_account(self, account: str, external_id: str = "an-external-id") -> None:
        """Register a target account whose role trusts us."""
        self.cloud.roles.external_ids[account] = external_id
        now = self.clock.now()
        self.accounts.put_new(
            TargetAccount(
                account_id=account, account_name=account, external_id=external_id, created_at=now, updated_at=now
            )
        )

    def run(self, name: str) -> Run:
        """A run of the state machine by its name."""
        found = self.runs.find(name)
        assert found is not None, f"there is no run {name}"
        return found

    # -- time -----------------------------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Let that much time pass, with everything that happens in it."""
        self.agenda.advance(seconds)

    def close(self) -> None:
        """End what still stands still: nothing happens any more."""
        if self.scheduler is not None:
            self.scheduler.close()

    def settle(self) -> None:
        """Let everything happen that is due now."""
        self.agenda.settle()

    def run_until(self, predicate: Callable[[], bool], limit: float = DAY, waiting_for: str = "") -> None:
        """Run until the predicate holds; EndlessError after the limit of virtual seconds."""
        self.agenda.run_until(predicate, limit, waiting_for)

    # -- what goes wrong ------------------------------------------------------------------------------------------

    def fault(self, kind: str, **fault: Any) -> None:
        """Let DRS do one thing wrong, as the simulator's fault plan names it."""
        self.simulator.add_faults({"faults": [{"kind": kind, **fault}]})

    def remove_role(self, account: str) -> None:
        """Delete the role in an account: what was assumed is worth nothing from now on, and it cannot be assumed."""
        roles = self.cloud.roles
        roles.missing.add(account)
        held = {asked["RoleSessionName"] for asked in roles.asked if f":{account}:" in asked["RoleArn"]}
        if held:
            self.fault("expiredCredentials", account=account, times=len(held))

    def restore_role(self, account: str) -> None:
        """Make the role anew."""
        self.cloud.roles.missing.discard(account)

    def revoke_role(self, account: str) -> None:
        """Take every right from the role in an account, from who holds a session of it too."""
        self.cloud.roles.revoked.add(account)
        self.fault("revokedRole", account=account, times=None)

    def throttle_table(self, *verbs: str) -> None:
        """From now on let the history table refuse these of its verbs (patterns) to all functions and the machine."""
        for seam in self.seams.values():
            for verb in verbs or ("*",):
                seam.refuse(f"history.{verb}", lambda: Throttled("the table is busy"))

    def allow_everything(self) -> None:
        """End every fault of DRS, give every role its rights, and let no seam refuse anything any more."""
        self.simulator.clear_faults()
        self.cloud.roles.revoked.clear()
        for seam in self.seams.values():
            seam.allow()

    def stall(self, verb: str, seconds: float, *, nth: int = 1, moment: Moment = "before") -> None:
        """Let the orchestration function stand still at a call, be given up and tried again meanwhile, then go on."""

        def stand_still() -> None:
            self.functions.give_up()
            self.let_pass(seconds)

        self.orchestration.on(verb, stand_still, nth=nth, moment=moment)

    def let_pass(self, seconds: float) -> None:
        """Let that much time pass for the function that works now, while everything else goes on."""
        if self.scheduler is None:
            self.advance(seconds)
        else:
            self.scheduler.sleep(seconds)

    @property
    def orchestration(self) -> Seam:
        """The seam of the orchestration function, where it may crash."""
        return self.seams[ORCHESTRATION]

    # -- within ---------------------------------------------------------------------------------------------------

    def _seconds_between_states(self) -> float:
        order = self.agenda.order
        return 0.02 if order is None else order.uniform(0.005, 0.1)

    def _side_by_side(self, temper: Temper, seed: int) -> Scheduler:
        order = random.Random(f"{seed}/processes")
        scheduler = Scheduler(self.agenda, order, temper)
        self.functions.processes = scheduler
        self.functions.timeouts = {function_arn(name): seconds for name, seconds in SECONDS_TO_WORK.items()}
        self.functions.kills_late = lambda: order.random() < 0.5
        self.cloud.sleep = scheduler.sleep
        return scheduler

    def _state_machines_table(self, seams: dict[str, Seam]) -> Any:
        seams[STATE_MACHINE] = Seam(STATE_MACHINE)
        return seams[STATE_MACHINE].watch(self.history, "history")

    def _deliver(self, _account: str, _region: str, event: dict[str, Any]) -> None:
        if self.events_on:
            self.functions.invoke_later(function_arn(ORCHESTRATION), event)

    def _let_indexes_catch_up(self) -> None:
        self.history.settle()
        self.agenda.after(self.index_lag, self._let_indexes_catch_up, label="indexes catch up", background=True)

    def _schedule_reconciler(self) -> None:
        def reconcile() -> None:
            self._schedule_reconciler()
            if self.reconcile_every is not None:
                self.functions.invoke_later(function_arn(ORCHESTRATION), {"schedule": "reconcile"})

        self.agenda.after(self.reconcile_every or DAY, reconcile, label="reconciler", background=True)
