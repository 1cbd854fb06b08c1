"""A gate has one outcome, whatever happens to its mail, its wait or its run, and everybody tells the same story."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from shared.services.waking import wake
from tests.integration.engine.gate_steps import at_the_gate, before_the_gate, by_latest_mail, ends, gates
from tests.support.asl.functions import LOST_AFTER, LOST_BEFORE, TWICE, Delivery, Invocation
from tests.support.world import DAY, HOUR, World
from tests.support.world.rest import check_at_rest, check_told_the_same

Decide = Callable[[World, str], object]
Arrange = Callable[[World], object]


# -- one outcome each -------------------------------------------------------------------------------------------------


def both_ways(world: World, execution_id: str) -> None:
    world.resume(execution_id)
    world.approve_by_mail(world.mails("pause")[-1])


def both_ways_round(world: World, execution_id: str) -> None:
    world.approve_by_mail(world.mails("pause")[-1])
    world.resume(execution_id)


def approved_and_cancelled(world: World, execution_id: str) -> None:
    world.resume(execution_id)
    world.cancel(execution_id)


OUTCOMES: Final[dict[str, tuple[Decide, str, str]]] = {
    "approval by operation": (lambda world, one: world.resume(one), "COMPLETED", "APPROVED"),
    "approval by name": (lambda world, one: world.resume(one, 1), "COMPLETED", "APPROVED"),
    "approval by mail": (by_latest_mail, "COMPLETED", "APPROVED"),
    "approval by operation, then by mail": (both_ways, "COMPLETED", "APPROVED"),
    "approval by mail, then by operation": (both_ways_round, "COMPLETED", "APPROVED"),
    "rejection by mail": (lambda world, _: world.reject_by_mail(world.mails("pause")[-1]), "PARTIAL", "REJECTED"),
    "cancellation": (lambda world, one: world.cancel(one), "PARTIAL", "CLOSED"),
    "approval and cancellation at once": (approved_and_cancelled, "PARTIAL", "CLOSED"),
}


@pytest.mark.requirement("SRS-E05")
@pytest.mark.parametrize(("decide", "status", "decision"), OUTCOMES.values(), ids=OUTCOMES)
def test_a_gate_has_one_outcome_by(decide: Decide, status: str, decision: str) -> None:
    world, execution_id, _ = at_the_gate()
    assert check_told_the_same(world, execution_id) == "PAUSED"

    decide(world, execution_id)

    ends(world, execution_id, status, decision)
    assert len(world.mails("pause")) == 1


def test_an_approval_ahead_of_time_opens_no_gate_and_sends_no_mail() -> None:
    world, execution_id = before_the_gate()

    world.resume(execution_id, 1)

    ends(world, execution_id, "COMPLETED")
    assert world.mails("pause") == []


@pytest.mark.requirement("PRD-03", "SRS-E05")
def test_a_gate_that_nobody_decides_is_mailed_anew_after_300_days_and_expires_after_364() -> None:
    world, execution_id, first = at_the_gate()
    world.reconcile_every = DAY
    begun = world.clock.now()

    world.advance(301 * DAY)
    assert gates(world, execution_id) == [("1", 1, "OPEN")]
    assert len(world.mails("pause")) == 2
    assert not world.approve_by_mail(first)

    ends(world, execution_id, "PARTIAL", "EXPIRED")
    assert (world.clock.now() - begun).days == 364
    assert not world.approve_by_mail(world.mails("pause")[-1])


def test_a_gate_before_the_first_wave_that_expires_is_a_time_out() -> None:
    world, execution_id = before_the_gate(0)
    world.run_until_mail("pause")
    world.reconcile_every = DAY

    ends(world, execution_id, "TIMEOUT", "EXPIRED")
    assert world.instances() == []


def test_a_gate_is_approved_by_its_second_mail_after_300_days() -> None:
    world, execution_id, _ = at_the_gate()
    world.reconcile_every = DAY
    world.advance(310 * DAY)

    by_latest_mail(world, execution_id)

    ends(world, execution_id, "COMPLETED", "APPROVED")


# -- what neither approves nor rejects --------------------------------------------------------------------------------


def signal(world: World, execution_id: str) -> None:
    """Wake the engine for nothing."""
    wake(world.executions.signal(execution_id, world.header(execution_id).plan_id), world.runs)


def inbox_token(world: World, execution_id: str) -> str:
    token = world.executions.get_inbox(execution_id, world.header(execution_id).plan_id).token
    assert token is not None
    return token


def crash_of_the_wait(world: World, _execution_id: str) -> None:
    assert world.runs.fail(world.mails("pause")[-1].token, "SomethingElse", "the wait broke")


STRAYS: Final[dict[str, Decide]] = {
    "a signal": signal,
    "success of the engine's own wait": lambda world, one: world.runs.succeed(inbox_token(world, one), {}),
    "UserCancelled in the engine's own wait": lambda world, one: world.runs.fail(
        inbox_token(world, one), "UserCancelled", "stray"
    ),
    "a crash of the wait": crash_of_the_wait,
    "the end of the gate's run": lambda world, one: world.runs.stop_run(f"{one}-gate-1-1"),
    "the end of the execution's run": lambda world, one: world.runs.stop_run(one),
}


@pytest.mark.parametrize("stray", STRAYS.values(), ids=STRAYS)
def test_it_neither_approves_nor_rejects(stray: Decide) -> None:
    world, execution_id, mail = at_the_gate()

    stray(world, execution_id)
    world.advance(300)

    assert check_told_the_same(world, execution_id) == "PAUSED"
    assert [one[2] for one in gates(world, execution_id)][-1] == "OPEN"
    renewed = world.mails("pause")[-1]
    assert renewed.token == mail.token or not world.approve_by_mail(mail)
    by_latest_mail(world, execution_id)
    assert world.run_until_end(execution_id) == "COMPLETED"
    check_at_rest(world, execution_id)


def test_a_gate_whose_run_was_stopped_goes_on_as_the_next_with_a_mail_of_its_own() -> None:
    world, execution_id, old = at_the_gate()
    world.runs.stop_run(f"{execution_id}-gate-1-1")
    world.run_until_mail("pause", 2)

    assert gates(world, execution_id) == [("1", 1, "CLOSED"), ("1", 2, "OPEN")]
    assert not world.approve_by_mail(old)
    by_latest_mail(world, execution_id)

    ends(world, execution_id, "COMPLETED", "CLOSED", "APPROVED")


def of_action(action: str, delivery: Delivery) -> Arrange:
    """The first invocation for an action is delivered like this."""

    def arrange(world: World) -> None:
        met: list[int] = []

        def fault(invocation: Invocation) -> Delivery | None:
            if invocation.payload.get("action") != action or (met and met[0] != invocation.number):
                return None
            met.append(invocation.number)
            return delivery

        world.functions.fault = fault

    return arrange


BREAKS: Final[dict[str, Arrange]] = {
    "SNS refuses for a while": lambda world: setattr(world.topic, "refusals", 5),
    "the wait never begins": of_action("awaitDecision", LOST_BEFORE),
    "the wait begins and its answer is lost": of_action("awaitDecision", LOST_AFTER),
    "the wait begins twice": of_action("awaitDecision", TWICE),
    "the wait begins again late": of_action("awaitDecision", Delivery(runs=(0.0, 60.0))),
    "the wait begins late and is given up before": of_action("awaitDecision", Delivery((50.0,), "Lambda.Unknown")),
    "the wait dies between its token and its mail": lambda world: world.orchestration.crash(
        "functions.invoke_later", nth=2
    ),
    "the mail is out and nobody notes it": lambda world: world.seams["notification-formatter"].crash(
        "topic.publish", nth=2, moment="after"
    ),
    "the gate does not open at once": of_action("openGate", LOST_BEFORE),
    "the decision is not recorded at once": of_action("recordDecision", LOST_BEFORE),
    "the decision's answer is lost": of_action("recordDecision", LOST_AFTER),
    "the decision is recorded twice": of_action("recordDecision", TWICE),
}


@pytest.mark.parametrize("arrange", BREAKS.values(), ids=BREAKS)
def test_the_latest_mail_approves_once_although(arrange: Arrange) -> None:
    world, execution_id = before_the_gate()
    arrange(world)
    world.run_until_mail("pause", limit=HOUR)
    world.advance(150)
    assert world.status(execution_id) == "PAUSED"

    by_latest_mail(world, execution_id)

    ends(world, execution_id, "COMPLETED", "APPROVED")
    assert len({mail.token for mail in world.mails("pause")}) <= 2
