"""People: they start plans, decide at gates by mail or by name, have second thoughts, and clean up."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from shared.models.base import format_instant
from tests.proof.facts import Verb, Violation
from tests.proof.scenario import Ingredient
from tests.proof.stage import Stage, StartOutcome
from tests.support.asl.functions import Crash
from tests.support.world.world import Refused

DEFINITE: Final = frozenset({"CONFLICT_ERROR", "THROTTLED", "EXECUTION_ERROR"})
"""What somebody may be answered who is not the only one, not in time, or unlucky."""

NOT_READY: Final = frozenset({*DEFINITE, "PREFLIGHT_FAILED", "CROSS_ACCOUNT_ERROR", "DRS_SERVICE_ERROR"})
CRASHED: Final = "CRASHED"

Answer = Mapping[str, Any]
Choices = Sequence[str]
PATIENT: Final = ("approve", "approve", "mail")
"""Whatever waits is let go on."""

DECIDED: Final = ("approve", "approve", "mail", "retry", "retry", "relaunch", "skip")
FICKLE: Final = (*DECIDED, "reject", "cancel")


def start_plan(
    stage: Stage,
    plan: str,
    kind: str,
    token: str,
    back: float | None = None,
    *,
    override: Mapping[str, Any] | None = None,
) -> None:
    """Start a plan as a process of its own, maybe to so many seconds back; what became of it is kept with the stage."""
    if plan not in stage.plan_ids:
        return

    def work() -> None:
        began = stage.world.clock.now()
        more: dict[str, Any] = {"clientToken": token} if token else {}
        if override is not None:
            more["override"] = override
        if back is not None:
            more["pointInTime"] = format_instant(began - timedelta(seconds=back))
        answer, execution_id, reason = "OK", "", ""
        try:
            execution_id = stage.world.start(stage.plan_ids[plan], kind, **more)
        except Crash:
            answer = CRASHED
        except Refused as refused:
            answer, reason = refused.code, str(refused.details.get("reason", ""))
            _must_be(refused, NOT_READY)
        stage.count(f"start: {answer}")
        stage.starts.append(StartOutcome(plan, began, stage.world.clock.now(), answer, execution_id, reason))

    stage.begin(work, f"start of {plan}")


def attempt(stage: Stage, wish: Callable[[], Answer]) -> None:
    """Ask for something; refusals say why and are no surprise, and what was accepted is stored."""
    try:
        answer = wish()
    except Crash:
        stage.count("asked in vain: crashed")
        return
    except Refused as refused:
        _must_be(refused, DEFINITE)
        stage.count(f"asked in vain: {refused.code}")
        return
    request_id = answer.get("requestId")
    if request_id is not None and (answer["executionId"], request_id) not in stage.checker.ledger.requests:
        raise Violation(9, f"{answer['message']}, but there is no request {request_id}")


def _must_be(refused: Refused, codes: frozenset[str]) -> None:
    if refused.code not in codes:
        raise Violation(0, f"somebody is answered {refused.envelope}")


def open_gates(stage: Stage, execution_id: str) -> list[Mapping[str, Any]]:
    """The open gates of an execution, as its items are."""
    gates = stage.checker.ledger.gates.items()
    return [gate for (owner, _, _), gate in gates if owner == execution_id and gate["status"] == "OPEN"]


def decide(stage: Stage, execution_id: str, choices: Choices, rng: random.Random) -> None:
    """Decide at one of the open gates, as a process of its own."""
    gates = open_gates(stage, execution_id)
    if gates:
        gate, choice = rng.choice(gates), rng.choice(choices)
        stage.begin(
            lambda: attempt(stage, lambda: answer_gate(stage, execution_id, gate, choice)), f"{choice} at a gate"
        )


def answer_gate(stage: Stage, execution_id: str, gate: Mapping[str, Any], choice: str) -> Answer:
    """Carry one choice out, or the nearest that the gate allows."""
    scope, number = gate["scope"], gate["number"]
    if choice in ("mail", "reject"):
        return by_mail(stage, execution_id, choice, stage.rng)
    if choice == "cancel":
        return cancel(stage, execution_id)
    if choice in ("retry", "relaunch") and gate["kind"] == "FAILURE":
        stage.act("retry", execution_id, scope, number, relaunch=choice == "relaunch")
        more = {"gateNumber": number} if stage.rng.random() < 0.5 else {}
        return stage.world.retry(execution_id, int(scope), relaunch=choice == "relaunch", **more)
    if choice == "skip" and scope != "all":
        stage.act("skip", execution_id, scope, number)
        return stage.world.skip(execution_id, int(scope))
    stage.act("approve", execution_id, scope)
    if scope == "all":
        return stage.world.ask("resume_execution", executionId=execution_id, scope="all")
    return stage.world.resume(execution_id, int(scope))


def by_mail(stage: Stage, execution_id: str, choice: str, rng: random.Random) -> Answer:
    """Run the command of one of the mails, mostly the latest; a token that is worth nothing decides nothing."""
    mails = stage.world.mails("pause", execution_id)
    if mails:
        token = (mails[-1] if rng.random() < 0.7 else rng.choice(mails)).token
        run = stage.world.runs.waits_with(token)
        if run is not None:
            verb: Verb = "reject" if choice == "reject" else "approve"
            stage.act(verb, execution_id, run.input["scope"], run.input["number"], "token")
        if choice == "reject":
            stage.world.runs.fail(token, "UserCancelled", "by mail")
        else:
            stage.world.runs.succeed(token, {})
    return {}


def cancel(stage: Stage, execution_id: str) -> Answer:
    """Cancel the whole execution."""
    stage.act("cancel", execution_id)
    return stage.world.cancel(execution_id)


@dataclass(frozen=True)
class Decider(Ingredient):
    """Somebody who looks at the gates of a plan's executions now and then, and decides what is open."""

    plan: str
    every: float
    choices: tuple[str, ...]

    @property
    def benign(self) -> bool:  # type: ignore[override]  # one that only lets go on
        return set(self.choices) <= set(PATIENT)

    def put_on(self, stage: Stage) -> None:
        def look() -> None:
            for execution in stage.executions_of(self.plan):
                if not execution.is_terminal:
                    decide(stage, execution.execution_id, self.choices, stage.rng)
            stage.later(self.every * stage.rng.uniform(0.5, 1.5), look, "somebody looks")

        stage.later(self.every, look, "somebody looks")


