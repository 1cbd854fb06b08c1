"""Plays a scenario: a time of trouble, a time of calm, somebody who decides whatever is open, and the end."""

from __future__ import annotations

import contextlib
import io
import json
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from tests.proof.ending import check_the_end, clean_up
from tests.proof.facts import Violation
from tests.proof.ingredients.people import FICKLE, PATIENT, Absent, Choices, Cleaned, decide, open_gates, start_plan
from tests.proof.ingredients.plans import PlanOf
from tests.proof.ingredients.troubles import DrsFault
from tests.proof.scenario import Scenario
from tests.proof.stage import Stage
from tests.support.agenda import EndlessError
from tests.support.world.machinery import DAY, HOUR

TROUBLE: Final = 1500.0
"""Seconds in which things go wrong: several jobs of two minutes each."""

CALM: Final = 660.0
"""Seconds in which nobody does anything: the reconciler and every retry have had their turn."""

ROUNDS: Final = 25
"""So often somebody decides as he likes; then he lets everything go on."""

YEAR: Final = 400 * DAY


@dataclass
class Played:
    """How a scenario went: what was violated, if anything, and what was met on the way."""

    scenario: Scenario
    violation: Violation | None = None
    faults: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    facts: int = 0
    switches: int = 0
    ended: tuple[str, ...] = ()
    record: tuple[str, ...] = ()
    """What DRS recorded, and every row of our table at the end, if it was asked for."""

    @property
    def signature(self) -> str:
        """What makes two failures the same for the shrinker."""
        return "" if self.violation is None else str(self.violation.number)


def play(scenario: Scenario, *, keeps_record: bool = False) -> Played:
    """Play it to its end; what is violated is told, and so is whatever else went wrong, as number 0."""
    played = Played(scenario)
    with contextlib.redirect_stdout(io.StringIO()):
        stage = scenario.stage()
        try:
            _play(scenario, stage)
        except Violation as violation:
            played.violation = violation
        except EndlessError as endless:
            played.violation = Violation(5, str(endless))
        except AssertionError as error:
            kept = stage.checker.violation
            played.violation = kept if isinstance(kept, Violation) else Violation(0, str(error))
        except Exception as error:
            played.violation = Violation(0, traceback.format_exc(limit=-3))
            played.violation.__cause__ = error
        finally:
            stage.world.agenda.after_step = lambda: None
            stage.world.close()
    _tell(played, stage)
    if keeps_record:
        lines = [*stage.world.simulator_record.as_json(), *stage.world.history.scan()]
        played.record = tuple(json.dumps(line) for line in lines)
    return played


def _tell(played: Played, stage: Stage) -> None:
    played.faults.update(stage.world.simulator.faults_met)
    played.operations.update(stage.world.simulator.operations_met)
    for run in stage.world.runs.runs:
        played.states.update(run.states)
    played.met.update(stage.met)
    played.met["a drill lent settings"] += stage.checker.drills_only.lent
    played.met["launched into an instance"] += stage.checker.drills_only.launched_into
    played.met["function timed out"] += stage.world.functions.given_up
    played.met["function died"] += len(stage.world.functions.failures)
    played.facts = stage.checker.facts
    played.switches = stage.scheduler.switches
    played.ended = tuple(execution.status for execution in stage.executions)


def _play(scenario: Scenario, stage: Stage) -> None:
    _have_trouble(stage)
    _calm_down(stage)
    _start_what_nobody_started(scenario, stage)
    if any(isinstance(one, Absent) for one in scenario.ingredients):
        _leave_alone(stage)
    _decide_what_is_open(scenario, stage)
    check_the_end(scenario, stage)
    plans = [one.plan for one in scenario.ingredients if isinstance(one, Cleaned)]
    if plans:
        for fault in scenario.ingredients:
            if isinstance(fault, DrsFault) and fault.at_end:
                fault.arm(stage)
        clean_up(stage, plans)


def _have_trouble(stage: Stage) -> None:
    """Let everything happen at once."""
    until, world = TROUBLE, stage.world
    while until > 0 and not (stage.executions and stage.is_over):
        world.advance(60)
        until -= 60


def _calm_down(stage: Stage) -> None:
    """Nothing goes wrong any more; some minutes later everything is as it should be."""
    world = stage.world
    stage.is_calm = True
    world.simulator.clear_faults()
    world.topic.refusals = 0
    for account in list(world.cloud.roles.missing):
        world.restore_role(account)
    for seam in world.seams.values():
        seam.forget()
    stage.scheduler.temper = replace(stage.scheduler.temper, long=0.0)
    world.advance(CALM)
    stage.rest(is_over=False)


def _start_what_nobody_started(scenario: Scenario, stage: Stage) -> None:
    """Whoever was refused in the time of trouble tries again."""
    for plan in [one.name for one in scenario.ingredients if isinstance(one, PlanOf) and not one.shares_with]:
        if not stage.executions_of(plan):
            start_plan(stage, plan, "DRILL", "")
            stage.world.advance(30)


def _leave_alone(stage: Stage) -> None:
    """Nobody comes for more than a year: every gate expires."""
    world = stage.world
    world.reconcile_every, lag = DAY, world.index_lag
    world.index_lag = DAY
    if any(open_gates(stage, execution.execution_id) for execution in stage.executions):
        world.run_until(lambda: stage.is_over, YEAR, "the end of what nobody decides")
    world.reconcile_every, world.index_lag = 60.0, lag
    looks = stage.reconciled
    world.run_until(lambda: stage.reconciled > looks, 2 * DAY, "the reconciler")
    world.history.settle()


def _decide_what_is_open(scenario: Scenario, stage: Stage) -> None:
    """Somebody waits until a gate is open or all is over, and decides, until all is over."""
    for choices in _moods(scenario, stage):
        stage.world.run_until(
            lambda: stage.is_over or any(_waits(stage)), _longest(stage), "a gate to decide, or the end of everything"
        )
        waiting = list(_waits(stage))
        if not waiting:
            return
        for execution_id in waiting:
            decide(stage, execution_id, choices, stage.rng)
        stage.world.advance(stage.rng.uniform(1, 60))
    raise Violation(5, f"it does not end, however often somebody decides: {[one.status for one in stage.executions]}")


def _moods(scenario: Scenario, stage: Stage) -> Iterator[Choices]:
    """At first somebody decides as the scenario allows, then he only wants it to end."""
    for _ in range(ROUNDS):
        yield PATIENT if scenario.is_benign else FICKLE if stage.seed % 3 == 0 else ("approve", "mail", "retry", "skip")
    for _ in range(4 * ROUNDS):
        yield PATIENT


def _waits(stage: Stage) -> Iterator[str]:
    for execution in stage.executions:
        if not execution.is_terminal and open_gates(stage, execution.execution_id):
            yield execution.execution_id


def _longest(stage: Stage) -> float:
    """As long as the plans may take without a word of anybody."""
    now = stage.world.clock.now()
    limits = [stage.checker.in_time.limit_of(one.execution_id) for one in stage.executions]
    return max([HOUR, *((limit - now).total_seconds() for limit in limits)]) + HOUR
