"""Whatever goes wrong around StartRecovery, DRS gets one job, and the execution ends as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import pytest

from tests.support.asl.functions import TWICE, Delivery
from tests.support.world import DATABASE_ACCOUNT, HOUR, World
from tests.support.world.rest import QUICK, check_at_rest, launched_once

Arrange = Callable[[World], None]
LAUNCH: Final = "drs.start_recovery"


def meets(kind: str, **fault: object) -> Arrange:
    """StartRecovery meets a fault."""
    return lambda world: world.fault(kind, operation="StartRecovery", **fault)


def both(*arrangements: Arrange) -> Arrange:
    """All of them."""

    def arrange(world: World) -> None:
        for one in arrangements:
            one(world)

    return arrange


def dies(verb: str, moment: str = "before", nth: int = 1) -> Arrange:
    """The function dies at a call."""
    return lambda world: world.orchestration.crash(verb, nth=nth, moment="after" if moment == "after" else "before")


def once(verb: str, then: Arrange, moment: str = "after") -> Arrange:
    """Only from that call on."""
    return lambda world: world.orchestration.on(
        verb, lambda: then(world), moment="before" if moment == "before" else "after"
    )


def stands_still(verb: str, seconds: float, moment: str = "before") -> Arrange:
    """The function stands still at a call and is given up meanwhile."""
    return lambda world: world.stall(verb, seconds, moment="after" if moment == "after" else "before")


def delivers(delivery: Delivery) -> Arrange:
    """Every invocation is delivered like this."""
    return lambda world: setattr(world.functions, "fault", lambda _invocation: delivery)


def loses_its_run(world: World) -> None:
    """Somebody stops the execution's run, and the function dies with it."""
    world.runs.stop_run(world.runs.running[0].name)
    world.orchestration.crash("*")


def has_no_role_for_a_while(world: World) -> None:
    """The role is gone for three minutes."""
    world.remove_role(DATABASE_ACCOUNT)
    world.agenda.after(180, lambda: world.restore_role(DATABASE_ACCOUNT))


hidden: Final[Arrange] = lambda world: world.fault("lateVisibility", seconds=60)  # noqa: E731
lost: Final = meets("lostReply")
intent: Final = "history.transact"
"""After the first listing of jobs, the next transaction is the intent."""

ADOPTED: Final[Mapping[str, Arrange]] = {
    "the connection closes before the reply": lost,
    "no reply comes at all": meets("lostReply", how="readTimeout"),
    "a 500 comes after the effect": meets("serverError", takesEffect=True),
    "a 503 comes after the effect": meets("serverError", status=503, takesEffect=True),
    "the reply takes 40 seconds": meets("lateReply", seconds=40),
    "the reply takes longer than the client waits": meets("lateReply", seconds=70),
    "the effect comes 90 seconds later": meets("lateEffect", seconds=90),
    "the effect comes 150 seconds later": meets("lateEffect", seconds=150),
    "the function dies before the intent": once("drs.jobs", dies(intent)),
    "the function dies after the call": dies(LAUNCH, "after"),
    "the function dies before the record": once(LAUNCH, dies("history.update")),
    "the function dies after the record": once(LAUNCH, dies("history.update", "after")),
    "the function dies before the quota row names the job": once(LAUNCH, dies("history.put")),
    "the function dies after the quota row names the job": once(LAUNCH, dies("history.put", "after")),
    "the function dies before the servers are written": once(LAUNCH, dies("history.transact")),
    "the function dies before the commit": once(LAUNCH, dies("history.transact", nth=2)),
    "the function dies after the commit": once(LAUNCH, dies("history.transact", "after", nth=2)),
    "the listing hides the job for a minute": both(hidden, lost),
    "the listing hides the job longer than doubt lasts": both(
        lost, lambda world: world.fault("lateVisibility", seconds=400, byId=True)
    ),
    "the job is started and cannot be found": lambda world: world.fault("lateVisibility", seconds=100, byId=True),
    "every invocation is delivered twice": delivers(TWICE),
    "every invocation is delivered again after 40 seconds": delivers(Delivery(runs=(0.0, 40.0))),
    "every answer of the function is lost once in a while": lambda world: setattr(
        world.functions, "fault", lambda one: Delivery(error="Lambda.Unknown") if one.number % 3 == 0 else None
    ),
    "DescribeJobs is throttled while the launch is in doubt": both(
        lost, lambda world: world.fault("throttling", operation="DescribeJobs", nth=2, times=6)
    ),
    "DescribeJobs breaks before the intent": lambda world: world.fault("serverError", operation="DescribeJobs", nth=2),
    "the reply is lost and the credentials expire": both(
        lost, lambda world: world.fault("expiredCredentials", operation="DescribeJobs", nth=2, times=3)
    ),
    "the run is stopped in the middle of the call": once(LAUNCH, loses_its_run),
    "the function stands still after the call and another goes on": stands_still(LAUNCH, 40, "after"),
    "the function stands still until the job has ended": stands_still(LAUNCH, 400, "after"),
    "the credentials expire before the call": meets("expiredCredentials"),
}

LAUNCHED_LATER: Final[Mapping[str, Arrange]] = {
    "a 500 comes before the effect": meets("serverError"),
    "a 503 comes before the effect": meets("serverError", status=503),
    "the function dies between intent and call": dies(LAUNCH),
    "the function dies after the intent": once("drs.jobs", dies(intent, "after")),
    "the function stands still before the call until it is too late": stands_still(LAUNCH, 30),
    "the function stands still before the call until the launch is lost": stands_still(LAUNCH, 400),
    "the function stands still before the intent": once("drs.jobs", stands_still(intent, 30)),
    "DRS throttles the call": meets("throttling", times=3),
    "the role may not launch for a while": meets("revokedRole", times=3),
    "the credentials expire again and again": meets("expiredCredentials", times=6),
    "the role is gone for a while": once("drs.jobs", has_no_role_for_a_while),
    "the effect never comes": meets("lateEffect", seconds=30 * HOUR),
}


def launched_by(arrange: Arrange) -> tuple[World, str]:
    """One wave of three servers, and the execution that launched it."""
    world = World(settings=QUICK)
    plan_id = world.plan_of(3)
    arrange(world)
    execution_id = world.start(plan_id)
    assert world.run_until_end(execution_id, limit=4 * HOUR) == "COMPLETED", world.events(execution_id)[-5:]
    world.functions.fault = lambda _invocation: None
    launched_once(world, execution_id, world.expected_waves(plan_id)[0].servers)
    check_at_rest(world, execution_id)
    return world, execution_id


@pytest.mark.requirement("PRD-05", "SRS-E01")
@pytest.mark.parametrize("arrange", ADOPTED.values(), ids=ADOPTED)
def test_the_one_call_makes_the_one_job_although(arrange: Arrange) -> None:
    world, execution_id = launched_by(arrange)

    assert len(world.oracle.jobs_of(execution_id)) == 1
    made = [
        call for call in world.simulator_record.calls("StartRecovery") if call.error_code != "ExpiredTokenException"
    ]
    assert len(made) == 1


@pytest.mark.parametrize("arrange", LAUNCHED_LATER.values(), ids=LAUNCHED_LATER)
def test_the_servers_are_launched_by_one_job_later_although(arrange: Arrange) -> None:
    world, execution_id = launched_by(arrange)

    assert len(world.oracle.jobs_of(execution_id)) == 1
