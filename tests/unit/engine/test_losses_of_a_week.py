"""Where every call is in doubt for a week the header stays small, and the first answer lets all others follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from shared.drs_limits import DOCUMENTED
from shared.engine.bounds import LONGEST_LOST_RETRY, LOSSES_TO_DOUBLE, LOST_RETRY
from shared.engine.effects import StartLaunch
from shared.engine.losses import Spacing
from shared.engine.observations import Observations
from shared.engine.state import Draft, ExecutionState
from shared.models.execution import ExecutionHeader, WaveSummary
from shared.models.launch import LaunchedServer, LaunchRecord, LaunchState
from shared.models.targets import ServerKey, Target
from shared.stores.attribute_values import item_size
from shared.stores.items import header_item
from tests.support.planned_wave import PlannedWave
from tests.support.stage import BOUNDS, REGION, START, TARGET, Stage, server_key, stage

WEEK = timedelta(days=7)
"""The longest deadline."""
HEADER_BYTES = 100_000
"""A header is smaller than that, with 500 waves."""
MOST_LOST = 900
"""So many in a week, beside the first call of each pack: 40 KB."""


def lost_launch(number: int, key: ServerKey, at: datetime) -> LaunchRecord:
    """One call for a server that was lost."""
    return LaunchRecord(
        execution_id="exec-1",
        plan_id="plan-1",
        launch_id=f"exec-01kg3tbsprsm3jsp5ydyfp42e2-{10_000 + number}-0",
        wave_number=0,
        target=key.target,
        servers=(LaunchedServer(source_server_id=key.source_server_id, attempt=1),),
        state=LaunchState.LOST,
        intent_at=at,
        not_after=at + BOUNDS.not_after,
    )


# -- a week ---------------------------------------------------------------------------------------------------------


def lost_in_a_week(packs: int, places: int) -> list[LaunchRecord]:
    """What is lost if every call is, made as early as it may be: of so many packs, in so many accounts and regions."""
    targets = [Target(account_id=str(111122223333 + number), region=REGION) for number in range(places)]
    servers = [server_key(number, targets[number % places]) for number in range(packs)]
    header = stage(PlannedWave(tuple(servers), deadline_minutes=10080)).header
    losses = dict.fromkeys(servers, 0)
    due = dict.fromkeys(servers, START)
    lost = list[LaunchRecord]()
    while True:
        draft = Draft(ExecutionState(header, 0, launches=tuple(lost)), Observations(), START, BOUNDS)
        spacing = Spacing(draft)
        at, key = min(
            (max(due[key], (losses[key] and spacing.next_call(key.target)) or due[key]), key) for key in servers
        )
        if at > START + WEEK:
            return lost
        lost.append(lost_launch(len(lost), key, at))
        losses[key] += 1
        alone = LOST_RETRY * (1 << min(losses[key] - 1, 10)) if losses[key] > 1 else timedelta(0)
        due[key] = at + max(BOUNDS.not_after + BOUNDS.doubt, min(alone, LONGEST_LOST_RETRY))


def with_500_waves(header: ExecutionHeader, lost: list[LaunchRecord]) -> ExecutionHeader:
    waves = tuple(WaveSummary(wave_number=number, wave_name=f"the wave of number {number}") for number in range(500))
    return header.model_copy(update={"launch_ids": tuple(one.launch_id for one in lost), "waves": waves})


@pytest.mark.parametrize(("packs", "places"), [(1, 1), (10, 1), (40, 1), (40, 10), (40, 40)])
def test_a_week_of_lost_launches_leaves_the_header_small_however_many_calls_there_are(packs: int, places: int) -> None:
    lost = lost_in_a_week(packs, places)

    assert packs < len(lost) < packs + MOST_LOST
    header = stage(PlannedWave((server_key(1),))).header
    assert item_size(header_item(with_500_waves(header, lost))) < HEADER_BYTES


# -- the engine keeps to it -----------------------------------------------------------------------------------------

SPACING = timedelta(minutes=2)
"""After twice LOSSES_TO_DOUBLE launches."""


def sick(*servers: ServerKey, fresh: tuple[ServerKey, ...] = ()) -> Stage:
    """Every call was lost for two hours, of servers each in a call of its own, and half an hour is over; others are
    fresh.
    """
    made = stage(PlannedWave((*servers, *fresh), deadline_minutes=10080))
    made.limits = replace(DOCUMENTED, servers_per_job=1)
    targets = {key.target for key in (*servers, *fresh)}
    made.unreachable = dict.fromkeys(targets, "the role is gone")
    made.step()
    for number in range(2 * LOSSES_TO_DOUBLE):
        launch = lost_launch(number, servers[number % len(servers)], START + timedelta(minutes=number))
        made.launches[launch.launch_id] = launch
    made.unreachable.clear()
    made.refuse = {key.target: LaunchState.OPEN for key in servers}
    made.now = START + timedelta(minutes=2 * LOSSES_TO_DOUBLE) + LONGEST_LOST_RETRY
    return made


@pytest.mark.parametrize(("packs", "before"), [(1, 2), (1, 4), (1, 12), (40, 300)])
def test_the_engine_makes_its_calls_when_that_week_says(packs: int, before: int) -> None:
    week = lost_in_a_week(packs, 1)
    made = stage(PlannedWave(tuple(server_key(number) for number in range(packs)), deadline_minutes=10080))
    made.limits = replace(DOCUMENTED, servers_per_job=1)
    made.unreachable[TARGET] = "the role is gone"
    made.step()
    made.unreachable.clear()
    made.refuse[TARGET] = LaunchState.OPEN
    made.launches = {launch.launch_id: launch for launch in week[:before]}
    made.now = week[before - 1].intent_at + BOUNDS.not_after + BOUNDS.doubt

    decided = made.step()
    while len(made.launches) < before + 3:
        decided = made.step(decided.wait_seconds)

    made_at = [launch.intent_at for launch in made.launches.values()][before - 1 :]
    said = [launch.intent_at for launch in week[before - 1 : before + 3]]
    for (at, then), (sooner, later) in zip(pairwise(made_at), pairwise(said), strict=True):
        assert timedelta(0) <= (then - at) - (later - sooner) <= timedelta(seconds=30)


def called(made: Stage) -> list[int]:
    """The servers of all calls so far, by number, in order."""
    return [int(effect.servers[0].source_server_id[2:]) for effect in made.effects if isinstance(effect, StartLaunch)]


ONE, TWO, THREE = (server_key(number) for number in (1, 2, 3))
ELSEWHERE = Target(account_id="999922223333", region=REGION)


def test_one_call_is_made_at_a_time_for_whoever_has_waited_longest() -> None:
    made = sick(ONE, TWO, THREE)

    made.settle()
    assert called(made) == [3]
    made.step(SPACING.total_seconds() - 3)
    assert called(made) == [3]
    made.step(1)
    assert called(made) == [3, 1]
    made.step(SPACING.total_seconds())
    assert called(made) == [3, 1, 2]


def test_the_first_answer_lets_all_others_follow() -> None:
    made = sick(ONE, TWO, THREE)
    made.refuse.clear()

    made.settle()

    assert called(made) == [3, 1, 2]
    assert len(made.running_jobs()) == 3


def test_a_call_that_was_refused_is_none_that_the_next_one_waits_for() -> None:
    made = sick(ONE, TWO, THREE)
    refused = lost_launch(99, ONE, made.now - timedelta(seconds=30))
    made.launches[refused.launch_id] = refused.model_copy(update={"state": LaunchState.REFUSED})

    made.step()

    assert called(made) == [3]


def test_a_call_that_was_refused_is_no_answer_that_lets_others_follow() -> None:
    made = sick(ONE, TWO, THREE)
    made.step()
    made.refuse = {TARGET: LaunchState.REFUSED}

    made.step(SPACING.total_seconds())
    made.settle()

    assert len(called(made)) > 2
    assert set(called(made)) == {3, 1}, "one at a time, of whoever has waited longest"


def test_whoever_was_in_no_call_that_was_lost_does_not_wait_nor_do_other_accounts() -> None:
    made = sick(ONE, TWO, fresh=(THREE, server_key(4, ELSEWHERE)))

    made.step()

    assert sorted(called(made)) == [1, 3, 4]


def test_wave_and_timeline_say_it_once() -> None:
    made = sick(ONE, TWO, THREE)

    for _ in range(5):
        made.step(30)

    words = f"launches in {TARGET} keep being lost: one is made every 2 minutes until one is answered"
    assert words in made.waves[0].record.obstacle
    assert sum(words in event.message for event in made.events) == 1
