"""A checker that cannot fail is a defect: every invariant is broken here once, in every way that it knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest

from local.drs_simulator.state import Snapshot
from tests.proof.facts import NEVER_BEGUN, Violation
from tests.proof.histories import ACCOUNT, EXECUTION, ONE, REGION, START, THREE, TWO, History

Tell = Callable[[History], object]
DAY: Final = 86_400
RUN: Final = f"{EXECUTION}-gate-1-1"


def begun() -> History:
    """Wave 0 has launched, and wave 1 waits for approval."""
    return History().started().launched("l-1", ONE, TWO).gate("OPEN")


def told_no(story: History, listed_in: float) -> History:
    """A call that arrived twice has a job, which listings show later, and was answered with a no."""
    listed = (story.started().clock.now() + timedelta(seconds=listed_in)).isoformat()
    return story.intent("l-1", ONE).job("l-1", ONE, listedFrom=listed).intent("l-1", ONE, state="REFUSED")


def test_a_legal_history_from_the_start_to_the_end_breaks_nothing() -> None:
    story = begun()
    story.rest(is_over=False, running={RUN: "token"}, mailed={RUN: "token"})
    story.act("approve", "1").request("NEW", "APPROVE", scope="1", number=1).gate("APPROVED")
    story.request("APPLIED", "APPROVE", outcome="approved").launched("l-2", THREE)
    story.well("l-1", ONE, TWO).command_runs("l-2", THREE).well("l-2", THREE)
    story.ends("COMPLETED", "COMPLETED", "COMPLETED").free().rest()


def test_a_legal_retry_breaks_nothing() -> None:
    story = History().started().launch("l-1", ONE, TWO).ended("l-1").act("retry", "0")
    story.launched("l-2", ONE, TWO, attempt=2).well("l-2", ONE, TWO)
    story.ends("PARTIAL", "COMPLETED", "FAILED").free().rest()


def test_a_job_that_begins_when_its_launch_was_given_up_and_made_again_breaks_nothing() -> None:
    story = History().started().intent("l-1", ONE).row(EXECUTION, "plan-1#LAUNCH#l-1", intentAt=START.isoformat())
    story.launch("l-2", ONE, attempt=2).asleep(4).effect("jobEnded", job_id="job-l-2")
    story.job("l-1", ONE, called=False).server(ONE, launch="SKIPPED")


def test_a_call_that_conflicts_with_a_job_of_which_nobody_could_know_breaks_nothing() -> None:
    told_no(History(), listed_in=60).intent("l-2", ONE).start_call("l-2", ONE, outcome="refused")


def test_true_verdicts_break_nothing() -> None:
    story = History().started().launched("l-1", ONE, TWO).well("l-1", ONE, TWO)
    story.wave(0, "LAUNCHED").wave(0, "COMPLETED").header("RUNNING")


@pytest.mark.parametrize(
    ("status", "more"),
    [("CANCELLED", {"cancelledBy": "somebody"}), ("FAILED", {"statusReason": NEVER_BEGUN})],
)
def test_an_end_that_left_nothing_launched_breaks_nothing(status: str, more: dict[str, str]) -> None:
    waves = ("CANCELLED", "CANCELLED") if status == "CANCELLED" else ("SKIPPED", "SKIPPED")
    History().started().ends(status, *waves, **more).free().rest()


def test_what_a_wave_that_stops_the_plan_skips_breaks_nothing() -> None:
    History().planned(0, policy="STOP").started().ends("FAILED", "FAILED", "SKIPPED").free().rest()


def test_what_somebody_skips_breaks_nothing() -> None:
    half_well(History()).act("skip", "1").ends("PARTIAL", "COMPLETED", "SKIPPED").free().rest()


def test_an_end_by_a_gate_that_nobody_has_decided_breaks_nothing() -> None:
    expired(History()).ends("TIMEOUT", "TIMEOUT", "SKIPPED").free()


def test_the_newest_snapshot_that_is_not_later_breaks_nothing() -> None:
    back_to(History()).intent("l-1", ONE).start_call("l-1", ONE, snapshot="pit-1")


def test_a_wave_after_a_failure_at_whose_gate_somebody_has_decided_breaks_nothing() -> None:
    story = History().started().wave(0, "FAILED").gate("OPEN", "0", kind="FAILURE")
    story.act("approve", "0").gate("APPROVED", "0", kind="FAILURE").begins(1)


def test_deadlines_and_waits_that_are_kept_break_nothing() -> None:
    story = History().planned(0, wait_minutes=5).started().asleep(5).wave(0, "LAUNCHING").launch("l-1", ONE)
    story.gate("OPEN", "all").minutes(60).act("approve", "all").gate("APPROVED", "all")
    story.minutes(110).asleep(15).wave(0, "TIMEOUT")


def test_an_alarm_that_rings_is_a_reason_to_fail() -> None:
    ringing(History()).wave(0, "FAILED", healthChecks=ALARM).header("RUNNING")


def test_an_execution_may_end_without_a_job_that_it_lists_as_abandoned_and_that_holds_its_servers() -> None:
    story = History().started().launch("l-1", ONE, TWO)
    story.row(EXECUTION, "plan-1#LAUNCH#l-1", abandonedAt="2026-01-29T03:00:00.000Z")
    story.lock(ONE, "job#l-1").lock(TWO, "job#l-1").ends().lock(THREE, None).rest()
    story.effect("jobEnded", job_id="job-l-1").lock(ONE, None).lock(TWO, None)


def test_another_execution_may_take_the_lock_of_one_that_has_ended() -> None:
    History().started().ends().lock(ONE, "execution#exec-2")


LAUNCHES: Final[dict[str, Tell]] = {
    "called twice": lambda it: it.started().launch("l-1", ONE).start_call("l-1", ONE),
    "called without its intent": lambda it: it.started().job("l-1", ONE),
    "called when the intent is settled": lambda it: it.started().intent("l-1", ONE, state="REFUSED").job("l-1", ONE),
    "called with other servers": lambda it: it.started().intent("l-1", ONE).job("l-1", ONE, TWO),
    "called for a server in a live job": lambda it: (
        it.started().launch("l-1", ONE).intent("l-2", ONE).start_call("l-2", ONE)
    ),
    "called although listings show the job of a refused call": lambda it: (
        told_no(it, listed_in=1).intent("l-2", ONE).start_call("l-2", ONE, outcome="refused")
    ),
    "a call is let through although a job of a refused one is not listed yet": lambda it: (
        told_no(it, listed_in=60).intent("l-2", ONE).start_call("l-2", ONE)
    ),
    "two jobs of one launch": lambda it: it.started().launch("l-1", ONE).job("l-1", TWO, called=False),
    "a job without tags": lambda it: it.started().job("", ONE, called=False).effect("jobStarted", job_id="job-"),
    "a job of an unknown execution": lambda it: it.started().job("l-1", ONE, execution_id="exec-9", called=False),
    "a job of an ended execution": lambda it: it.started().ends().job("l-1", ONE, called=False),
    "a server of another plan": lambda it: it.started("exec-1", "plan-2").job("l-1", THREE, called=False),
    "a second launch that nobody asked for": lambda it: (
        it.started().launch("l-1", ONE, TWO).ended("l-1").launch("l-2", ONE)
    ),
    "a living instance is replaced": lambda it: (
        it.started().launched("l-1", ONE, TWO).act("retry", "0").launch("l-2", ONE, attempt=2)
    ),
    "an end that nobody looked at": lambda it: (
        it.started().launch("l-1", ONE, TWO).effect("jobEnded", job_id="job-l-1").ends()
    ),
    "an end that does not know of a job": lambda it: (
        it.started().intent("l-1", ONE).job("l-1", ONE).ended("l-1").asleep(10).ends()
    ),
}
ORDER: Final[dict[str, Tell]] = {
    "before the wave before has ended": lambda it: (
        it.started().launch("l-1", ONE, TWO).act("approve", "1").launch("l-2", THREE)
    ),
    "before the wave before has begun": lambda it: it.started().act("approve", "1").launch("l-2", THREE),
    "after a wave that failed": lambda it: (
        it.started().launch("l-1", ONE, TWO).ended("l-1").gate("OPEN").act("approve", "1").launch("l-2", THREE)
    ),
    "without approval": lambda it: it.started().launched("l-1", ONE, TWO).launch("l-2", THREE),
    "a wave that begins in a pause": lambda it: (
        it.started().wave(0, "PENDING").gate("OPEN", "all").wave(0, "LAUNCHING")
    ),
    "a call in a pause": lambda it: it.started().gate("OPEN", "all").intent("l-1", ONE),
    "a call of a wave that does not launch": lambda it: it.started().wave(0, "PENDING").intent("l-1", ONE),
    "before the wave before is judged": lambda it: it.started().wave(0, "VALIDATING").begins(1),
    "after a failure at whose gate nobody has decided": lambda it: (
        it.started().wave(0, "FAILED").gate("OPEN", "0", kind="FAILURE").begins(1)
    ),
    "after a failure, by the decision about the one before": lambda it: (
        it.started()
        .wave(0, "FAILED")
        .gate("OPEN", "0", kind="FAILURE", openedAt=it.now)
        .act("approve", "0")
        .gate("APPROVED", "0", kind="FAILURE", openedAt=it.now)
        .wave(0, "LAUNCHING")
        .asleep(30)
        .wave(0, "FAILED")
        .begins(1)
    ),
    "after a failure that stops the plan": lambda it: (
        it.planned(0, policy="STOP").started().wave(0, "FAILED").begins(1)
    ),
    "after a wave that nobody has skipped": lambda it: it.started().wave(0, "SKIPPED").begins(1),
}
QUOTAS: Final[dict[str, Tell]] = {
    "refused": lambda it: (
        it.started()
        .intent("l-1", ONE)
        .start_call("l-1", ONE, outcome="refused", error_code="ServiceQuotaExceededException")
    ),
    "too large a job": lambda it: it.effect(
        "jobCreated", job_id="j", detail={"type": "TERMINATE", "servers": [f"s-{n}" for n in range(101)], "tags": {}}
    ),
    "more room than there is": lambda it: it.reserve(*(f"l-{number}" for number in range(21))),
    "room of those who came before": lambda it: it.waits(*(f"exec-{number}" for number in range(2, 22))).reserve("l-1"),
    "room given away": lambda it: it.started().launch("l-1", ONE).reserve(),
}
TERMINAL: Final[dict[str, Tell]] = {
    "another status": lambda it: it.started().ends().header("COMPLETED"),
    "a job that runs": lambda it: it.started().launch("l-1", ONE).ends(),
    "a lock taken afterwards": lambda it: it.started().ends().lock(ONE, None).lock(ONE, f"execution#{EXECUTION}"),
    "a lock left": lambda it: it.started().ends().rest(),
    "a lock of a termination left": lambda it: (
        it.started().ends().free().lock(ONE, f"termination#{EXECUTION}#1").rest()
    ),
    "a header with a lock deleted": lambda it: (
        it.header("PREPARING")
        .lock(ONE, f"execution#{EXECUTION}")
        .table.delete({"executionId": EXECUTION, "planId": "plan-1"})
    ),
    "a header deleted": lambda it: it.started().table.delete({"executionId": EXECUTION, "planId": "plan-1"}),
}


def too_late(it: History) -> None:
    it.started()
    it.clock.advance(DAY)
    it.header("COMPLETED")


def idle(it: History) -> None:
    it.started().header("RUNNING")
    it.clock.advance(3600)
    it.header("RUNNING")


TIME: Final[dict[str, Tell]] = {
    "later than the deadlines": too_late,
    "not at all": lambda it: it.header("PREPARING").rest(),
    "idle for an hour": idle,
    "a wave that is not judged": lambda it: it.started().wave(0, "LAUNCHING").launch("l-1", ONE).minutes(125),
    "a wave that is judged long after its time": lambda it: (
        it.started().wave(0, "LAUNCHING").launch("l-1", ONE).asleep(150).wave(0, "FAILED")
    ),
    "a wave without time that has some": lambda it: it.started().wave(0, "LAUNCHING").asleep(90).wave(0, "TIMEOUT"),
    "a time that a pause has lengthened": lambda it: (
        it.started()
        .wave(0, "LAUNCHING")
        .launch("l-1", ONE)
        .gate("OPEN", "all")
        .minutes(60)
        .act("approve", "all")
        .gate("APPROVED", "all")
        .asleep(100)
        .wave(0, "TIMEOUT")
    ),
    "a wave that does not wait": lambda it: it.planned(0, wait_minutes=5).started().launch("l-1", ONE),
    "a drain without end": lambda it: (
        it.started().launch("l-1", ONE).header("DRAINING").asleep(400).header("DRAINING").header("DRAINING")
    ),
}
STEPS: Final[dict[str, Tell]] = {
    "a step left out": lambda it: it.started().row(EXECUTION, "plan-1", step=5),
    "a step committed twice": lambda it: it.started().row(EXECUTION, "plan-1", seen=3),
    "the step of another committed": lambda it: (
        it.started().row(EXECUTION, "plan-1", step=2).row(EXECUTION, "plan-1", committedStep=1, status="PAUSED")
    ),
    "a status without a commit": lambda it: it.started().row(EXECUTION, "plan-1", status="PAUSED"),
}
LOCKS: Final[dict[str, Tell]] = {
    "two executions of one server": lambda it: (
        it.started().header("PREPARING", "exec-2", "plan-2").header("PENDING", "exec-2", "plan-2")
    ),
    "a lock given up by a living owner": lambda it: it.started().lock(ONE, None),
    "a launch of what nobody holds": lambda it: it.header("PREPARING").launch("l-1", ONE),
    "a launch of what another holds": lambda it: (
        it.started().intent("l-1", ONE).start_call("l-1", ONE, execution_id="exec-2")
    ),
    "a lock passed on to the job of another": lambda it: it.started().lock(ONE, "job#drsjob-9"),
    "a lock taken from a job that runs": lambda it: (
        it.started().launch("l-1", ONE).lock(ONE, "job#job-l-1").lock(ONE, "execution#exec-2")
    ),
    "a lock taken from a living owner": lambda it: it.started().lock(ONE, "execution#exec-2"),
    "a lock taken from one that is being prepared": lambda it: (
        it.header("PREPARING").lock(ONE, f"execution#{EXECUTION}").lock(ONE, "execution#exec-2")
    ),
    "a lock taken from a termination": lambda it: (
        it.started()
        .ends()
        .row(EXECUTION, "plan-1#TERMINATION#0001", number=1, status="RUNNING")
        .lock(ONE, f"termination#{EXECUTION}#1")
        .lock(ONE, "execution#exec-2")
    ),
}
SIZES: Final[dict[str, Tell]] = {
    "an item of 4 KB": lambda it: it.row(EXECUTION, "plan-1#WAVE#0001", waveNumber=1, reason="x" * 4096),
    "a quota row of 16 KB": lambda it: it.row(f"quota#{ACCOUNT}#{REGION}", "quota", note="x" * 16_384),
    "a header of 100 KB": lambda it: it.header("PREPARING", reason="x" * 102_400),
    "a payload of 1 KB": lambda it: it.checker.sizes.check_payload(1024),
}
REQUESTS: Final[dict[str, Tell]] = {
    "not taken up": lambda it: it.started().request("NEW").rest(is_over=False),
    "consumed twice": lambda it: (
        it.started().request("NEW").request("APPLIED", outcome="done").request("REFUSED", outcome="no")
    ),
    "without a reason": lambda it: it.started().request("NEW").request("REFUSED"),
    "deleted": lambda it: (
        it.started().request("NEW").table.delete({"executionId": EXECUTION, "planId": "plan-1#REQUEST#r-1"})
    ),
    "applied, and the gate says otherwise": lambda it: (
        begun_on(it)
        .request("NEW", "APPROVE", scope="1", number=1)
        .gate("CLOSED")
        .request("APPLIED", "APPROVE", outcome="approved")
        .rest(is_over=False)
    ),
}


def begun_on(it: History) -> History:
    return it.started().launched("l-1", ONE, TWO).gate("OPEN")


GATES: Final[dict[str, Tell]] = {
    "approved by nobody": lambda it: begun_on(it).gate("APPROVED"),
    "approved by the token of another gate": lambda it: (
        begun_on(it).act("approve", "1", number=2, way="token").gate("APPROVED")
    ),
    "approved by name in another scope": lambda it: begun_on(it).act("approve", "0").gate("APPROVED"),
    "approved before it opened": lambda it: (
        begun_on(it)
        .act("approve", "1")
        .gate("OPEN", number=2, openedAt=(START + timedelta(hours=2)).isoformat())
        .gate("APPROVED", number=2, openedAt=(START + timedelta(hours=2)).isoformat())
    ),
    "rejected by nobody": lambda it: begun_on(it).gate("REJECTED"),
    "decided twice": lambda it: begun_on(it).act("approve", "1").gate("APPROVED").gate("CLOSED"),
    "expired too early": lambda it: begun_on(it).gate("EXPIRED"),
    "open without a run": lambda it: begun_on(it).rest(is_over=False),
    "open without a mail": lambda it: begun_on(it).rest(is_over=False, running={RUN: "token"}, mailed={RUN: "old"}),
    "decided with a run": lambda it: begun_on(it).gate("CLOSED").rest(is_over=False, running={RUN: None}),
    "open at the end": lambda it: begun_on(it).ends().free().rest(),
}


def impaired(it: History) -> History:
    """Both servers of wave 0 are launched, and the status checks of the first never pass."""
    it.witness.impaired.add(f"i-l-1-{ONE}")
    return it.started().launched("l-1", ONE, TWO)


def ringing(it: History) -> History:
    """The servers of wave 0 are well, and its alarm rings."""
    it.witness.ringing[ACCOUNT, REGION] = START
    return it.started().launched("l-1", ONE, TWO).well("l-1", ONE, TWO)


ALARM: Final = {"alarms": [{"accountId": ACCOUNT, "region": REGION, "alarmName": "all is well"}]}
LAUNCHED: Final = {"launch": "LAUNCHED", "launchId": "l-1", "jobId": "job-l-1"}
FAILED: Final = {"launch": "FAILED", "launchId": "l-1", "jobId": "job-l-1"}
SETTLED: Final = {"state": "DONE", "jobId": "job-l-1"}
ENDS: Final[dict[str, Tell]] = {
    "completed although a wave is not": lambda it: half_well(it).ends("COMPLETED", "COMPLETED", "FAILED"),
    "failed although it has launched something": lambda it: half_well(it).ends("FAILED", "COMPLETED", "FAILED"),
    "failed although it had launched something": lambda it: (
        half_well(it).server(ONE, launch="FAILED").server(TWO, launch="FAILED").ends()
    ),
    "partial although nothing was launched": lambda it: it.started().ends("PARTIAL"),
    "partial although all is complete": lambda it: all_well(it).ends("PARTIAL", "COMPLETED", "COMPLETED"),
    "cancelled by nobody": lambda it: it.started().ends("CANCELLED"),
    "cancelled although it has launched something": lambda it: half_well(it).ends(
        "CANCELLED", "COMPLETED", "CANCELLED", cancelledBy="somebody"
    ),
    "failed although it was cancelled": lambda it: it.started().ends("FAILED", cancelledBy="somebody"),
    "out of time although no gate has expired": lambda it: it.started().ends("TIMEOUT"),
    "failed although a gate has expired": lambda it: expired(it).ends("FAILED", "TIMEOUT", "SKIPPED"),
    "late although its run has never begun": lambda it: it.started().ends(
        "PARTIAL", "SKIPPED", "SKIPPED", statusReason=NEVER_BEGUN
    ),
    "with a server that was let go of although its job runs": lambda it: (
        it.started().launch("l-1", ONE).server(ONE, launch="CANCELLED")
    ),
    "with a wave that has not ended": lambda it: it.started().ends("FAILED", "FAILED", "PENDING"),
    "with a wave that nobody knows": lambda it: it.started().ends("FAILED", "FAILED"),
    "with a wave that nobody has cancelled": lambda it: it.started().ends("FAILED", "FAILED", "CANCELLED"),
    "with a wave that nobody has skipped": lambda it: it.started().ends("FAILED", "FAILED", "SKIPPED"),
    "with a launched wave that nobody has skipped": lambda it: half_well(it.planned(1, policy="STOP")).ends(
        "PARTIAL", "SKIPPED", "FAILED"
    ),
    "with a wave that failed although it is well": lambda it: half_well(it).ends("PARTIAL", "TIMEOUT", "FAILED"),
}


def expired(it: History) -> History:
    """Nobody has decided the gate before wave 0 for a year."""
    return it.started().gate("OPEN", "0").header("PAUSED").asleep(365 * 1440).gate("EXPIRED", "0")


def half_well(it: History) -> History:
    """Wave 0 is well, and wave 1 has not begun."""
    return it.started().launched("l-1", ONE, TWO).well("l-1", ONE, TWO)


def all_well(it: History) -> History:
    return third(it).well("l-1", ONE, TWO).command_runs("l-2", THREE).well("l-2", THREE)


VERDICTS: Final[dict[str, Tell]] = {
    "launched without an instance": lambda it: it.started().launch("l-1", ONE).ended("l-1").server(ONE, **LAUNCHED),
    "launched by no job": lambda it: it.started().launched("l-1", ONE).server(ONE, launch="LAUNCHED"),
    "failed although its job runs": lambda it: (
        it.started().launch("l-1", ONE).row(EXECUTION, "plan-1#LAUNCH#l-1", **SETTLED).server(ONE, **FAILED)
    ),
    "failed although its instance is there": lambda it: (
        it.started()
        .launched("l-1", ONE)
        .row(EXECUTION, "plan-1#LAUNCH#l-1", **SETTLED)
        .minutes(1)
        .server(ONE, **FAILED)
    ),
    "healthy although it is impaired": lambda it: impaired(it).well("l-1", ONE),
    "healthy before its checks": lambda it: (
        it.started().launched("l-1", ONE).server(ONE, health="HEALTHY", recoveryInstanceId=f"i-l-1-{ONE}")
    ),
    "healthy without an instance": lambda it: it.started().launched("l-1", ONE).server(ONE, health="HEALTHY"),
    "healthy by the instance of another": lambda it: (
        it.started()
        .launched("l-1", ONE, TWO)
        .minutes(5)
        .server(ONE, health="HEALTHY", recoveryInstanceId=f"i-l-1-{TWO}")
    ),
    "healthy although it is gone": lambda it: (
        it.started()
        .launched("l-1", ONE)
        .effect("instanceTerminated", instance_id=f"i-l-1-{ONE}", server_id=ONE)
        .well("l-1", ONE)
    ),
    "healthy although no command has run": lambda it: third(it).well("l-2", THREE),
    "healthy although its command fails": lambda it: failing(it).well("l-2", THREE),
    "unhealthy although it is well": lambda it: (
        it.started().launched("l-1", ONE).minutes(5).server(ONE, health="UNHEALTHY", **LAUNCHED)
    ),
    "completed although nothing was launched": lambda it: it.started().wave(0, "COMPLETED"),
    "completed although one is impaired": lambda it: impaired(it).minutes(5).wave(0, "COMPLETED"),
    "completed although a server is not": lambda it: (
        it.started().launched("l-1", ONE, TWO).well("l-1", ONE).wave(0, "COMPLETED").header("RUNNING")
    ),
    "partial without a minimum": lambda it: (
        it.started().launched("l-1", ONE, TWO).well("l-1", ONE, TWO).wave(0, "PARTIAL").header("RUNNING")
    ),
    "failed although all is well": lambda it: (
        it.started().launched("l-1", ONE, TWO).well("l-1", ONE, TWO).wave(0, "FAILED").header("RUNNING")
    ),
    "completed although its alarm rings": lambda it: ringing(it).wave(0, "COMPLETED", healthChecks=ALARM),
}


def third(it: History) -> History:
    """The server of wave 1 is launched too."""
    return it.started().launched("l-1", ONE, TWO).act("approve", "1").launched("l-2", THREE)


def failing(it: History) -> History:
    """The command of wave 1 has run, and fails."""
    name = f"i-l-2-{THREE}"
    it.witness.ran[name] = 1
    it.witness.failing[name] = START
    return third(it)


def back_to(it: History) -> History:
    """The execution recovers to an hour before its start, from which DRS has two snapshots, and a later one."""
    ages = {"pit-0": 120, "pit-1": 61, "pit-2": 59}
    it.witness.points[ONE] = tuple(Snapshot(name, START - timedelta(minutes=age), ()) for name, age in ages.items())
    return it.started(pointInTime=(START - timedelta(hours=1)).isoformat())


POINTS: Final[dict[str, Tell]] = {
    "from the latest data": lambda it: back_to(it).intent("l-1", ONE).start_call("l-1", ONE),
    "from an older snapshot": lambda it: back_to(it).intent("l-1", ONE).start_call("l-1", ONE, snapshot="pit-0"),
    "from a later snapshot": lambda it: back_to(it).intent("l-1", ONE).start_call("l-1", ONE, snapshot="pit-2"),
    "from a snapshot that nobody asked for": lambda it: (
        it.started().intent("l-1", ONE).start_call("l-1", ONE, snapshot="pit-1")
    ),
}
BROKEN: Final = {
    1: LAUNCHES,
    2: ORDER,
    3: QUOTAS,
    4: TERMINAL,
    5: TIME,
    6: STEPS,
    7: LOCKS,
    8: SIZES,
    9: REQUESTS,
    10: GATES,
    11: VERDICTS | ENDS,
    12: POINTS,
}


@pytest.mark.parametrize(
    ("number", "how"),
    [pytest.param(number, how, id=f"{number} {how}") for number, ways in BROKEN.items() for how in ways],
)
def test_the_invariant_is_seen_to_be_broken(number: int, how: str) -> None:
    history = History()

    with pytest.raises(Violation) as seen:
        BROKEN[number][how](history)
        history.checker.look()

    assert seen.value.number == number, seen.value
