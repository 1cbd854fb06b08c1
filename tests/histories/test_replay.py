"""Every step that an earlier version took is decided in the same way by the present one, from the same facts.

Where the present version is meant to decide otherwise, the step is listed with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.histories.history import FOLDER, VERSIONS, History, histories
from tests.histories.ports import NotAskedError
from tests.histories.record import record
from tests.histories.replaying import recorded, replayed
from tests.histories.stories import STORIES
from tests.support.world import World

FILES: Final = [path for version in VERSIONS for path in histories(version)]

REVIEWED: Final[Mapping[tuple[str, str, int], str]] = {
    ("v1", "accounts", 0): "accounts launch by turns: in each step another one is the first",
}
"""Version, story and step that end otherwise today, and why that is right."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_present_version_decides_every_recorded_step_in_the_same_way(path: Path) -> None:
    history, world = History.load(path), World()

    differences = {}
    for number, step in enumerate(history.steps):
        before, now = recorded(history, step, world), replayed(history, step, world)
        if before != now:
            differences[path.parent.name, path.stem, number] = (step.call["action"], before, now)

    reviewed = {place for place in REVIEWED if place[:2] == (path.parent.name, path.stem)}
    assert set(differences) == reviewed, differences


def test_the_latest_version_has_recorded_every_story_with_every_kind_of_step() -> None:
    recorded_last = histories(VERSIONS[-1])

    assert {path.stem for path in recorded_last} == {story.name for story in STORIES}
    assert {step.call["action"] for path in recorded_last for step in History.load(path).steps} == {
        "advance",
        "finalize",
        "openGate",
        "awaitDecision",
        "recordDecision",
        "terminate",
        "continueAsNew",
    }


def test_what_an_earlier_version_has_recorded_is_a_story_of_today() -> None:
    assert {path.stem for path in FILES} <= {story.name for story in STORIES}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_histories_of_a_version_are_small(version: str) -> None:
    assert sum(path.stat().st_size for path in (FOLDER / version).iterdir()) < 500_000


def test_a_history_is_read_as_it_was_written() -> None:
    for path in FILES:
        assert History.load(path).dump() == path.read_text(encoding="utf-8")


def test_what_the_present_version_records_it_replays_without_any_difference(tmp_path: Path) -> None:
    path = tmp_path / "pause.json"
    path.write_text(record(next(story for story in STORIES if story.name == "pause")), encoding="utf-8")
    history, world = History.load(path), World()

    for step in history.steps:
        assert replayed(history, step, world) == recorded(history, step, world)


def test_a_step_that_asks_what_nobody_asked_is_told_so() -> None:
    history, world = History.load(FILES[0]), World()
    step = next(step for step in history.steps if any(asked.verb == "drs.jobs" for asked in step.asked))

    with pytest.raises(NotAskedError, match="was not asked"):
        replayed(history, replace(step, asked=()), world)
