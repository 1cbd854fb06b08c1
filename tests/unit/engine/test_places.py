"""Places in the queues for room: who has more to launch keeps one, and who has left one knows it at once."""

from shared.engine.effects import Effect, LeaveQueue, StartLaunch
from shared.engine.observations import Observations
from shared.models.targets import Target
from tests.support.planned_wave import PlannedWave
from tests.support.stage import START, TARGET, Stage, server_key, stage
from tests.unit.engine.test_recovery_points import HOUR, back_to, snapshot

BESIDE = Target(account_id="444455556666", region="us-east-1")
ELSEWHERE = Target(account_id="444455556666", region="us-east-2")


def wave(count: int, first: int = 1, target: Target = TARGET) -> PlannedWave:
    """A wave of so many servers that nothing comes before."""
    return PlannedWave(tuple(server_key(number, target) for number in range(first, first + count)))


def beside_each_other(*waves: PlannedWave) -> Stage:
    """These waves at once, and one that comes after the first."""
    return stage(*waves, PlannedWave((server_key(9999),), depends_on=(0,)))


def more(effects: tuple[Effect, ...] | list[Effect]) -> list[tuple[int, bool]]:
    """How many servers each launch has, and whether others wait after it."""
    return [(len(effect.servers), effect.more) for effect in effects if isinstance(effect, StartLaunch)]


def test_every_launch_but_the_last_of_a_wave_has_others_behind_it() -> None:
    made = stage(wave(250))

    made.settle()

    assert more(made.effects) == [(100, True), (100, True), (50, False)]


def test_waves_in_one_account_and_region_wait_behind_each_other_and_no_others_do() -> None:
    made = beside_each_other(wave(1), wave(2, 10), wave(3, 20, BESIDE))

    made.settle()

    assert more(made.effects) == [(1, True), (2, False), (3, False)]


def test_servers_whose_snapshots_are_looked_up_later_wait_behind_those_that_are_launched() -> None:
    made = back_to(START - 3 * HOUR, wave(150))
    for number in range(1, 151):
        snapshot(made, server_key(number), START - 4 * HOUR)

    made.settle()

    assert more(made.effects) == [(100, True), (50, False)]


def test_servers_whose_snapshots_cannot_be_read_hold_no_place() -> None:
    made = back_to(START - 3 * HOUR, wave(100))
    for number in range(1, 101):
        snapshot(made, server_key(number), START - 4 * HOUR)
    made.unreadable = {server_key(7): "could not read the recovery snapshots"}

    made.settle()

    assert more(made.effects) == [(99, False)]


def test_after_the_try_a_place_that_was_left_is_known_no_more() -> None:
    made = stage(wave(1))
    made.header = made.header.model_copy(update={"queued_in": (TARGET, BESIDE)})
    first = made.decision()
    assert more(first.effects) == [(1, False)]
    assert [effect.target for effect in first.effects if isinstance(effect, LeaveQueue)] == [BESIDE]

    again = made.decision(Observations(held_up={0: ("it is full",)}, queued=frozenset({TARGET})))

    assert again.header.queued_in == (TARGET,)


def test_after_the_try_a_place_is_kept_whose_turn_to_try_did_not_come_and_a_new_one_known() -> None:
    made = beside_each_other(wave(1), wave(1, 10, BESIDE), wave(1, 20, ELSEWHERE))
    made.header = made.header.model_copy(update={"queued_in": (BESIDE,)})

    again = made.decision(Observations(held_up={0: ("it is full",), 1: (), 2: ()}, queued=frozenset({TARGET})))

    assert again.header.queued_in == (TARGET, BESIDE)
