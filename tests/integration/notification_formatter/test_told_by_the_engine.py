"""What mails tell of executions that the engine really ran: whom it heard, and which servers it lost."""

import re

from tests.support.world import HOUR, World
from tests.support.world.rest import QUICK


def test_the_mail_of_a_pause_names_who_paused_even_though_the_gate_tells_only_why() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(1, 1, pauses=[1]))
    world.ask("pause_execution", executionId=execution_id, reason="the change window is closed")
    asked = next(event for event in world.events(execution_id) if event["details"].get("kind") == "PAUSE")

    mail = world.run_until_mail("pause")

    told = mail.message.splitlines()
    assert f"Paused by:    {asked['actor']}" in told
    assert "Reason:       the change window is closed" in told
    assert world.approve_by_mail(mail)


def test_the_mail_of_the_end_names_the_server_that_was_lost_and_why() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, failurePolicy="STOP")
    lost, _ = sorted(world.expected_waves(plan_id)[0].servers, key=str)
    world.fault("launchFailure", servers=[lost], rawError="no capacity\naws iam create-user #")
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id, limit=4 * HOUR) == "PARTIAL"

    [mail] = world.mails("fail")
    [line] = [line for line in mail.message.splitlines() if line.startswith("    - ")]
    assert re.search(rf"\b{lost}\b.*: could not be launched: .*no capacity aws iam create-user #$", line), line
    assert ": 1 of 2 servers failed\n" in mail.message
