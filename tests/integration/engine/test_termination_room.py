"""Executions and terminations that break off leave no room taken behind."""

import pytest

from shared.errors import DrsServiceError
from shared.models.targets import Target
from shared.stores.quota_store import QuotaStore
from shared.stores.table import ConditionFailed
from tests.support.world import DATABASE_ACCOUNT, DAY, REGION, World
from tests.support.world.rest import QUICK, check_at_rest

TARGET = Target(account_id=DATABASE_ACCOUNT, region=REGION)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("verb", ["drs.terminate", "history.put", "history.update"])
def test_a_crash_of_the_termination_leaves_no_reservation(verb: str, moment: str) -> None:
    world = World()
    execution = world.start(world.plan_of(2))
    world.run_until_end(execution)
    world.orchestration.crash(verb, moment="before" if moment == "before" else "after")

    world.terminate(execution)
    world.run_until_terminated(execution)
    world.advance(DAY)

    assert world.instances() == []
    assert QuotaStore(world.history).get(TARGET).reservations == ()


def test_a_lost_answer_to_the_reservation_of_a_termination_leaves_none() -> None:
    world = World(settings=QUICK)
    execution = world.start(world.plan_of(1))
    world.run_until_end(execution)
    seam = world.orchestration

    def lose_the_answer() -> None:
        # the SDK tries again, and meets the version that its first try has written
        raise ConditionFailed({})

    def reserve_next() -> None:
        seam.on("history.put", lose_the_answer, moment="after")

    # the first put after the instances were read writes the call down, the next one takes the room
    seam.on("drs.recovery_instances", lambda: seam.on("history.put", reserve_next, moment="after"))
    world.terminate(execution)
    world.run_until_terminated(execution)

    assert world.termination(execution)["status"] == "COMPLETED"
    check_at_rest(world, execution)


def test_a_crash_after_a_refusal_leaves_no_reservation_of_an_execution_that_then_ends() -> None:
    world = World(settings=QUICK)
    execution = world.start(world.plan_of(1, failurePolicy="STOP"))

    def refuse() -> None:
        # the function dies at the release of the room that the refused launch had
        world.orchestration.crash("history.put")
        raise DrsServiceError(
            "not valid", drsCode="ValidationException", httpStatus=400, accountId="", region="", operation=""
        )

    world.orchestration.on("drs.start_recovery", refuse)

    assert world.run_until_end(execution) == "FAILED"
    check_at_rest(world, execution)
