"""What tests of gates do and look at."""

from __future__ import annotations

from typing import Any

from tests.support.world import DAY, SentMail, World
from tests.support.world.rest import QUICK, check_at_rest


def before_the_gate(gate: int = 1) -> tuple[World, str]:
    """Two waves, a gate before one of them; the execution has just been asked for."""
    world = World(settings=QUICK)
    return world, world.start(world.plan_of(1, 1, pauses=[gate]))


def at_the_gate() -> tuple[World, str, SentMail]:
    """The first wave is done, the second waits, the mail is out."""
    world, execution_id = before_the_gate()
    mail = world.run_until_mail("pause")
    world.run_until_status(execution_id, "PAUSED")
    return world, execution_id, mail


def gates(world: World, execution_id: str) -> list[tuple[str, int, str]]:
    """Scope, number and status of every gate, as get_execution tells them."""
    return [(one["scope"], one["number"], one["status"]) for one in world.execution(execution_id)["gates"]]


def ends(world: World, execution_id: str, status: str, *decisions: str) -> None:
    """The execution ends so, its gates were decided so, and everything is at rest."""
    assert world.run_until_end(execution_id, limit=400 * DAY) == status
    world.reconcile_every = 60.0
    assert [one[2] for one in gates(world, execution_id)] == list(decisions)
    decided = [event["details"]["status"] for event in decisions_of(world, execution_id)]
    assert decided == [one for one in decisions if one != "CLOSED"]
    check_at_rest(world, execution_id)


def decisions_of(world: World, execution_id: str) -> list[dict[str, Any]]:
    """The events that tell of a gate's decision, but for those that nobody decided."""
    told = [event for event in world.events(execution_id) if event["type"] == "GATE_DECIDED"]
    return [event for event in told if event["details"].get("status", "") not in {"", "CLOSED"}]


def by_latest_mail(world: World, _execution_id: str) -> None:
    """Run the newest mail's approving command."""
    assert world.approve_by_mail(world.mails("pause")[-1])
