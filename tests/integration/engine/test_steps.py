"""One step: bounded in time, and lost when a gate was decided by somebody else meanwhile."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from shared.aws.regions import drs_regions
from shared.models.gate import GateStatus
from tests.integration.engine.gate_steps import at_the_gate
from tests.support.world import DATABASE_ACCOUNT, WEB_ACCOUNT, World, wave
from tests.support.world.rest import QUICK, check_at_rest

REGIONS = ("us-west-2", "us-east-1", "eu-west-1", "eu-central-1", "ap-southeast-2", "us-east-2")


def wave_in_many_regions(world: World) -> str:
    """A plan whose only wave has a server in each of six regions."""
    groups = [
        world.create_group(region, world.add_servers(region=region, name=region), region=region) for region in REGIONS
    ]
    return world.create_plan("everywhere", wave(0, *groups))


def test_a_step_ends_after_a_minute_and_the_next_one_goes_on() -> None:
    world = World(settings=QUICK)
    plan_id = wave_in_many_regions(world)
    calls: list[tuple[datetime, int]] = []

    def be_slow() -> None:
        calls.append((world.clock.now(), world.header(execution_id).step))
        world.clock.advance(59)

    for nth in range(len(REGIONS)):
        world.orchestration.on("drs.start_recovery", be_slow, nth=nth + 1)
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id) == "COMPLETED"
    steps = [step for _, step in calls]
    assert max(steps.count(step) for step in steps) == 2, "two calls of a minute are in a step, not six"
    check_at_rest(world, execution_id)


def test_a_step_takes_twenty_effects_and_the_next_one_goes_on() -> None:
    world = World(settings=QUICK)
    groups = [
        world.create_group(
            f"{account} {region}",
            world.add_servers(account, region=region, name=f"{account}-{region}"),
            account=account,
            region=region,
        )
        for account in (DATABASE_ACCOUNT, WEB_ACCOUNT)
        for region in sorted(drs_regions())[:11]
    ]
    execution_id = world.start(world.create_plan("everywhere", wave(0, *groups)))

    assert world.run_until_end(execution_id) == "COMPLETED"
    steps = Counter(launch.launch_id.split("-")[-2] for launch in world.executions.launches(world.header(execution_id)))
    assert sorted(steps.values()) == [3, 19], "the mail of the start is one of the twenty"
    check_at_rest(world, execution_id)


def test_a_step_that_finds_its_gate_decided_by_another_is_lost_and_its_request_told_so() -> None:
    world, execution_id, mail = at_the_gate()

    def close() -> None:
        gate = world.executions.gate(world.header(execution_id), "1", 1)
        assert gate is not None
        world.executions.decide_gate(gate, GateStatus.CLOSED, "another", world.clock.now())

    # the first transaction is the approval's, the next one writes what the step that it wakes has decided
    world.orchestration.on("history.transact", close, nth=2)
    assert world.approve_by_mail(mail)
    world.run_until_end(execution_id)

    told = [event["message"] for event in world.events(execution_id) if event["type"] == "REQUEST_CONSUMED"]
    assert len(told) == 1
    assert "is CLOSED already" in told[0]
    check_at_rest(world, execution_id)
