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


def with_replaced_instance(*, failures: int = 1) -> tuple[World, str, str]:
    """An execution at its gate, and its healthy server that a late job has launched again; the other has failed."""
    world = World(settings=CERTAIN)
    healthy, failed = world.add_servers(count=2)
    plan = world.create_plan("plan", wave(0, world.create_group("group", [healthy, failed])))
    world.fault("lateEffect", operation="StartRecovery", seconds=1800)
    world.fault("launchFailure", servers=[failed], times=failures)
    execution_id = world.start(plan)
    world.run_until_mail("pause")
    world.run_until(lambda: len(world.oracle.jobs_of(execution_id)) == 2, HOUR, "the late job")
    world.advance(1200)
    return world, execution_id, healthy


def test_a_retry_takes_what_a_late_job_has_launched_in_the_place_of_a_server_that_was_healthy() -> None:
    world, execution_id, _ = with_replaced_instance()

    world.retry(execution_id, 0)
    status = world.run_until_end(execution_id, limit=2 * HOUR)

    servers = world.servers(execution_id)
    assert (status, [one["healthStatus"] for one in servers]) == ("COMPLETED", ["HEALTHY", "HEALTHY"])
    assert sorted(world.instances()) == sorted(one["recoveryInstanceId"] for one in servers)


def test_a_cancel_after_a_retry_in_a_pause_does_not_give_up_a_server_that_was_healthy() -> None:
    world, execution_id, healthy = with_replaced_instance(failures=9)
    world.pause(execution_id)
    world.advance(30)
    world.retry(execution_id, 0)
    world.advance(60)

    world.cancel(execution_id)
    world.run_until_end(execution_id, limit=12 * HOUR)

    server = next(one for one in world.servers(execution_id) if one["sourceServerId"] == healthy)
    assert server["launchStatus"] == "LAUNCHED"
    assert server["recoveryInstanceId"] in world.instances()


def test_a_deadline_does_not_give_up_a_healthy_server_that_a_retry_cannot_look_at() -> None:
    world, execution_id, healthy = with_replaced_instance(failures=9)
    world.fault("revokedRole", times=None)
    world.retry(execution_id, 0)

    world.advance(3 * HOUR)

    assert world.header(execution_id).waves[0].status.value == "TIMEOUT"
    server = next(one for one in world.servers(execution_id) if one["sourceServerId"] == healthy)
    assert server["launchStatus"] == "LAUNCHED"
