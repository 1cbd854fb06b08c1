"""The answer and the mail tell the same recovery time."""

import pytest

from shared.models.mail import MailType
from tests.support.world import HOUR, World


def test_hours_at_a_gate_after_the_last_verdict_do_not_shorten_the_recovery() -> None:
    world = World()
    execution_id = world.start(world.plan_of(1, 1, pauses=[1]))
    mail = world.run_until_mail("pause")
    world.advance(4 * HOUR)
    world.reject_by_mail(mail)
    world.run_until_end(execution_id)

    rto = world.execution(execution_id)["rto"]

    assert 0 < rto["actualSeconds"] < HOUR
    assert (rto["gateSeconds"], rto["actualSecondsWithoutGates"]) == (0, rto["actualSeconds"])
    ended = next(mail for mail in reversed(world.mails()) if mail.type != MailType.PAUSE)
    [line] = [line for line in ended.message.splitlines() if line.startswith("RTO actual")]
    with_gates, without_gates = line.removeprefix("RTO actual: ").split(" with the time spent at gates, ")
    assert without_gates == f"{with_gates} without."


@pytest.mark.requirement("PRD-06")
def test_hours_at_a_gate_within_the_recovery_are_told_apart() -> None:
    world = World()
    execution_id = world.start(world.plan_of(1, 1, pauses=[1]))
    mail = world.run_until_mail("pause")
    world.advance(4 * HOUR)
    world.approve_by_mail(mail)
    world.run_until_end(execution_id)

    rto = world.execution(execution_id)["rto"]

    assert 4 * HOUR <= rto["gateSeconds"] < rto["actualSeconds"]
    assert rto["actualSecondsWithoutGates"] == rto["actualSeconds"] - rto["gateSeconds"] < HOUR
