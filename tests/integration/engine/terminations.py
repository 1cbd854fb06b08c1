"""What tests of terminations ask and do: worlds to clean up, the calls to DRS, the timeline, and an end."""

from __future__ import annotations

from typing import Any, Final

from tests.support.world import HOUR, World, wave
from tests.support.world.rest import QUICK, check_at_rest

MINUTE: Final = 60.0


def told(world: World, execution_id: str) -> list[str]:
    """What the timeline tells of the termination."""
    return [event["message"] for event in world.events(execution_id) if event["type"] == "TERMINATION_STATUS"]


def calls(world: World) -> list[Any]:
    """Every call that DRS was asked to terminate instances by."""
    return world.simulator_record.calls("TerminateRecoveryInstances")


def end_with_nothing_left(world: World, execution_id: str) -> None:
    """The termination that runs ends well, and no instance turns up afterwards."""
    world.run_until_terminated(execution_id, limit=10 * HOUR)
    world.advance(10 * MINUTE)
    assert world.termination(execution_id)["status"] == "COMPLETED"
    assert world.instances() == []
    check_at_rest(world, execution_id)


def end_without_trouble(world: World, execution_id: str) -> None:
    """Nothing is in the way any more: the termination that runs takes all that is left, and holds nothing."""
    world.simulator.clear_faults()
    world.run_until_terminated(execution_id)
    world.oracle.check_gone(execution_id)
    check_at_rest(world, execution_id)


def launched(count: int = 2, *, world: World | None = None) -> tuple[World, str, list[str]]:
    """A world whose ended execution has so many instances, of groups of at most 100 servers."""
    world = world or World(settings=QUICK)
    servers = world.add_servers(count=count)
    groups = [world.create_group(f"group-{at}", servers[at : at + 100]) for at in range(0, count, 100)]
    execution_id = world.start(world.create_plan("plan", wave(0, *groups)))
    assert world.run_until_end(execution_id) == "COMPLETED"
    return world, execution_id, servers


def with_abandoned_job(hours: float, *, hidden_for: float = 0) -> tuple[World, str, list[str]]:
    """A world whose execution has ended without the job of its second server, which hangs for so long.

    When it has launched, its instance is hidden for so many seconds.
    """
    world = World(settings=QUICK)
    servers = world.add_servers(count=2)
    first, second = (world.create_group(name, [name]) for name in servers)
    judged: dict[str, Any] = {"failurePolicy": "STOP", "deadlineMinutes": 10, "drainMinutes": 10, "dependsOnWaves": [0]}
    plan_id = world.create_plan("plan", wave(0, first), wave(1, second, **judged))
    world.fault("stuckJob", servers=[servers[1]], seconds=hours * HOUR)
    if hidden_for:
        world.fault("hiddenInstance", servers=[servers[1]], seconds=hidden_for)
    execution_id = world.start(plan_id)
    assert world.run_until_end(execution_id) == "PARTIAL"
    return world, execution_id, servers


def with_late_job(world: World, count: int = 1) -> tuple[list[str], str]:
    """An execution that has ended when the job of a launch appears that was given up; its servers, and its id."""
    servers = world.add_servers(count=count)
    plan_id = world.create_plan("plan", wave(0, *(world.create_group(name, [name]) for name in servers)))
    world.fault("lateEffect", operation="StartRecovery", seconds=2 * HOUR)
    execution_id = world.start(plan_id)
    assert world.run_until_end(execution_id, limit=HOUR) == "COMPLETED"
    return servers, execution_id


def until_late_job(world: World, execution_id: str) -> None:
    """Its second job has begun."""
    world.run_until(lambda: len(world.oracle.jobs_of(execution_id)) == 2, 3 * HOUR, "the late job")
