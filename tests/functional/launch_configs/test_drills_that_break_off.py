"""Settings of a drill never survive it, wherever what puts them there or takes them away breaks off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.models.verified_settings import SettingsVerdict
from tests.functional.launch_configs.drilling import DRILL, Drilling


def nothing_is_left(story: Drilling) -> None:
    """The server is as it was, and nobody remembers the drill but the history."""
    held = story.held()
    assert story.rows == []
    assert {name: held.get(name) for name in DRILL} == {name: story.before.get(name) for name in DRILL}
    if story.applies:
        assert held == story.before


def test_the_settings_of_a_drill_are_there_while_it_lasts_and_then_not() -> None:
    story = Drilling()

    story.verify()

    assert DRILL.items() <= story.held().items()
    assert "staticPrivateIp" not in story.held(), "in another subnet no address is used that was not named for drills"
    assert story.held()["copyTags"] is True
    story.minute(5)
    assert DRILL.items() <= story.held().items(), "nothing is restored while the execution goes on"

    story.end()
    story.minute()

    nothing_is_left(story)
    first, *_, last = story.history()
    assert (first["action"], first["actor"]) == ("RESTORED", f"execution {story.execution}")
    assert {each["field"] for each in first["differences"]} == {
        *DRILL,
        "staticPrivateIp",
        "targetInstanceTypeRightSizingMethod",
    }
    assert last["action"] == "SETTINGS_CHANGED" or last["action"] == "APPLIED"
    assert story.template().version(story.template().default) == story.data()


def test_a_look_that_was_ended_by_lambda_leaves_a_line_in_the_log_of_the_next(caplog: pytest.LogCaptureFixture) -> None:
    story = Drilling()
    now = story.world.clock.now()
    story.world.executions.begin_verifying(story.header, 0, "of-the-dead", now, now + timedelta(seconds=60))

    story.verify()
    assert (story.rows, "was cut off" in caplog.text) == ([], False), "it may still be looking"
    story.world.clock.advance(61)
    story.verify()
    [line] = [record for record in caplog.records if record.message == "a look at launch settings was cut off"]
    assert story.rows
    assert (vars(line)["executionId"], vars(line)["waveNumber"]) == (story.execution, 0)

    caplog.clear()
    story.world.clock.advance(61)
    story.verify()
    assert "was cut off" not in caplog.text


@pytest.mark.parametrize("applies", [True, False])
def test_it_may_die_at_any_call_while_it_puts_them_there(applies: bool) -> None:
    calls = Drilling(applies=applies).verify()
    assert calls > 20

    for nth in range(1, calls + 1):
        story = Drilling(applies=applies)
        story.dies(nth)
        story.verify()
        story.seam.forget()
        story.end()
        story.go_on()
        nothing_is_left(story)


def test_it_may_die_and_be_taken_up_before_the_drill_ends() -> None:
    calls = Drilling().verify()

    for nth in range(1, calls + 1, 2):
        story = Drilling()
        story.dies(nth)
        story.verify()
        story.seam.forget()
        story.world.clock.advance(120)
        story.verify()
        assert DRILL.items() <= story.held().items()
        story.end()
        story.go_on()
        nothing_is_left(story)


@pytest.mark.requirement("SRS-E18")
def test_it_may_die_at_any_call_while_it_takes_them_away() -> None:
    story = Drilling()
    story.verify()
    story.end()
    calls = story.minute(5)
    assert calls > 10

    for nth in range(1, calls + 1):
        story = Drilling()
        story.verify()
        story.end()
        story.dies(nth)
        story.minute(5)
        story.go_on()
        nothing_is_left(story)
        assert [line["action"] for line in story.history()].count("RESTORED") == 1


def test_a_slow_writer_may_still_write_after_the_execution_has_ended_but_not_under_a_recovery() -> None:
    """Whoever recovers meanwhile waits for what may still be written, or nothing is written any more."""
    calls = Drilling().verify()
    ready = 0

    for nth in range(1, calls + 1):
        story = Drilling()
        drill = story.execution

        def recover(story: Drilling = story) -> None:
            story.end()
            story.minute(0.25)
            story.execution = story.world.start(story.plan, "RECOVERY")
            story.verify()

        story.seam.on("*", recover, nth=nth)
        story.verify()
        assert story.execution != drill
        [verdict] = story.world.executions.verified_settings(story.header, 0).values()
        if verdict.verdict is SettingsVerdict.READY:
            ready += 1
            assert story.held() == story.before, f"READY, and the drill writes after call {nth}"
        story.end()
        story.go_on()
        nothing_is_left(story)
    assert 0 < ready < calls


def test_a_slow_restorer_does_not_touch_the_next_drill() -> None:
    """Whoever restores holds the server for as long as it may write: nobody else puts anything there meanwhile."""
    first = Drilling()
    first.verify()
    first.end()
    calls = first.minute(5)

    for nth in range(1, calls + 1):
        story = Drilling()
        story.verify()
        story.end()
        started: list[str] = []

        def next_one(story: Drilling = story, started: list[str] = started) -> None:
            story.execution = story.world.start(story.plan)
            started.append(story.execution)
            story.verify()

        story.seam.on("*", next_one, nth=nth)
        story.minute(5)
        assert len(started) == 1
        story.seam.forget()
        story.world.clock.advance(120)
        story.verify()
        assert DRILL.items() <= story.held().items()
        story.end()
        story.go_on()
        nothing_is_left(story)
