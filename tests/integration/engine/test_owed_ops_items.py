"""An OpsItem that could not be made is asked for again while somebody waits for it, and that has an end."""

from __future__ import annotations

from shared.models.mail import MailType
from tests.support.ops_center import Center
from tests.support.world import World, wave
from tests.support.world.rest import QUICK


def failed(world: World, center: Center) -> str:
    """An execution that has failed, whose last mail was sent."""
    world.parts.ops_center = center
    world.functions.handlers.update(world.parts.handlers())
    [server] = world.add_servers(name="db")
    world.fault("launchFailure", servers=[server], times=None)
    plan = world.create_plan("plan", wave(0, world.create_group("db", [server]), failurePolicy="STOP"))
    execution_id = world.start(plan)
    world.run_until_mail("fail")
    assert world.status(execution_id) == "FAILED"
    return execution_id


def test_an_ops_item_that_could_not_be_made_is_made_when_systems_manager_is_back() -> None:
    world, center = World(settings=QUICK), Center(is_there=False)
    execution_id = failed(world, center)
    world.advance(240)
    assert center.made == []
    assert world.header(execution_id).open

    center.is_there = True
    world.advance(120)

    assert len(center.made) == 1
    assert len(world.mails("fail", execution_id)) == 1
    assert not world.header(execution_id).open
    assert "OPS_ITEM_MADE" in {event["type"] for event in world.events(execution_id)}


def test_nobody_waits_for_it_for_more_than_ten_minutes() -> None:
    world, center = World(settings=QUICK), Center(is_there=False)
    execution_id = failed(world, center)

    world.advance(900)

    assert not world.header(execution_id).open
    asked = center.asked
    world.advance(3600)
    assert center.asked == asked <= 40
    told = [event["message"] for event in world.events(execution_id) if event["type"] == "WAITING"]
    assert told[-1].startswith("No OpsItem is known to be made, and none is waited for any longer")
    record = world.executions.mail(world.header(execution_id), MailType.FAIL)
    assert record is not None
    assert not record.is_done
