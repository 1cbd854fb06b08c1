"""What an execution has ended without holds no room: be it news in the last minutes, or written by a step too late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from shared.models.launch import LaunchState
from shared.models.quota import Reservation
from shared.models.targets import Target
from shared.stores.launches import Launches
from shared.stores.quota_store import QuotaStore
from tests.integration.engine.test_unread_tags import DENIED
from tests.support.world import DATABASE_ACCOUNT, HOUR, World, wave
from tests.support.world.machinery import WEB_ACCOUNT
from tests.support.world.rest import QUICK, check_at_rest, reservations

LATE: Final = 1680.0
"""Seconds after its call a launch has its effect, which was lost by then: minutes before the second wave's verdict."""

STALLS: Final = (200.0, 250.0, 290.0)
"""Seconds for which a function that was given up may stand still, and go on: more than the execution has left."""


def with_late_job(*, other: str = DATABASE_ACCOUNT) -> tuple[World, str]:
    """The job of the first launch begins when its wave has its verdict, and ends minutes later, about the end of all;
    the second wave is that of another account if one is named. Answers the plan.
    """
    world = World(settings=QUICK)
    first = world.create_group("late", world.add_servers(count=1))
    second = world.create_group("other", world.add_servers(other, count=1, name="other"), account=other)
    world.fault("lateEffect", operation="StartRecovery", seconds=LATE)
    return world, world.create_plan("plan", wave(0, first), wave(1, second, dependsOnWaves=[0], waitMinutes=20))


def unread() -> tuple[World, str]:
    """Nobody can read whose that job is."""
    world, plan = with_late_job()
    world.fault("hiddenTags", times=None)
    world.fault(**DENIED)
    return world, plan


def stand_still(
    monkeypatch: pytest.MonkeyPatch, where: type, name: str, wanted: Callable[..., bool], pause: Callable[[], None]
) -> list[str]:
    """The first call that is wanted is held up before it begins; answers a list that is not empty once it was."""
    original, met = getattr(where, name), list[str]()

    def slow(*arguments: Any, **named: Any) -> Any:
        if not met and wanted(*arguments):
            met.append(name)
            pause()
        return original(*arguments, **named)

    monkeypatch.setattr(where, name, slow)
    return met


def is_reserved(quotas: QuotaStore, target: Target, room: Reservation) -> bool:
    """Whether the launch has room, as one has that was not lost."""
    return any(one.reservation_id == room.reservation_id for one in quotas.get(target).reservations)


def test_a_job_that_nobody_could_read_and_that_ends_just_before_the_end_leaves_no_room() -> None:
    world, plan = unread()

    execution_id = world.start(plan)
    assert world.run_until_end(execution_id, limit=6 * HOUR) == "COMPLETED"

    [launch] = [one for one in world.executions.launches(world.header(execution_id)) if one.unread]
    assert (launch.state, launch.suspects) == (LaunchState.LOST, ())
    check_at_rest(world, execution_id)


@pytest.mark.parametrize("stall", STALLS)
@pytest.mark.parametrize(
    ("where", "name", "wanted"),
    [
        (Launches, "remember_jobs", lambda *arguments: bool(arguments[-1].suspects)),
        (QuotaStore, "keep_suspect", lambda *_: True),
    ],
    ids=["before the record", "before the room"],
)
def test_a_step_that_stands_still_over_a_suspect_until_all_has_ended_without_it_leaves_no_room(
    where: type, name: str, wanted: Callable[..., bool], stall: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pause() -> None:
        world.functions.give_up()
        world.let_pass(stall)

    met = stand_still(monkeypatch, where, name, wanted, pause)
    world, plan = unread()

    execution_id = world.start(plan)
    assert world.run_until_end(execution_id, limit=6 * HOUR) == "COMPLETED"

    world.advance(HOUR)
    assert met
    assert not any(launch.is_suspected for launch in world.executions.launches(world.header(execution_id)))
    check_at_rest(world, execution_id)


@pytest.mark.parametrize(
    ("where", "name", "wanted"),
    [
        (Launches, "record_job", lambda _self, launch, *_: launch.state is LaunchState.LOST),
        (QuotaStore, "keep_job", lambda quotas, target, room: not is_reserved(quotas, target, room)),
    ],
    ids=["before the record", "before the room"],
)
def test_the_end_waits_for_a_late_job_whose_adoption_stands_still_while_nobody_may_look(
    where: type, name: str, wanted: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pause() -> None:
        # the next steps cannot list the jobs there
        world.revoke_role(DATABASE_ACCOUNT)
        world.functions.give_up()
        world.let_pass(250)
        world.allow_everything()

    met = stand_still(monkeypatch, where, name, wanted, pause)
    world, plan = with_late_job(other=WEB_ACCOUNT)

    execution_id = world.start(plan)
    assert world.run_until_end(execution_id, limit=6 * HOUR) == "COMPLETED"

    assert met
    states = [launch.state for launch in world.executions.launches(world.header(execution_id))]
    assert states == [LaunchState.DONE] * 3
    world.advance(HOUR)
    assert reservations(world.history.scan()) == []
