"""What a late job of a lost launch does to a server that has its verdict, on the simulator."""

from dataclasses import replace

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


def test_a_server_whose_instance_a_late_job_has_taken_away_and_launched_no_other_is_not_healthy() -> None:
    settings = replace(CERTAIN, quirks=replace(CERTAIN.quirks, cleanup="before_launch"))
    world = World(settings=settings)
    servers = world.add_servers(count=1)
    plan = world.create_plan("plan", wave(0, world.create_group("group", servers), failurePolicy="CONTINUE"))
    world.fault("lateEffect", operation="StartRecovery", seconds=870)
    world.fault("launchFailure", servers=servers, nth=2, stage="launch")

    execution_id = world.start(plan)
    status = world.run_until_end(execution_id, limit=2 * HOUR)

    (server,) = world.servers(execution_id)
    assert world.instances() == []
    assert (status, server["healthStatus"]) == ("PARTIAL", "UNHEALTHY")
    assert server["healthReason"] == "the instance is terminated"


def test_a_retry_takes_what_a_late_job_has_launched_in_the_place_of_a_server_that_was_healthy() -> None:
    world = World(settings=CERTAIN)
    healthy, failed = world.add_servers(count=2)
    plan = world.create_plan("plan", wave(0, world.create_group("group", [healthy, failed])))
    world.fault("lateEffect", operation="StartRecovery", seconds=1800)
    world.fault("launchFailure", servers=[failed])
    execution_id = world.start(plan)
    world.run_until_mail("pause")
    world.run_until(lambda: len(world.instances()) == 2, HOUR, "what the late job launches")
    world.advance(600)

    world.retry(execution_id, 0)
    status = world.run_until_end(execution_id, limit=2 * HOUR)

    servers = world.servers(execution_id)
    assert (status, [one["healthStatus"] for one in servers]) == ("COMPLETED", ["HEALTHY", "HEALTHY"])
    assert sorted(world.instances()) == sorted(one["recoveryInstanceId"] for one in servers)
