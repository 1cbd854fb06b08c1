"""When the engine looks again: seldom where events tell of the end, often where they do not, and never too early."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.engine.bounds import PAST_JOBS
from shared.engine.effects import NoteSilence
from shared.engine.schedule import usual_seconds
from shared.models.drs import InstanceHealth, Job, JobStatus, JobType
from shared.models.launch_events import Hearing
from tests.support.stage import START, TARGET, Stage, stage
from tests.support.stage_stories import ONE, TWO, wave_of

SILENT = Hearing(target=TARGET, silent_at=START - timedelta(days=1))
HEARD = Hearing(target=TARGET, heard_at=START - timedelta(days=1))


def job_of(seconds: float, number: int = 0, **more: Any) -> Job:
    """A launch job that took so long."""
    facts = {"job_id": f"drsjob-{number:017d}", "type": JobType.LAUNCH, "status": JobStatus.COMPLETED}
    return Job.model_validate({**facts, "created_at": START, "ended_at": START + timedelta(seconds=seconds), **more})


def running(hearing: Hearing | None = None, **more: Any) -> Stage:
    """An execution whose one job was started in the last step, in an account of which so much is known."""
    made = stage(wave_of(1, 2))
    made.hearings = {} if hearing is None else {TARGET: hearing}
    made.past_jobs[TARGET] = tuple(more.get("past_jobs", ()))
    made.step(1)
    made.step(1)
    assert len(made.running_jobs()) == 1
    return made


def looks(made: Stage, until: float) -> list[int]:
    """The seconds after the launch at which the engine looks, if nobody wakes it; its last step was at 1."""
    (launch,) = made.launches.values()
    seconds: list[int] = []
    while (made.now - launch.intent_at).total_seconds() < until:
        wait = made.step(0).wait_seconds
        made.now += timedelta(seconds=wait)
        seconds.append(round((made.now - launch.intent_at).total_seconds()))
    return seconds


def test_a_silent_account_is_looked_at_every_30_seconds() -> None:
    assert looks(running(SILENT), 100) == [31, 61, 91, 121]


@pytest.mark.parametrize("hearing", [None, HEARD], ids=["nothing known", "heard"])
def test_where_events_are_expected_the_first_look_comes_at_nine_tenths_of_the_usual_time(
    hearing: Hearing | None,
) -> None:
    assert looks(running(hearing), 700)[:4] == [540, 600, 660, 720]


def test_the_usual_time_is_the_median_of_the_accounts_own_jobs() -> None:
    past = [job_of(seconds, number) for number, seconds in enumerate((100, 200, 300))]

    assert looks(running(HEARD, past_jobs=past), 250)[:3] == [180, 240, 300]


def test_an_account_is_asked_for_its_past_jobs_once_and_a_silent_one_never() -> None:
    for hearing, times in ((HEARD, 1), (SILENT, 0)):
        made = running(hearing)
        made.settle(5)
        assert sum(bool(asked.past_jobs) for asked in made.asked) == times


def test_after_the_event_of_the_last_server_the_end_is_looked_for_often_then_every_30_seconds() -> None:
    made = running(HEARD)
    made.now += timedelta(seconds=500)
    made.last_event_at = made.now

    assert looks(made, 580) == [503, 505, 507, 509, 511, 513, 543, 573, 603]


def test_a_job_that_ends_in_silence_makes_the_account_a_silent_one() -> None:
    made = stage(wave_of(1), wave_of(2))
    made.settle()
    made.step(600)

    made.finish_job(made.running_jobs()[0])
    made.settle()

    assert any(effect == NoteSilence(TARGET) for effect in made.effects)
    assert made.step(1).wait_seconds == 30


def test_a_job_of_which_an_event_told_keeps_the_account_a_heard_one() -> None:
    made = stage(wave_of(1), wave_of(2))
    made.settle()
    made.step(600)
    made.hearings = {TARGET: Hearing(target=TARGET, heard_at=made.now)}

    made.finish_job(made.running_jobs()[0])
    made.settle()

    assert not any(isinstance(effect, NoteSilence) for effect in made.effects)
    assert made.step(1).wait_seconds > 500


def test_what_is_known_already_is_not_noted_again() -> None:
    made = stage(wave_of(1))
    made.settle()
    made.finish_job(made.running_jobs()[0])
    made.hearings = {TARGET: Hearing(target=TARGET, silent_at=made.now)}
    made.settle()

    assert not any(isinstance(effect, NoteSilence) for effect in made.effects)


def test_checks_are_looked_at_once_for_the_last_instance_of_the_wave() -> None:
    made = running(SILENT)
    (job,) = made.running_jobs()
    made.finish_job(job, without_instance=[ONE, TWO])
    for key, started in ((ONE, 10), (TWO, 40)):
        instance = made.add_instance(key, job, checks="initializing")
        made.health[instance] = InstanceHealth(
            instance_id=instance,
            state="running",
            system_status="initializing",
            instance_status="initializing",
            launched_at=made.now + timedelta(seconds=started),
        )

    assert made.step(41).wait_seconds == 120
    assert [bool(asked.health) for asked in made.asked][-1]
    made.asked.clear()

    made.step(60)
    assert not any(asked.health for asked in made.asked), "nothing can have changed yet"

    assert made.step(60).wait_seconds == 3
    assert any(asked.health for asked in made.asked)


def test_a_step_in_which_no_job_has_moved_reads_no_servers() -> None:
    made = running(SILENT)
    made.step(30)
    made.asked.clear()

    made.step(30)

    assert not any(asked.waves for asked in made.asked)
    (job,) = made.running_jobs()
    made.finish_job(job)
    made.step(30)
    assert any(asked.waves == {0} for asked in made.asked)


@given(durations=st.lists(st.floats(1, 10_000), max_size=60))
def test_the_usual_time_comes_from_the_latest_jobs_only(durations: list[float]) -> None:
    usual = usual_seconds(tuple(job_of(seconds) for seconds in durations))

    latest = sorted(durations[:PAST_JOBS])
    if latest:
        assert latest[0] - 1 <= usual <= latest[-1] + 1
        assert sum(each <= usual + 1e-3 for each in latest) >= len(latest) / 2
    else:
        assert usual == 600


def test_jobs_that_do_not_say_how_long_they_took_tell_nothing() -> None:
    assert usual_seconds((job_of(100, ended_at=None), job_of(300))) == 300
