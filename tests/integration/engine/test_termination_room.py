"""A termination that breaks off leaves no room taken behind."""

import pytest

from shared.models.targets import Target
from shared.stores.quota_store import QuotaStore
from tests.support.world import DATABASE_ACCOUNT, DAY, REGION, World

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
