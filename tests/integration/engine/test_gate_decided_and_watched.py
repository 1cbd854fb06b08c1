"""A gate whose decision is recorded but not yet applied, and a reconciler that looks at it in between."""

from collections.abc import Callable

import pytest

from tests.support.world import SentMail, World
from tests.support.world.rest import QUICK, check_at_rest


def approve(world: World, mail: SentMail) -> bool:
    return world.approve_by_mail(mail)


def reject(world: World, mail: SentMail) -> bool:
    return world.reject_by_mail(mail)


@pytest.mark.parametrize(("decide", "outcome"), [(approve, "APPROVED"), (reject, "REJECTED")])
def test_a_decision_that_is_on_its_way_is_not_taken_for_a_lost_run(
    decide: Callable[[World, SentMail], bool], outcome: str
) -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(1, 1, pauses=[1]))
    mail = world.run_until_mail("pause")
    world.run_until_status(execution_id, "PAUSED")
    world.reconcile_every = 1.0
    world.advance(61)
    # the step that the decision wakes breaks off, and comes again two seconds later: the gate's run has ended by then
    world.orchestration.crash("history.batch_get")

    assert decide(world, mail)
    world.run_until_end(execution_id)

    gates = [(gate["number"], gate["status"]) for gate in world.execution(execution_id)["gates"]]
    assert gates == [(1, outcome)]
    assert len(world.mails("pause")) == 1, "nobody is asked again"
    check_at_rest(world, execution_id)
