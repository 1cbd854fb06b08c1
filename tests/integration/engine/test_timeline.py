"""The timeline tells every verdict once, also when a step does not reach its commit."""

from collections import Counter

import pytest

from tests.support.world import World

VERDICTS = ("WAVE_STATUS", "SERVER_LAUNCH", "SERVER_HEALTH", "LAUNCH_DONE")


def verdicts(world: World, execution: str) -> Counter[str]:
    return Counter(event["message"] for event in world.events(execution) if event["type"] in VERDICTS)


@pytest.mark.parametrize("nth", range(26, 34))
def test_a_signal_that_comes_before_the_last_commit_takes_no_verdict_from_the_timeline(nth: int) -> None:
    plain = World()
    expected = plain.start(plain.plan_of(1))
    plain.run_until_end(expected)
    world = World()
    execution = world.start(world.plan_of(1))
    header = world.header(execution)

    def stray_signal() -> None:
        world.executions.signal(header.execution_id, header.plan_id)

    world.orchestration.on("history.transact", stray_signal, nth=nth)
    world.run_until_end(execution)

    told = verdicts(world, execution)
    assert set(told) == set(verdicts(plain, expected))
    assert set(told.values()) == {1}


@pytest.mark.sweep
@pytest.mark.parametrize("nth", range(1, 14))
def test_a_crash_before_any_transaction_takes_no_verdict_from_the_timeline(nth: int) -> None:
    plain = World()
    expected = plain.start(plain.plan_of(1))
    plain.run_until_end(expected)
    world = World()
    world.orchestration.crash("history.transact", nth=nth)
    execution = world.start(world.plan_of(1))
    world.run_until_end(execution)

    assert set(verdicts(world, execution)) >= set(verdicts(plain, expected))
