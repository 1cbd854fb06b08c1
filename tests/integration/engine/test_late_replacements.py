"""What a late job of a lost launch does to a server that has its verdict, on the simulator."""

from tests.support.world import HOUR, World, wave
from tests.support.world.cloud import CERTAIN


def test_a_server_is_not_unhealthy_because_a_late_job_of_ours_replaced_its_instance() -> None:
    world = World(settings=CERTAIN)
    plan = world.create_plan("plan", wave(0, world.create_group("group", world.add_servers(count=1))))
    world.fault("lateEffect", operation="StartRecovery", seconds=870)

    execution_id = world.start(plan)
    status = world.run_until_end(execution_id, limit=2 * HOUR)

    (server,) = world.servers(execution_id)
    assert (status, server["healthStatus"]) == ("COMPLETED", "HEALTHY")
    assert world.instances() == [server["recoveryInstanceId"]]
