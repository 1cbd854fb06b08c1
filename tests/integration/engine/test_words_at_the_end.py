"""What people are told at the edges."""

from __future__ import annotations

import pytest

from tests.integration.engine.test_deadlines import SLOW_CHECKS, started
from tests.support.world import Refused


def test_the_mail_of_an_end_names_a_wave_that_ran_out_of_time_among_what_is_not_recovered() -> None:
    world, execution_id = started(SLOW_CHECKS, sizes=(2,), failurePolicy="STOP")

    assert world.run_until_end(execution_id) == "PARTIAL"

    assert "not fully recovered: wave 1" in world.mails("fail", execution_id)[-1].message


def test_a_pause_that_can_hold_nothing_back_is_refused_and_writes_nothing() -> None:
    world, execution_id = started(sizes=(2,), deadlineMinutes=60)
    world.advance(20)
    before = len(world.events(execution_id))

    with pytest.raises(Refused, match="nothing is left to start"):
        world.pause(execution_id)

    assert len(world.events(execution_id)) == before
