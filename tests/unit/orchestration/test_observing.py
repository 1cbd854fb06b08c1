"""Asking many accounts at once: who does not answer keeps nobody waiting for long, and is told from who is slow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestration.observing import FAILED_LOOKUPS, _Asking, _wait_for, answer
from orchestration.pace import FIRST_READ_WALL_SECONDS, LAST_READ_WALL_SECONDS, Pace, in_turn
from shared.clock import SystemClock, VirtualClock
from shared.drs_limits import DOCUMENTED, DrsQuotas
from shared.engine.observations import JobsQuestion, Observations, Questions, SnapshotQuestion, Unavailable
from shared.engine.state import ExecutionState
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.drs import JobListing
from shared.models.targets import ServerKey, Target
from tests.support.planned_wave import PlannedWave
from tests.support.stage import server_key, stage
from tests.support.world import World

PATIENCE = 0.2
HEADER = stage(PlannedWave((server_key(1),))).header


def target(number: int) -> Target:
    return Target(account_id="111122223333", region=f"us-west-{number}")


@dataclass
class Drs:
    """A DRS of which each account and region behaves as it is told."""

    behaviour: dict[Target, Callable[[], None]] = field(default_factory=dict)
    asked: list[tuple[str, Target]] = field(default_factory=list)

    def jobs(self, where: Target, **_: Any) -> JobListing:
        self._answer("jobs", where)
        return JobListing(began_at=datetime.now(UTC), jobs=())

    def job_log(self, where: Target, _job_id: str) -> tuple[Any, ...]:
        self._answer("log", where)
        return ()

    def newest_snapshot(self, where: Target, _server: str, **_: Any) -> None:
        self._answer("snapshot", where)

    def source_servers(self, where: Target, _ids: Any) -> tuple[Any, ...]:
        self._answer("sources", where)
        return ()

    def limits(self, where: Target) -> DrsQuotas:
        """As Service Quotas, which is asked beside DRS."""
        self._answer("limits", where)
        return DrsQuotas(jobs_at_once=7)

    def alarms(self, where: Target, _names: Any) -> tuple[Any, ...]:
        """As CloudWatch, which is asked beside DRS."""
        self._answer("alarms", where)
        return ()

    def _answer(self, what: str, where: Target) -> None:
        self.asked.append((what, where))
        self.behaviour.get(where, lambda: None)()


def asking_for_jobs(*targets: Target) -> Questions:
    return Questions(jobs={one: JobsQuestion() for one in targets})


def ask(questions: Questions, drs: Drs, pace: Pace, *, step: int = 0, workers: int = 8) -> Observations:
    port: Any = drs
    parts = World().parts._orchestration()
    deps = replace(parts, drs=port, limits=port, cloudwatch=port, workers=workers, patience=PATIENCE)
    header = HEADER.model_copy(update={"step": step})
    return answer(questions, ExecutionState(header=header, signals=0), deps, pace)


@pytest.fixture
def hanging() -> Iterator[Callable[[], None]]:
    """Does not come back before the test is over."""
    over = threading.Event()
    yield lambda: None if over.wait(30) else None
    over.set()


def test_an_account_that_does_not_answer_is_named_and_the_others_are_heard(hanging: Callable[[], None]) -> None:
    drs, pace = Drs({target(1): hanging}), Pace.begin(SystemClock())
    began = time.monotonic()

    seen = ask(asking_for_jobs(target(1), target(2), target(3)), drs, pace)

    assert time.monotonic() - began < 10 * PATIENCE
    assert seen.jobs[target(1)] == Unavailable(f"{target(1)} did not answer within {PATIENCE:g} seconds")
    assert isinstance(seen.jobs[target(2)], JobListing)
    assert isinstance(seen.jobs[target(3)], JobListing)


class EndsAtTheLastMoment(Future[Observations]):
    """An answer that comes after somebody has looked for it, and before he gives it up."""

    def cancel(self) -> bool:
        self.set_result(Observations())
        return super().cancel()


def test_an_account_that_answers_while_it_is_given_up_is_not_silent() -> None:
    pace, asked = Pace.begin(SystemClock()), EndsAtTheLastMoment()
    asked.set_running_or_notify_cancel()
    deps = replace(World().parts._orchestration(), patience=0)

    _wait_for({target(1): asked}, _Asking(Questions(), deps, pace, {target(1): pace.began}))

    assert asked.result() == Observations()
    assert pace.silent == {}


def test_a_silent_account_is_not_asked_again_in_the_same_step(hanging: Callable[[], None]) -> None:
    drs, pace = Drs({target(1): hanging}), Pace.begin(SystemClock())
    ask(asking_for_jobs(target(1), target(2)), drs, pace)
    drs.asked.clear()

    logs = Questions(job_logs={target(1): {"drsjob-1"}, target(2): {"drsjob-2"}})
    seen = ask(logs, drs, pace)

    assert drs.asked == [("log", target(2))]
    assert isinstance(seen.job_logs[target(1), "drsjob-1"], Unavailable)


def test_an_account_that_answers_slowly_but_steadily_is_heard_to_the_end() -> None:
    slow = Drs({target(1): lambda: time.sleep(0.6 * PATIENCE)})
    questions = Questions(job_logs={target(1): {f"drsjob-{number}" for number in range(5)}, target(2): {"drsjob-9"}})

    seen = ask(questions, slow, Pace.begin(SystemClock()))

    assert Unavailable not in {type(log) for log in seen.job_logs.values()}
    assert len(seen.job_logs) == 6


def test_the_quotas_are_an_answer_too() -> None:
    slow = Drs({target(1): lambda: time.sleep(0.6 * PATIENCE)})
    questions = Questions(
        job_logs={target(1): {"drsjob-1"}, target(2): {"drsjob-2"}},
        limits={target(1)},
        alarms={target(1): {"an alarm"}},
    )
    pace = Pace.begin(SystemClock())

    seen = ask(questions, slow, pace)

    assert pace.silent == {}
    assert seen.limits[target(1)].jobs_at_once == 7
    assert seen.alarms[target(1), "an alarm"] is None, "it is not there, which is an answer"


def test_where_the_quotas_are_not_answered_those_that_are_documented_count(hanging: Callable[[], None]) -> None:
    drs, pace = Drs({target(1): hanging}), Pace.begin(SystemClock())

    seen = ask(Questions(limits={target(1), target(2)}), drs, pace)

    assert seen.limits[target(1)] == DOCUMENTED
    assert seen.limits[target(2)].jobs_at_once == 7
    assert set(pace.silent) == {target(1)}


def test_what_an_account_has_answered_before_it_falls_silent_counts(hanging: Callable[[], None]) -> None:
    class SilentQuotas(Drs):
        def limits(self, where: Target) -> DrsQuotas:
            hanging()
            return super().limits(where)

    drs, pace = SilentQuotas(), Pace.begin(SystemClock())
    questions = asking_for_jobs(target(1), target(2))
    questions.limits = {target(1)}
    questions.alarms = {target(1): {"an alarm"}}

    seen = ask(questions, drs, pace)

    assert isinstance(seen.jobs[target(1)], JobListing)
    assert seen.limits[target(1)] == DOCUMENTED
    assert seen.alarms[target(1), "an alarm"] == Unavailable(pace.silent[target(1)])
    assert sorted(drs.asked, key=str) == [("jobs", target(1)), ("jobs", target(2))]


def test_the_servers_that_an_account_has_told_of_before_it_falls_silent_count(hanging: Callable[[], None]) -> None:
    class SilentAboutOne(Drs):
        def job_log(self, where: Target, job_id: str) -> tuple[Any, ...]:
            if job_id == "drsjob-2":
                hanging()
            return super().job_log(where, job_id)

        def newest_snapshot(self, where: Target, _server: str, **_: Any) -> None:
            if _server == server_key(2).source_server_id:
                hanging()
            super().newest_snapshot(where, _server)

    drs, pace = SilentAboutOne(), Pace.begin(SystemClock())
    asked = SnapshotQuestion(datetime.now(UTC))
    logs = Questions(
        job_logs={target(1): {"drsjob-1", "drsjob-2", "drsjob-3"}},
        snapshots={target(2): {server_key(number).source_server_id: asked for number in (1, 2)}},
    )

    seen = ask(logs, drs, pace)

    silent = [Unavailable(pace.silent[target(number)]) for number in (1, 2)]
    assert [seen.job_logs[target(1), f"drsjob-{number}"] for number in (1, 2, 3)] == [(), silent[0], silent[0]]
    assert sorted(seen.snapshots.values(), key=str) == [None, silent[1]]


def test_who_waits_behind_silent_ones_is_left_to_the_next_step_without_blame(hanging: Callable[[], None]) -> None:
    drs, pace = Drs({target(1): hanging, target(2): hanging}), Pace.begin(SystemClock())

    seen = ask(asking_for_jobs(target(1), target(2), target(3)), drs, pace, workers=2)

    assert seen.jobs[target(3)] == Unavailable("")
    assert pace.has_left
    assert isinstance(ask(asking_for_jobs(target(3)), drs, Pace.begin(SystemClock())).jobs[target(3)], JobListing)


def test_each_account_is_the_first_in_one_of_so_many_steps() -> None:
    targets = [target(number) for number in range(5)]

    firsts = [in_turn(targets, step)[0] for step in range(11, 16)]

    assert sorted(firsts, key=str) == targets
    assert all(sorted(in_turn(targets, step), key=str) == targets for step in range(7))
    assert in_turn([], 3) == []


def test_accounts_are_begun_early_and_asked_to_the_end() -> None:
    clock = VirtualClock(datetime(2026, 1, 29, tzinfo=UTC))
    drs = Drs({one: lambda: clock.advance(FIRST_READ_WALL_SECONDS) for one in (target(1), target(2))})
    pace = Pace.begin(clock)

    first = ask(asking_for_jobs(target(1), target(2)), drs, pace, workers=1)
    assert isinstance(first.jobs[target(1)], JobListing)
    assert first.jobs[target(2)] == Unavailable("")

    key = ServerKey(account_id=target(1).account_id, region=target(1).region, source_server_id="s-" + "1" * 17)
    second = ask(Questions(sources={target(1): {key.source_server_id}}), drs, pace, workers=1)
    assert second.sources[key] is None, "it is not there, which is an answer"

    clock.advance_to(pace.began + timedelta(seconds=LAST_READ_WALL_SECONDS))
    third = ask(Questions(job_logs={target(1): {"drsjob-1"}}), drs, pace, workers=1)
    assert third.job_logs[target(1), "drsjob-1"] == Unavailable("")
    assert pace.has_left


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        pytest.param(0, 1, id="no answer"),
        pytest.param(429, 1, id="too many calls"),
        pytest.param(503, FAILED_LOOKUPS, id="failures"),
        pytest.param(403, 12, id="refusals, which cost nothing"),
    ],
)
def test_an_account_whose_snapshots_cannot_be_read_is_not_asked_about_every_server(status: int, asked: int) -> None:
    def fail() -> None:
        raise DrsServiceError("it did not work", httpStatus=status)

    drs = Drs({target(1): fail})
    servers = {server_key(number).source_server_id: SnapshotQuestion(datetime.now(UTC)) for number in range(12)}

    seen = ask(Questions(snapshots={target(1): servers}), drs, Pace.begin(SystemClock()), workers=1)

    assert len(drs.asked) == asked
    told = [answer.reason for _, answer in sorted(seen.snapshots.items()) if isinstance(answer, Unavailable)]
    assert [bool(reason) for reason in told] == [number < asked for number in range(12)]


def test_where_the_role_cannot_be_used_one_answer_stands_for_all_servers() -> None:
    def fail() -> None:
        raise CrossAccountError("no such role")

    drs = Drs({target(1): fail})
    servers = {server_key(number).source_server_id: SnapshotQuestion(datetime.now(UTC)) for number in range(12)}

    seen = ask(Questions(snapshots={target(1): servers}), drs, Pace.begin(SystemClock()), workers=1)

    assert len(drs.asked) == 1
    why = Unavailable(f"could not read the recovery snapshots in {target(1)}: no such role")
    assert list(seen.snapshots.values()) == [why] * 12
