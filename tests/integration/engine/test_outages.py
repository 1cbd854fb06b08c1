"""Something is down for a while, beginning in every phase: the execution waits, says so, and goes on by itself."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import pytest

from shared.stores.table import Throttled
from tests.support.world import HOUR, World
from tests.support.world.functions import STATE_MACHINE
from tests.support.world.outages import (
    DRS_FAILS,
    DRS_HANGS,
    DRS_REFUSES,
    NO_STARTS,
    READS_THROTTLED,
    ROLE_REVOKED,
    SNS_DOWN,
    TABLE_THROTTLED,
    WRITES_THROTTLED,
    Outage,
)
from tests.support.world.phases import PHASES, Phase
from tests.support.world.rest import QUICK, check_at_rest

OF_DRS: Final = {
    DRS_FAILS: "Service is unable to handle request",
    DRS_REFUSES: "did not answer",
    DRS_HANGS: "did not answer",
    ROLE_REVOKED: "DRSOrchestrationRole",
}
IN_EVERY_PHASE: Final = (DRS_FAILS, ROLE_REVOKED, TABLE_THROTTLED, WRITES_THROTTLED)
AROUND_A_CALL: Final = tuple(phase for phase in PHASES if "launch" in phase.name or "runs" in phase.name)
"""Where it matters how something fails, and not only that it does."""
CALLS_A_MINUTE: Final = 3
"""Two looks and, now and then, one more that something else asks for."""

BROKEN: Final = "broke off with Throttled"


def cases(*outages: Outage) -> list[tuple[Outage, Phase]]:
    """Each outage with the phases in which it is tried."""
    return [(outage, phase) for outage in outages for phase in (PHASES if outage in IN_EVERY_PHASE else AROUND_A_CALL)]


def struck(outage: Outage, phase: Phase) -> tuple[World, str]:
    """A world in which the outage has just begun, in that phase of the execution."""
    world = World(settings=QUICK)
    return world, phase.reach(world, lambda: outage.begin(world))


def goes_on(world: World, execution_id: str, phase: Phase) -> None:
    """It ends as it would have, everything was launched once, and everything is free."""
    phase.afterwards(world, execution_id)
    assert world.run_until_end(execution_id, limit=6 * HOUR) == phase.ends, world.events(execution_id)[-4:]
    jobs = Counter(server for job in world.oracle.jobs_of(execution_id) for server in job.servers)
    assert jobs.total() - len(jobs) == phase.retried, f"launched too often, or not again: {dict(jobs)}"
    check_at_rest(world, execution_id, conflicts=True)


def said(world: World, execution_id: str, words: str) -> list[str]:
    """The lines of the timeline with these words."""
    return [event["message"] for event in world.events(execution_id) if words in event["message"]]


def reasons(shown: dict[str, Any]) -> str:
    """Why the execution and its waves are where they are."""
    return "\n".join([shown["statusReason"], *(str(wave["statusReason"]) for wave in shown["waves"])])


@pytest.mark.requirement("SRS-E13")
@pytest.mark.sweep
@pytest.mark.parametrize(("outage", "phase"), cases(*OF_DRS), ids=str)
def test_an_hour_without_drs_is_waited_for_and_told_of_once(outage: Outage, phase: Phase) -> None:
    world, execution_id = struck(outage, phase)
    before = len(world.simulator_record.calls())

    outage.pass_over(world, execution_id, ending=False)

    if phase.waves:
        assert OF_DRS[outage] in reasons(world.execution(execution_id))
        assert said(world, execution_id, OF_DRS[outage])
    repeated = [line for line, count in Counter(said(world, execution_id, "held up")).items() if count > 1]
    assert repeated == []
    assert len(said(world, execution_id, "held up")) <= 4, "once for each thing that cannot be done"
    calls = len(world.simulator_record.calls()) - before
    assert calls <= CALLS_A_MINUTE * outage.seconds / 60, "no storm"

    world.allow_everything()
    goes_on(world, execution_id, phase)


@pytest.mark.requirement("SRS-E13")
@pytest.mark.sweep
@pytest.mark.parametrize(("outage", "phase"), cases(TABLE_THROTTLED, WRITES_THROTTLED, READS_THROTTLED), ids=str)
def test_ten_minutes_without_the_table_are_waited_for_and_told_of_afterwards(outage: Outage, phase: Phase) -> None:
    world, execution_id = struck(outage, phase)
    began = world.header(execution_id).committed_step

    outage.pass_over(world, execution_id, ending=False)

    assert world.header(execution_id).committed_step - began <= 1, "no step gets to its end"
    if outage is not WRITES_THROTTLED:
        assert world.call("get_execution", executionId=execution_id)["error"] == "THROTTLED"
    if outage is not READS_THROTTLED:
        assert world.call("pause_execution", executionId=execution_id)["error"] in ("THROTTLED", "CONFLICT_ERROR")

    world.allow_everything()
    goes_on(world, execution_id, phase)
    broken = [run for run in world.runs.runs if any(visit.state == "Backoff" for visit in run.visits)]
    assert len(said(world, execution_id, BROKEN)) == (len(broken) if phase.steps else 0)


# -- mails ----------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("PRD-23", "SRS-E13")
def test_an_hour_without_sns_holds_nothing_up_and_is_told_of_once_for_each_mail() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(1, 1, pauses=[1])
    SNS_DOWN.begin(world)
    execution_id = world.start(plan_id)
    SNS_DOWN.pass_over(world, execution_id, ending=False)

    assert world.status(execution_id) == "PAUSED"
    assert said(world, execution_id, "SNS did not take it") == [
        "The mail that it began could not be sent, because SNS did not take it; it is tried again",
        "The mail of the gate before wave 2 could not be sent, because SNS did not take it; it is tried again, and the"
        " gate can be decided by name",
    ]

    world.allow_everything()
    world.run_until_mail("pause", limit=200)
    assert world.approve_by_mail(world.mails("pause")[-1])
    assert world.run_until_end(execution_id) == "COMPLETED"
    assert {mail.type for mail in world.mails()} == {"start", "pause", "complete"}
    check_at_rest(world, execution_id)


def test_without_sns_a_gate_is_decided_by_name_and_the_end_waits_ten_minutes_for_its_mail() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(1, 1, pauses=[1])
    SNS_DOWN.begin(world)
    execution_id = world.start(plan_id)
    world.run_until_status(execution_id, "PAUSED")
    world.resume(execution_id)

    assert world.run_until_end(execution_id) == "COMPLETED"

    ended_at = world.header(execution_id).ended_at
    assert ended_at is not None
    assert 600 < (world.clock.now() - ended_at).total_seconds() < 700
    assert len(said(world, execution_id, "The mail that it ended could not be sent")) == 1
    assert len(said(world, execution_id, "is not waited for any longer")) == 1
    assert world.mails() == []
    assert {letter.payload["eventType"] for letter in world.functions.dead_letters} >= {"start"}
    check_at_rest(world, execution_id)


def test_the_last_mail_is_sent_although_the_table_was_throttled_for_as_long_as_it_is_waited_for() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(1))
    world.run_until_status(execution_id, "COMPLETED")
    TABLE_THROTTLED.begin(world)
    world.advance(1200)
    world.allow_everything()

    assert world.run_until_end(execution_id) == "COMPLETED"

    assert [mail.type for mail in world.mails()] == ["start", "complete"]
    assert said(world, execution_id, "is not waited for any longer") == []


# -- the state machine ------------------------------------------------------------------------------------------------


def test_a_machine_that_cannot_store_its_token_is_told_of_once_and_holds_nothing_up() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(2, 1))
    world.seams[STATE_MACHINE].refuse("history.update", lambda: Throttled("the table is busy"))

    assert world.run_until_end(execution_id) == "COMPLETED"

    assert len(said(world, execution_id, "broke off with")) == 1
    check_at_rest(world, execution_id)


def test_a_start_that_step_functions_refuses_for_a_while_begins_by_itself() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, 1)
    NO_STARTS.begin(world)
    execution_id = world.start(plan_id)
    world.advance(200)
    assert world.execution(execution_id)["statusReason"] == "waiting for its first step"
    world.allow_everything()

    assert world.run_until_end(execution_id) == "COMPLETED"
    check_at_rest(world, execution_id)


def test_a_start_that_step_functions_refuses_for_ten_minutes_fails_and_frees_its_servers() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, 1)
    NO_STARTS.begin(world)
    execution_id = world.start(plan_id)
    NO_STARTS.pass_over(world, execution_id)

    assert world.run_until_end(execution_id) == "FAILED"

    assert world.oracle.jobs_of(execution_id) == []
    assert world.execution(execution_id)["statusReason"] == "the run of the state machine did not begin in time"
    assert world.mails("fail", execution_id)
    check_at_rest(world, execution_id)


def test_a_start_whose_run_is_stopped_while_the_table_is_throttled_goes_on_in_the_next_run() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(2, 1))
    world.throttle_table()
    world.advance(300)
    for run in list(world.runs.running):
        world.runs.stop_run(run.name)
    world.advance(300)
    world.allow_everything()

    assert world.run_until_end(execution_id) == "COMPLETED"
    check_at_rest(world, execution_id)


def test_a_run_in_the_place_of_one_that_began_hours_late_launches_nothing() -> None:
    world = World(settings=QUICK)
    NO_STARTS.begin(world)
    execution_id = world.start(world.plan_of(1))
    world.advance(2 * HOUR)
    world.allow_everything()
    world.orchestration.on("runs.start_run", world.throttle_table, moment="after")
    world.run_until(lambda: bool(world.runs.running), HOUR, "the run")
    world.advance(100)
    for run in list(world.runs.running):
        world.runs.stop_run(run.name)
    world.allow_everything()

    assert world.run_until_end(execution_id) == "FAILED"
    assert world.header(execution_id).run_seq == 2
    assert world.oracle.jobs_of(execution_id) == []


@pytest.mark.parametrize("seconds", [60, 600, 3600])
def test_a_gate_whose_run_step_functions_refuses_waits_for_it_and_can_be_decided_by_name(seconds: float) -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(1, 1, pauses=[1]))
    world.advance(5)
    NO_STARTS.begin(world)
    world.run_until_status(execution_id, "PAUSED")
    world.advance(seconds)
    assert world.mails("pause") == []

    if seconds == 3600:
        world.resume(execution_id)
        world.advance(300)
    world.allow_everything()
    if seconds != 3600:
        assert world.approve_by_mail(world.run_until_mail("pause", limit=120))

    assert world.run_until_end(execution_id) == "COMPLETED"
    check_at_rest(world, execution_id)
