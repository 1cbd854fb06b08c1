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


def end_without_trouble(world: World, execution_id: str) -> None:
    """Nothing is in the way any more: the termination that runs takes all that is left, and holds nothing."""
    world.simulator.clear_faults()
    world.run_until_terminated(execution_id)
    world.oracle.check_gone(execution_id)
    check_at_rest(world, execution_id)


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


def with_late_job(world: World) -> tuple[str, str]:
    """An execution that has ended when the job of a launch appears that was given up; its server, and its id."""
    [server] = world.add_servers(count=1)
    plan_id = world.create_plan("plan", wave(0, world.create_group("group", [server])))
    world.fault("lateEffect", operation="StartRecovery", seconds=2 * HOUR)
    execution_id = world.start(plan_id)
    assert world.run_until_end(execution_id, limit=HOUR) == "COMPLETED"
    return server, execution_id


def until_late_job(world: World, execution_id: str) -> None:
    """Its second job has begun."""
    world.run_until(lambda: len(world.oracle.jobs_of(execution_id)) == 2, 3 * HOUR, "the late job")
