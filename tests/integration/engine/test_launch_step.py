"""The step that launches: what it asks DRS for, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta

from tests.support.world import World


def test_a_step_does_not_ask_about_the_job_that_it_has_just_started() -> None:
    world = World()
    # stored instants have whole milliseconds, the clock has not: the launch seems older than the step that made it
    world.clock.advance_to(world.clock.now() + timedelta(microseconds=789))
    world.start(world.plan_of(1))

    world.advance(5)

    calls = world.orchestration.calls
    started = calls.index("drs.start_recovery")
    assert calls[:started].count("drs.jobs") == 1, "the listing of what takes room"
    assert not {"drs.jobs", "drs.job_log"} & set(calls[started:])
