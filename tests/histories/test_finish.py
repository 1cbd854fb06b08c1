"""What an earlier version began, the present one brings to the same end, from wherever it was left."""

from __future__ import annotations

from typing import Final

import pytest

from shared.models.execution import ExecutionHeader
from tests.histories.history import FOLDER, VERSIONS, History, histories
from tests.histories.record import LOOK_SECONDS, MOST_LOOKS
from tests.histories.replaying import what_is_left
from tests.histories.restoring import restored
from tests.histories.stories import STORIES, Story
from tests.support.world import World
from tests.support.world.rest import check_at_rest, launched_once

PARTS: Final = 8
"""Each story is left at so many places, and right after its first step."""

HISTORIES: Final = {(version, path.stem): History.load(path) for version in VERSIONS for path in histories(version)}
BY_NAME: Final = {story.name: story for story in STORIES}
PLACES: Final = [
    (version, name, number)
    for (version, name), history in HISTORIES.items()
    for number in sorted({0, *(part * (len(history.steps) - 1) // PARTS for part in range(1, PARTS))})
]


@pytest.mark.requirement("SRS-E16")
@pytest.mark.sweep
@pytest.mark.parametrize(("version", "name", "number"), PLACES)
def test_the_present_version_finishes_what_was_left_after_step(version: str, name: str, number: int) -> None:
    history, story = HISTORIES[version, name], BY_NAME[name]
    world = restored(history, story, number)
    assert world.header(history.execution_id).run_name not in [run.name for run in world.runs.runs]

    go_on(world, story, history.execution_id)

    header = world.header(history.execution_id)
    end = what_is_left(history, history.steps[-1].after, world)
    assert header.status.value == end["execution"]
    assert {one.wave_number: one.status.value for one in header.waves} == {
        wave_number: states[0] for wave_number, states in end["waves"].items()
    }
    check_launches(world, header)
    check_at_rest(world, history.execution_id)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_run_under_the_state_machine_of_an_earlier_version_is_finished_by_the_present_functions(
    story: Story, version: str
) -> None:
    world = story.make_world(FOLDER / version / "state-machine.asl")
    execution_id = story.begin(world, story.make_plan(world))

    go_on(world, story, execution_id)

    assert world.status(execution_id) == story.end
    assert {run.state for run in world.runs.runs} == {"Ended"}
    check_launches(world, world.header(execution_id))
    check_at_rest(world, execution_id)


def go_on(world: World, story: Story, execution_id: str) -> None:
    """Operators go on with their part of the story until it is over."""
    for _ in range(MOST_LOOKS):
        world.advance(LOOK_SECONDS)
        if not story.go_on(world, execution_id):
            return
    raise AssertionError(f"it does not end: {[event['message'] for event in world.events(execution_id)[-5:]]}")


def check_launches(world: World, header: ExecutionHeader) -> None:
    """Every server once, or once for each of its attempts."""
    servers = world.executions.servers(header)
    if all(one.attempt == 1 for one in servers):
        launched_once(world, header.execution_id, [one.server.source_server_id for one in servers])
    jobs = [job for job in world.oracle.jobs_of(header.execution_id)]
    for one in servers:
        often = sum(one.server.source_server_id in job.servers for job in jobs)
        assert 1 <= often <= one.attempt, f"{one.server} had {often} jobs in {one.attempt} attempts"