@dataclass(frozen=True)
class Wish(Ingredient):
    """One thing that somebody wants, at one moment, of whatever execution of the plan there is then."""

    plan: str
    verb: str
    at: float
    wave: int = 0

    @property
    def benign(self) -> bool:  # type: ignore[override]  # an approval or a pause changes nothing of the end
        return self.verb in ("approve", "pause", "old mail")

    def put_on(self, stage: Stage) -> None:
        stage.later(self.at, lambda: self._utter(stage), self.verb)

    def _utter(self, stage: Stage) -> None:
        for execution in stage.executions_of(self.plan)[-1:]:
            name = execution.execution_id
            stage.begin(lambda: attempt(stage, lambda: self._ask(stage, name)), f"{self.verb} {self.plan}")  # noqa: B023

    def _ask(self, stage: Stage, execution_id: str) -> Answer:
        wave = self.wave % len(stage.checker.ledger.plan_of(execution_id))
        scope = str(wave)
        match self.verb:
            case "pause":
                stage.act("pause", execution_id, "all")
                return stage.world.pause(execution_id)
            case "cancel":
                return cancel(stage, execution_id)
            case "terminate":
                stage.act("terminate", execution_id)
                return stage.world.terminate(execution_id, confirm=execution_id)
            case "retry" | "relaunch":
                stage.act("retry", execution_id, scope, relaunch=self.verb == "relaunch")
                return stage.world.retry(execution_id, wave, relaunch=self.verb == "relaunch")
            case "skip":
                stage.act("skip", execution_id, scope)
                return stage.world.skip(execution_id, wave)
            case "old mail":
                return by_mail(stage, execution_id, "mail", stage.rng)
            case _:
                stage.act("approve", execution_id, scope)
                return stage.world.resume(execution_id, wave)


@dataclass(frozen=True)
class Cleaned(Ingredient):
    """Whatever the executions of a plan have launched is terminated when they have ended."""

    plan: str


@dataclass(frozen=True)
class Absent(Ingredient):
    """Nobody is there to decide, for more than a year."""

    benign = False
