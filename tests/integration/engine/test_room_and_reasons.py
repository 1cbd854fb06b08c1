"""One full account keeps no other account waiting, and long reasons stop no execution."""

from __future__ import annotations

from tests.integration.engine.test_deadlines import fill
from tests.support.world import WEB_ACCOUNT, World, wave
from tests.support.world.rest import QUICK


def test_launches_that_wait_for_room_in_one_account_keep_none_waiting_in_another() -> None:
    world = World(settings=QUICK)
    waves = [
        wave(number, world.create_group(f"tier {number}", world.add_servers(count=1, name=f"tier-{number}")))
        for number in range(21)
    ]
    web = world.create_group("web", world.add_servers(WEB_ACCOUNT, 1, name="web"), account=WEB_ACCOUNT)
    last = world.create_group("last", world.add_servers(WEB_ACCOUNT, 1, name="last"), account=WEB_ACCOUNT)
    plan_id = world.create_plan("wide", *waves, wave(21, web), wave(22, last, after=[0]))
    fill(world)

    execution_id = world.start(plan_id)
    world.advance(60)

    assert [job.account for job in world.oracle.jobs_of(execution_id)] == [WEB_ACCOUNT]
    # every call lists the jobs of an account that answered "full" a moment ago
    assert world.orchestration.calls.count("drs.jobs") < 100


def test_an_execution_with_many_failed_waves_and_the_long_reasons_of_aws_goes_on() -> None:
    world = World(settings=QUICK)
    waves, everything = [], []
    for number in range(32):
        servers = world.add_servers(count=3, name=f"tier-{number}")
        everything += servers
        group = world.create_group(f"tier {number}", servers)
        waves.append(wave(number, group, after=[0] if number == 31 else []))
    plan_id = world.create_plan("wide", *waves)
    raw = "UnauthorizedOperation: Encoded authorization failure message: " + "x" * 2200
    world.fault("launchFailure", servers=everything, times=1000, rawError=raw)

    execution_id = world.start(plan_id)
    world.advance(3600)

    header = world.header(execution_id)
    assert header.committed_step == header.step
    assert header.status.value == "PAUSED"


def test_one_server_that_waits_for_room_is_one_server() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(1)
    fill(world)
    execution_id = world.start(plan_id)
    world.advance(20)

    assert world.execution(execution_id)["waves"][0]["statusReason"].startswith("1 server not launched yet: ")
