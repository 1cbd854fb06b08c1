"""Worlds that few seeds make: a call that arrived is refused, and its job shows late, or nothing may start any more."""

from __future__ import annotations

import pytest

from tests.proof.ingredients.people import Wish
from tests.proof.ingredients.plans import PlanOf, Restless, Started, WaveOf
from tests.proof.ingredients.troubles import DrsFault
from tests.proof.proving import play
from tests.proof.scenario import Scenario

QUIET = Restless(0.0, 0.0, 0.0)
REFUSED = DrsFault("repeatedCall", (("answer", "throttling"), ("nth", 1), ("operation", "StartRecovery")))


@pytest.mark.parametrize("at", [6.0, 10.0, 20.0, 28.0])
def test_a_cancel_breaks_no_invariant(at: float) -> None:
    played = play(
        Scenario(3, (QUIET, PlanOf("one", (WaveOf(size=2),)), Started("one"), REFUSED, Wish("one", "cancel", at)))
    )

    assert played.violation is None


def test_another_wave_that_stops_the_plan_breaks_no_invariant() -> None:
    stop = WaveOf(size=1, policy="STOP")
    bad = DrsFault("rejectedServer", (("times", None),), plan="one", wave=0, is_harmless=False)
    plan = PlanOf("one", (stop, stop, WaveOf(size=1, after=(0, 1))))

    played = play(Scenario(3, (QUIET, plan, Started("one"), bad, REFUSED)))

    assert played.violation is None


def test_a_job_that_listings_show_after_the_next_call_breaks_no_invariant() -> None:
    late = DrsFault("lateVisibility", (("byId", False), ("seconds", 50), ("times", None)))
    denied = DrsFault("repeatedCall", (("answer", "denied"), ("nth", 2), ("operation", "StartRecovery")))
    plan = PlanOf("one", (WaveOf(size=3), WaveOf(size=2)))

    played = play(Scenario(3, (QUIET, plan, Started("one"), denied, late)))

    assert played.violation is None
    assert played.ended == ("COMPLETED",)
