"""Launch events of DRS wake the execution that holds the server, now and then."""

from __future__ import annotations

from orchestration.drs_events import take_event
from shared.invocation import DrsEvent
from tests.support.world import DATABASE_ACCOUNT, REGION, World
from tests.support.world.rest import QUICK, check_at_rest


def test_many_events_at_once_wake_once_and_all_of_them_count() -> None:
    world = World(settings=QUICK)
    world.events_on = False
    execution_id = world.start(world.plan_of(3))
    world.run_until(lambda: bool(world.oracle.jobs_of(execution_id)))
    world.advance(5)
    deps, header = world.parts._orchestration(), world.header(execution_id)
    events = [event_of(server) for server in world.oracle.jobs_of(execution_id)[0].servers]

    def tell(*told: DrsEvent) -> list[bool]:
        answers = [take_event(event, deps) for event in told]
        world.advance(1)
        return answers

    assert tell(events[0]) == [True]
    assert tell(events[1], events[2]) == [False, False]
    assert world.executions.get_inbox(execution_id, header.plan_id).signals == header.seen + 3
    world.advance(5)
    assert wakes(world, first)

    assert world.run_until_end(execution_id) == "COMPLETED"
    check_at_rest(world, execution_id)


def test_an_event_that_meets_nobody_asleep_keeps_no_later_one_from_waking() -> None:
    world = World(settings=QUICK)
    world.events_on = False
    execution_id = world.start(world.plan_of(1))
    world.run_until(lambda: bool(world.oracle.jobs_of(execution_id)))
    world.advance(5)
    (server,) = world.oracle.jobs_of(execution_id)[0].servers
    inbox = world.executions.get_inbox(execution_id, world.header(execution_id).plan_id)
    assert inbox.token is not None
    world.runs.succeed(inbox.token, {})

    assert not wakes(world, server)
    world.advance(2)

    assert wakes(world, server)


def wakes(world: World, server: str) -> bool:
    """Whether the launch result of a server wakes anybody."""
    event = {
        "source": "aws.drs",
        "detail-type": "DRS Source Server Launch Result",
        "account": DATABASE_ACCOUNT,
        "region": REGION,
        "resources": [f"arn:aws:drs:{REGION}:{DATABASE_ACCOUNT}:source-server/{server}"],
        "detail": {"state": "RECOVERY_LAUNCH_SUCCEEDED"},
    }
    answer = world.functions.handlers[function_arn(ORCHESTRATION)](event)
    return bool(answer["woken"])
