"""The reconciler, sentence by sentence: what it starts, replaces, wakes, mails and frees, and how long it may take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest

from orchestration.reconciling import ROUND_WALL_SECONDS, reconcile
from shared.aws.ports import HandOverError, RunStatus
from shared.clock import VirtualClock
from shared.errors import ExecutionError
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.lock import LockOwner
from shared.models.quota import Reservation
from shared.models.server_record import ServerRecord
from shared.models.targets import ServerKey, Target
from shared.stores.quota_store import QuotaStore
from tests.support.fake_runs import FakeRuns
from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, World, wave
from tests.support.world.rest import QUICK, check_at_rest, held_locks, reservations

MINUTE: Final = 60.0
TARGET: Final = Target(account_id=DATABASE_ACCOUNT, region=REGION)


def quiet() -> World:
    """A world in which only the test calls the reconciler."""
    world = World(settings=QUICK)
    world.reconcile_every = None
    return world


def go_on(world: World) -> None:
    """From now on the reconciler comes every minute, as ever."""
    world.reconcile_every = MINUTE
    world._schedule_reconciler()


def at_its_gate(world: World) -> str:
    execution_id = world.start(world.plan_of(1, pauses=[0]))
    world.run_until_mail("pause")
    world.settle()
    return execution_id


def ended(world: World) -> str:
    """An execution that is over and closed."""
    execution_id = world.start(world.plan_of(1, name="ended"))
    assert world.run_until_end(execution_id) == "COMPLETED"
    assert not world.header(execution_id).open
    return execution_id


def look(world: World, times: int = 1) -> None:
    for _ in range(times):
        reconcile(world.parts._orchestration())
    world.settle()


# -- a run that never began -----------------------------------------------------------------------------------------


def never_began() -> tuple[World, str]:
    """Step Functions took no run when the execution was started."""
    world = quiet()
    plan_id = world.plan_of(1)

    def refuse() -> None:
        raise ExecutionError("Step Functions did not answer", operation="StartExecution")

    world.seams["execution-handler"].on("runs.start_run", refuse)
    return world, world.start(plan_id)


def test_a_run_that_never_began_begins_after_a_minute() -> None:
    world, execution_id = never_began()
    look(world)
    assert world.runs.find(execution_id) is None

    world.advance(MINUTE)
    look(world)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert world.header(execution_id).run_seq == 1
    check_at_rest(world, execution_id)


def test_what_was_pending_for_five_minutes_gets_its_run_whose_first_step_makes_it_failed() -> None:
    world, execution_id = never_began()
    world.advance(6 * MINUTE)
    before = world.header(execution_id)

    reconcile(world.parts._orchestration())

    noted = before.model_copy(update={"begins_late": True})
    assert world.header(execution_id) == noted, "that it begins late is noted, and no status is written here"
    assert world.run_until_end(execution_id) == "FAILED"
    assert "did not begin in time" in world.execution(execution_id)["statusReason"]
    assert world.oracle.jobs_of(execution_id) == []
    check_at_rest(world, execution_id)


def test_a_run_that_takes_the_place_of_one_that_began_in_time_does_not_begin_late() -> None:
    world = quiet()
    is_broken = [True]

    def break_off() -> None:
        if is_broken[0]:
            raise RuntimeError("the table does not answer")

    world.orchestration.always("history.update", break_off)
    execution_id = world.start(world.plan_of(1))
    world.advance(6 * MINUTE)
    assert (world.status(execution_id), world.run(execution_id).is_running) == ("PENDING", True)
    world.runs.stop_run(execution_id)
    is_broken[0] = False

    def refuse() -> None:
        raise ExecutionError("Step Functions did not answer", operation="StartExecution")

    world.orchestration.on("runs.start_run", refuse)
    look(world)
    assert world.runs.find(f"{execution_id}-r2") is None, "its place is taken, by a run that is not there yet"

    look(world)

    assert world.run_until_end(execution_id) == "COMPLETED"
    check_at_rest(world, execution_id)


# -- a run that ended too early -------------------------------------------------------------------------------------


def test_a_run_that_ended_too_early_is_replaced_and_nothing_but_its_number_and_a_line_is_written() -> None:
    world = quiet()
    execution_id = at_its_gate(world)
    world.runs.stop_run(execution_id)
    before = world.header(execution_id)

    reconcile(world.parts._orchestration())

    assert world.header(execution_id) == before.model_copy(update={"run_seq": 2})
    assert world.run(f"{execution_id}-r2").is_running
    told = world.events(execution_id)[-1]
    assert (told["type"], told["actor"]) == ("RUN_REPLACED", "reconciler")
    assert told["message"] == (
        f"The run {execution_id} is ABORTED and its execution had not ended: {execution_id}-r2 goes on"
    )


@pytest.mark.parametrize("verb", ["runs.run_status", "history.get", "history.update", "runs.start_run"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_two_reconcilers_at_once_replace_a_run_once(verb: str, nth: int) -> None:
    world = quiet()
    execution_id = at_its_gate(world)
    world.runs.stop_run(execution_id)
    world.runs.stop_run(f"{execution_id}-gate-0-1")
    world.settle()
    world.orchestration.forget()
    world.orchestration.on(verb, lambda: look(world), nth=nth)

    look(world)

    assert world.header(execution_id).run_seq == 2
    assert [event["type"] for event in world.events(execution_id)].count("RUN_REPLACED") == 1
    assert sorted(run.name for run in world.runs.running) == [f"{execution_id}-gate-0-2", f"{execution_id}-r2"]
    world.resume(execution_id, 0)
    assert world.run_until_end(execution_id) == "COMPLETED"
    check_at_rest(world, execution_id)


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_two_reconcilers_at_once_replace_a_terminations_run_once(nth: int) -> None:
    world = quiet()
    execution_id = world.start(world.plan_of(1))
    world.run_until_end(execution_id)
    world.terminate(execution_id)
    world.runs.stop_run(f"{execution_id}-terminate-1")
    world.orchestration.forget()
    world.orchestration.on("*", lambda: look(world), nth=2 * nth)

    look(world)

    assert [run.name for run in world.runs.running] == [f"{execution_id}-terminate-1-r2"]
    world.run_until_terminated(execution_id)
    check_at_rest(world, execution_id)


# -- a signal that woke nobody, a wait that is out of date ----------------------------------------------------------


def test_a_signal_that_woke_nobody_wakes() -> None:
    world = quiet()
    execution_id = at_its_gate(world)

    def refuse() -> None:
        raise ExecutionError("Step Functions did not answer", operation="SendTaskSuccess")

    world.seams["execution-handler"].on("runs.succeed", refuse)
    world.resume(execution_id, 0)
    world.settle()
    assert world.execution(execution_id)["gates"][0]["status"] == "OPEN"

    look(world)
    world.advance(2)

    assert world.execution(execution_id)["gates"][0]["status"] == "APPROVED"


def test_a_run_in_the_midst_of_its_step_is_not_disturbed_by_being_woken_once_too_often() -> None:
    world = quiet()
    execution_id = at_its_gate(world)
    world.orchestration.on("history.batch_get", lambda: look(world, 3))
    world.resume(execution_id, 0)

    assert world.run_until_end(execution_id) == "COMPLETED"
    go_on(world)
    check_at_rest(world, execution_id)


# -- mails ----------------------------------------------------------------------------------------------------------


def test_a_start_mail_that_nobody_took_is_asked_for_again_and_sent_once() -> None:
    world = quiet()
    plan_id = world.plan_of(1, pauses=[0])

    def refuse() -> None:
        raise HandOverError("TooManyRequestsException")

    world.orchestration.on("functions.invoke_later", refuse)
    execution_id = world.start(plan_id)
    world.run_until_mail("pause")
    assert world.mails("start", execution_id) == []

    look(world)
    assert world.mails("start", execution_id) == [], "it was asked for less than a minute ago"
    world.advance(MINUTE)
    look(world, 3)

    assert len(world.mails("start", execution_id)) == 1


# -- room and locks of what is over ---------------------------------------------------------------------------------


def reserve(world: World, execution_id: str, reservation_id: str) -> None:
    """As if somebody had taken room and died before the call."""
    quotas = QuotaStore(world.history)
    row = quotas.get(TARGET)
    taken = Reservation(
        reservation_id=reservation_id, execution_id=execution_id, server_count=7, taken_at=world.clock.now()
    )
    quotas.put(
        row.model_copy(update={"reservations": (*row.reservations, taken), "version": row.version + 1}),
    )


def test_room_that_a_closed_execution_left_behind_is_freed_when_another_is_there() -> None:
    world = quiet()
    over = ended(world)
    reserve(world, over, f"{over}-terminate-1-x")
    assert len(reservations(world.history.scan())) == 1

    at_its_gate(world)
    look(world)

    assert reservations(world.history.scan()) == []


def test_room_of_an_execution_that_goes_on_is_left_alone() -> None:
    world = quiet()
    world.fault("stuckJob", seconds=HOUR)
    execution_id = world.start(world.plan_of(1, name="busy"))
    world.run_until(lambda: bool(world.oracle.jobs_of(execution_id)))
    at_its_gate(world)
    taken = reservations(world.history.scan())
    assert len(taken) == 1

    look(world, 3)

    assert reservations(world.history.scan()) == taken


def dead_start(world: World) -> tuple[ExecutionHeader, list[ServerKey]]:
    """A start that died after it had written its servers, and before it was complete."""
    over = ended(world)
    header = world.header(over).model_copy(
        update={
            "execution_id": "exec-dead",
            "status": ExecutionStatus.PREPARING,
            "open": True,
            "started_at": world.clock.now(),
            "launch_ids": (),
        }
    )
    servers = [
        ServerKey(account_id=DATABASE_ACCOUNT, region=REGION, source_server_id=f"s-{number:017d}")
        for number in range(3)
    ]
    world.executions.create(header)
    world.parts._orchestration().locks.take(servers, LockOwner.of_execution(header))
    world.executions.put_children(
        header,
        [
            ServerRecord(
                execution_id=header.execution_id,
                plan_id=header.plan_id,
                wave_number=0,
                server=server,
                updated_at=world.clock.now(),
            )
            for server in servers
        ],
    )
    return header, servers


def test_the_locks_of_a_dead_start_are_freed_when_it_is_buried() -> None:
    world = quiet()
    dead_start(world)
    world.advance(14 * MINUTE)
    look(world)
    assert world.status("exec-dead") == "PREPARING"
    assert len(held_locks(world.history.scan())) == 3

    world.advance(2 * MINUTE)
    look(world)

    assert world.status("exec-dead") == "FAILED"
    assert held_locks(world.history.scan()) == []
    assert world.runs.find("exec-dead") is None


# -- abandoned jobs -------------------------------------------------------------------------------------------------


def abandoned(world: World, names: tuple[str, ...], jobs: int = 1) -> list[str]:
    """Executions whose jobs, one for each wave, all hang for ten hours and were abandoned."""
    world.fault("stuckJob", seconds=10 * HOUR, times=None)
    said: dict[str, Any] = {"deadlineMinutes": 1, "drainMinutes": 1, "failurePolicy": "CONTINUE"}
    started = []
    for name in names:
        waves = [
            wave(number, world.create_group(f"{name} {number}", world.add_servers(name=f"{name}-{number}")), **said)
            for number in range(jobs)
        ]
        started.append(world.start(world.create_plan(name, *waves)))
    for execution_id in started:
        world.run_until_end(execution_id)
    return started


def test_all_abandoned_jobs_of_an_account_and_region_are_asked_about_in_one_call() -> None:
    world = quiet()
    [execution_id] = abandoned(world, ("one",), jobs=3)
    assert len(world.execution(execution_id)["abandonedJobs"]) == 3
    before = len(world.simulator_record.calls())

    look(world)

    [call] = world.simulator_record.calls()[before:]
    assert call.operation == "DescribeJobs"
    assert len(call.parameters["filters"]["jobIDs"]) == 3


def test_an_account_that_does_not_answer_is_asked_once_in_a_round() -> None:
    world = quiet()
    abandoned(world, ("one", "two", "three"))
    world.remove_role(DATABASE_ACCOUNT)
    look(world)
    before = len(world.cloud.roles.asked)

    look(world)

    assert len(world.cloud.roles.asked) - before == 1
    assert len(held_locks(world.history.scan())) == 3


# -- how long a round may take --------------------------------------------------------------------------------------


@dataclass
class SlowRuns(FakeRuns):
    """Every question takes so many seconds; which runs were asked about, and over which one the function dies."""

    clock: VirtualClock
    seconds: float
    asked: list[str] = field(default_factory=list)
    deadly: str = ""

    def run_status(self, name: str) -> RunStatus | None:
        self.asked.append(name)
        self.clock.advance(self.seconds)
        if name == self.deadly:
            raise KeyboardInterrupt("Lambda ends the function")
        return RunStatus.RUNNING

    def start_run(self, name: str, run_input: Mapping[str, Any]) -> None:
        raise AssertionError(f"{name} runs")


def many(count: int, seconds: float) -> tuple[World, SlowRuns]:
    """So many open executions."""
    world = quiet()
    header = world.header(ended(world))
    for number in range(count):
        world.executions.create(
            header.model_copy(
                update={
                    "execution_id": f"exec-{number:03d}",
                    "status": ExecutionStatus.RUNNING,
                    "open": True,
                    "ended_at": None,
                }
            )
        )
    return world, SlowRuns(world.clock, seconds)


def test_a_round_over_500_open_executions_is_bounded_and_every_one_has_its_turn() -> None:
    world, runs = many(500, seconds=1.0)
    deps = replace(world.parts._orchestration(), runs=runs)

    counts = []
    for _ in range(10):
        began = world.clock.now()
        counts.append(reconcile(deps))
        assert (world.clock.now() - began).total_seconds() <= ROUND_WALL_SECONDS + 1

    assert counts == [50] * 10
    assert Counter(runs.asked) == {f"exec-{number:03d}": 1 for number in range(500)}, "each once before any twice"


def test_a_round_that_has_time_for_all_remembers_nothing() -> None:
    world, runs = many(500, seconds=0.02)
    deps = replace(world.parts._orchestration(), runs=runs)

    assert reconcile(deps) == 500
    assert len(runs.asked) == 500
    assert world.executions.last_turn() == ""


def test_a_round_that_dies_over_one_execution_is_followed_by_one_that_begins_after_it() -> None:
    world, runs = many(100, seconds=1.0)
    runs.deadly = "exec-040"
    deps = replace(world.parts._orchestration(), runs=runs)

    with pytest.raises(KeyboardInterrupt):
        reconcile(deps)
    reconcile(deps)

    assert runs.asked[41:43] == ["exec-041", "exec-042"]
