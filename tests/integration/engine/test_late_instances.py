"""A late job launches a server that was given up: nobody's verdict changes for it, and everybody sees the instance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from orchestration.reservations import free_reservations, keep_room
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord, LaunchState
from shared.stores.refusals import SignalsChangedError
from shared.stores.steps import Steps
from tests.integration.engine.terminations import MINUTE
from tests.support.asl.functions import Crash
from tests.support.world import DATABASE_ACCOUNT, HOUR, WEB_ACCOUNT, World, wave
from tests.support.world.rest import QUICK, check_at_rest, reservations


def with_lost_launches(deadline_minutes: int, hangs_for: float = 2 * HOUR) -> tuple[World, str, str]:
    """An execution and the server of its second wave, of which two launches were lost, and the first comes true later.

    Nothing else is launched: the job of the third wave hangs for so many seconds meanwhile.
    """
    world = World(settings=QUICK)
    first, other = world.add_servers(WEB_ACCOUNT, count=2)
    [late] = world.add_servers()
    failing, hanging = (world.create_group(name, [name], account=WEB_ACCOUNT) for name in (first, other))
    plan_id = world.create_plan(
        "plan",
        wave(0, failing, failurePolicy="CONTINUE"),
        wave(1, world.create_group("late", [late]), after=[0], deadlineMinutes=deadline_minutes),
        wave(2, hanging, after=[0], failurePolicy="CONTINUE"),
    )
    world.fault("launchFailure", servers=[first, other], times=2)
    world.fault("stuckJob", servers=[other], seconds=hangs_for)
    world.fault("lateEffect", operation="StartRecovery", account=DATABASE_ACCOUNT, seconds=HOUR)
    world.fault("serverError", operation="StartRecovery", account=DATABASE_ACCOUNT, nth=2, times=None)
    execution_id = world.start(plan_id)
    world.run_until(lambda: len(states(world, execution_id)) == 4, HOUR, "two launches of the server")
    world.run_until(lambda: states(world, execution_id).count("LOST") == 2, HOUR, "their loss")
    return world, execution_id, late


def with_given_up_server(given_up: str, hangs_for: float = 2 * HOUR) -> tuple[World, str, str]:
    """An execution whose server was given up with its wave, and whose late job is still to come."""
    world, execution_id, late = with_lost_launches({"SKIPPED": 7, "CANCELLED": 60}[given_up], hangs_for)
    if given_up == "CANCELLED":
        world.cancel(execution_id)
    world.advance(2 * MINUTE)
    if given_up == "SKIPPED":
        world.skip(execution_id, 1)
        world.advance(MINUTE)
    assert row(world, execution_id, late)["launchStatus"] == given_up
    assert world.header(execution_id).waves[1].status.value == given_up
    return world, execution_id, late


def with_late_job(given_up: str) -> tuple[World, str, str]:
    """An ended execution, whose server was given up with its wave before the late job came."""
    world, execution_id, late = with_given_up_server(given_up)
    world.run_until_end(execution_id, limit=6 * HOUR)
    return world, execution_id, late


def states(world: World, execution_id: str) -> list[str]:
    """Those of all launches so far."""
    return [launch.state.value for launch in launches(world, execution_id)]


def launches(world: World, execution_id: str) -> list[LaunchRecord]:
    """All launches so far, in their order."""
    return world.executions.launches(world.header(execution_id))


def row(world: World, execution_id: str, server: str) -> dict[str, object]:
    """What get_execution tells of the server."""
    return next(one for one in world.servers(execution_id) if one["sourceServerId"] == server)


@dataclass(frozen=True)
class LateJob:
    """An ended execution with a late job, for tests that only look."""

    world: World
    execution_id: str
    server: str
    given_up: str


@pytest.fixture(scope="module", params=["SKIPPED", "CANCELLED"])
def late_job(request: pytest.FixtureRequest) -> LateJob:
    given_up: str = request.param
    return LateJob(*with_late_job(given_up), given_up)


def test_the_row_of_a_server_that_was_given_up_tells_of_the_instance_that_a_late_job_has_launched(
    late_job: LateJob,
) -> None:
    world, execution_id, late = late_job.world, late_job.execution_id, late_job.server

    server = row(world, execution_id, late)
    [job] = [job for job in world.oracle.jobs_of(execution_id) if late in job.servers]
    assert world.instances() == [server["recoveryInstanceId"]]
    assert (server["launchStatus"], server["jobId"]) == ("LAUNCHED", job.job_id)
    assert server["healthStatus"] == "UNKNOWN"
    assert "nobody has checked" in str(server["healthReason"])


def test_the_verdict_of_the_wave_stays_and_the_execution_has_launched_something(late_job: LateJob) -> None:
    header = late_job.world.header(late_job.execution_id)

    assert header.waves[1].status.value == late_job.given_up
    assert (header.status.value, header.has_launched) == ("PARTIAL", True)
    assert [one.launched_count for one in header.waves] == [0, 1, 0]


@dataclass
class LostCommits:
    """The first so many commits that are meant fail, once `is_meant` says which; their steps, as they fail."""

    count: int
    error: Exception
    is_meant: Callable[[dict[str, Any]], bool] = lambda _: False
    steps: list[int] = field(default_factory=list)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """To be called before the world is made, whose stores keep what they find."""
        commit = Steps.commit

        def commit_or_fail(store: Steps, header: ExecutionHeader, **more: Any) -> object:
            if len(self.steps) < self.count and self.is_meant(more):
                self.steps.append(header.step)
                raise self.error
            return commit(store, header, **more)

        monkeypatch.setattr(Steps, "commit", commit_or_fail)


def check_that_it_counts(world: World, execution_id: str) -> None:
    """The late instance is there, and the execution that has ended tells of it."""
    header = world.header(execution_id)
    assert len(world.instances()) == 1
    assert (header.status.value, header.has_launched) == ("PARTIAL", True)
    assert [one.launched_count for one in header.waves] == [0, 1, 0]


@pytest.mark.sweep
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("given_up", ["SKIPPED", "CANCELLED"])
def test_what_a_late_job_has_launched_counts_although_steps_that_see_it_die_before_their_commit(
    monkeypatch: pytest.MonkeyPatch, given_up: str, count: int
) -> None:
    lost = LostCommits(count, RuntimeError("the function dies"))
    lost.install(monkeypatch)
    world, execution_id, late = with_given_up_server(given_up)
    lost.is_meant = lambda _: row(world, execution_id, late)["launchStatus"] == "LAUNCHED"

    world.run_until_end(execution_id, limit=6 * HOUR)

    assert len(lost.steps) == count
    check_that_it_counts(world, execution_id)


@pytest.mark.parametrize("given_up", ["SKIPPED", "CANCELLED"])
def test_what_a_late_job_has_launched_counts_although_a_signal_refuses_the_commit_that_is_to_end_the_execution(
    monkeypatch: pytest.MonkeyPatch, given_up: str
) -> None:
    lost = LostCommits(1, SignalsChangedError("an event of the late job came"))
    lost.install(monkeypatch)
    world, execution_id, _ = with_given_up_server(given_up, hangs_for=0.98 * HOUR)
    lost.is_meant = lambda more: more.get("expected_signals") is not None

    world.run_until_end(execution_id, limit=6 * HOUR)

    assert len(lost.steps) == 1
    check_that_it_counts(world, execution_id)


@pytest.mark.parametrize("given_up", ["SKIPPED", "CANCELLED"])
def test_a_termination_takes_the_instance_and_says_so_of_the_server(given_up: str) -> None:
    world, execution_id, late = with_late_job(given_up)
    world.terminate(execution_id)

    world.run_until_terminated(execution_id)

    assert world.instances() == []
    assert row(world, execution_id, late)["launchStatus"] == "TERMINATED"
    check_at_rest(world, execution_id)


def test_the_gate_of_a_wave_whose_time_was_over_tells_what_the_late_job_has_launched() -> None:
    world, execution_id, _ = with_lost_launches(7)

    world.advance(HOUR + 10 * MINUTE)

    [gate] = [one for one in world.execution(execution_id)["gates"] if one["status"] == "OPEN"]
    assert "in the end 1 of 1 server launched, 1 not checked to the end" in gate["reason"]


def test_a_late_job_is_found_soon_although_everything_waits_for_an_approval_and_no_event_tells() -> None:
    world = World(settings=replace(QUICK, quirks=replace(QUICK.quirks, event_loss=1)))
    first, second = (world.create_group(name, [name]) for name in world.add_servers(count=2))
    world.fault("lateEffect", operation="StartRecovery", seconds=HOUR)
    execution_id = world.start(world.create_plan("plan", wave(0, first), wave(1, second, pause=True)))
    world.run_until_status(execution_id, "PAUSED")

    world.run_until(lambda: len(world.oracle.jobs_of(execution_id)) == 2, 2 * HOUR, "the late job")
    world.advance(HOUR / 10 + MINUTE)

    assert states(world, execution_id)[0] in ("STARTED", "DONE")


def test_the_late_job_has_its_room_reserved_again_while_it_runs() -> None:
    world, execution_id, _ = with_lost_launches(7)
    place = states(world, execution_id).index("LOST")
    lost = launches(world, execution_id)[place].launch_id
    assert lost not in reservations(world.history.scan())

    world.run_until(lambda: states(world, execution_id)[place] == "STARTED", 2 * HOUR, "the adoption")
    assert lost in reservations(world.history.scan())

    world.run_until(lambda: states(world, execution_id)[place] == "DONE", HOUR, "the end of the late job")
    assert lost not in reservations(world.history.scan())


def test_the_reconciler_leaves_the_room_of_a_job_that_is_just_being_adopted() -> None:
    world, execution_id, _ = with_lost_launches(7)
    place = states(world, execution_id).index("LOST")
    lost = launches(world, execution_id)[place].launch_id
    found = list[str]()

    def look_between_room_and_record() -> None:
        if states(world, execution_id)[place] == "LOST" and lost in reservations(world.history.scan()):
            found.append(lost)
            free_reservations(world.header(execution_id), world.parts._orchestration())

    world.orchestration.always("history.transact", look_between_room_and_record)
    world.run_until(lambda: states(world, execution_id)[place] == "STARTED", 2 * HOUR, "the adoption")

    assert found
    assert lost in reservations(world.history.scan())


def test_the_late_job_has_its_room_although_the_step_that_records_it_dies_at_once() -> None:
    world, execution_id, _ = with_lost_launches(7)
    place = states(world, execution_id).index("LOST")
    lost = launches(world, execution_id)[place].launch_id
    deaths = list[str]()

    def die_once_it_is_recorded() -> None:
        if not deaths and states(world, execution_id)[place] == "STARTED":
            deaths.append(lost)
            raise Crash("the function dies")

    world.orchestration.always("history.transact", die_once_it_is_recorded, moment="after")
    world.run_until(lambda: bool(deaths), 2 * HOUR, "the adoption")
    world.advance(MINUTE)

    assert states(world, execution_id)[place] == "STARTED"
    assert lost in reservations(world.history.scan())


def test_a_job_that_drs_answers_when_its_launch_was_lost_has_its_room_although_the_function_dies_at_once() -> None:
    world = World(settings=QUICK)
    execution_id, deps = world.start(world.plan_of(1)), world.parts._orchestration()
    deaths = list[str]()

    def lose() -> None:
        [launch] = launches(world, execution_id)
        deps.executions.lose_launch(launch, "no job")
        deps.quotas.give_back(launch.target, launch.launch_id)

    def die_once_it_is_recorded() -> None:
        if not deaths and states(world, execution_id) == ["STARTED"]:
            deaths.append(execution_id)
            raise Crash("the function dies")

    world.orchestration.on("drs.start_recovery", lose, moment="after")
    world.orchestration.always("history.update", die_once_it_is_recorded, moment="after")
    world.run_until(lambda: bool(deaths), MINUTE, "the record")
    world.advance(MINUTE / 2)

    assert states(world, execution_id) == ["STARTED"]
    assert reservations(world.history.scan()) == [launches(world, execution_id)[0].launch_id]


def test_room_that_was_reserved_for_a_late_job_is_freed_when_nobody_records_that() -> None:
    world, execution_id, _ = with_lost_launches(60)
    lost = launches(world, execution_id)[states(world, execution_id).index("LOST")]
    deps = world.parts._orchestration()
    keep_room(lost.model_copy(update={"state": LaunchState.STARTED, "job_id": "drsjob-1234567890abcdef0"}), deps)

    world.advance(3 * MINUTE)
    assert lost.launch_id in reservations(world.history.scan())
    world.advance(4 * MINUTE)
    assert lost.launch_id not in reservations(world.history.scan())
