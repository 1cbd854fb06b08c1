"""Extended servers: the jobs of both accounts are shown, waited for and judged, whatever becomes of the first."""

from __future__ import annotations

from typing import Any, Final

import pytest

from local.drs_simulator import Quotas, RateLimits, Settings
from tests.support.world import World, wave
from tests.support.world.cloud import CERTAIN

TARGET: Final = "111122223333"
FIRST: Final = "777788889999"
SECOND: Final = "888899990000"
REGION: Final = "us-west-2"


def world_of(settings: Settings = CERTAIN) -> World:
    """A world in which a target account has two staging accounts."""
    world = World(seed=3, settings=settings)
    for account in (FIRST, SECOND):
        world.cloud.roles.external_ids[account] = "an-external-id"
        world.ask("add_staging_account", accountId=TARGET, stagingAccountId=account, externalId="an-external-id")
    return world


def extended(world: World, account: str, count: int) -> list[str]:
    """Servers of the target account that a staging account replicates; their ids there are others than here."""
    originals = world.add_servers(account, count, name=f"of-{account}")
    return [
        server
        for original in originals
        for server in world.add_servers(
            TARGET, 1, name=f"of-{account}", staging_account_id=account, staging_source_server_id=original
        )
    ]


def drill(world: World, *servers: list[str]) -> str:
    """A drill of one wave of all these servers."""
    group = world.create_group("Extended", [each for some in servers for each in some])
    return world.start(world.create_plan("Shop", wave(0, group)))


def the_wave(world: World, execution_id: str) -> dict[str, Any]:
    """The wave as people see it."""
    seen: dict[str, Any] = world.ask("get_execution", executionId=execution_id)["waves"][0]
    return seen


@pytest.fixture
def world() -> World:
    return world_of()


def test_a_wave_shows_the_jobs_of_both_staging_accounts_from_their_beginning_to_their_end(world: World) -> None:
    first, second, own = extended(world, FIRST, 2), extended(world, SECOND, 1), world.add_servers(TARGET, 1)
    execution_id = drill(world, first, second, own)
    world.advance(120)

    running = the_wave(world, execution_id)
    world.run_until_end(execution_id)
    ended = the_wave(world, execution_id)

    assert [(job["accountId"], job["region"], job["status"]) for job in running["stagingJobs"]] == [
        (FIRST, REGION, "STARTED"),
        (SECOND, REGION, "STARTED"),
    ]
    assert (running["status"], ended["status"]) == ("LAUNCHING", "COMPLETED")
    assert [job["status"] for job in ended["stagingJobs"]] == ["COMPLETED", "COMPLETED"]
    assert [sorted(job["serverIds"]) for job in ended["stagingJobs"]] == [sorted(first), sorted(second)]
    launch = {server["jobId"] for server in world.ask("get_execution", executionId=execution_id)["servers"]["items"]}
    assert {job["launchJobId"] for job in ended["stagingJobs"]} == launch
    assert all(job["endedAt"] < ended["endedAt"] for job in ended["stagingJobs"])


def test_servers_say_where_they_are_replicated_and_others_do_not(world: World) -> None:
    first, own = extended(world, FIRST, 1), world.add_servers(TARGET, 1)
    execution_id = drill(world, first, own)

    servers = {
        server["sourceServerId"]: server
        for server in world.ask("get_execution", executionId=execution_id)["servers"]["items"]
    }

    assert servers[first[0]]["stagingAccountId"] == FIRST
    assert servers[first[0]]["stagingSourceServerId"] not in (None, first[0])
    assert "stagingAccountId" not in servers[own[0]]


def test_both_doors_and_both_functions_show_the_same(world: World) -> None:
    execution_id = drill(world, extended(world, FIRST, 1))
    world.run_until_end(execution_id)
    event = {"operation": "get_execution", "parameters": {"executionId": execution_id}}

    answers = [world.parts.invoke(home, event) for home in ("query-handler", "execution-handler")]

    assert answers[0] == answers[1]
    assert answers[0]["waves"][0]["stagingJobs"]


def test_job_logs_hold_those_of_the_staging_accounts(world: World) -> None:
    first, second = extended(world, FIRST, 2), extended(world, SECOND, 1)
    execution_id = drill(world, first, second)
    world.run_until_end(execution_id)

    [log] = world.ask("get_job_logs", executionId=execution_id)["items"]

    assert (log["accountId"], {line["event"] for line in log["lines"]}) == (
        TARGET,
        {"JOB_START", "LAUNCH_START", "JOB_END"},
    )
    assert [each["job"]["accountId"] for each in log["stagingJobs"]] == [FIRST, SECOND]
    for each in log["stagingJobs"]:
        assert {"SNAPSHOT_START", "CONVERSION_END", "JOB_END"} <= {line["event"] for line in each["lines"]}
        assert any(f"of-{each['job']['accountId']}-1" in line["message"] for line in each["lines"])


def test_a_second_try_has_jobs_of_its_own(world: World) -> None:
    world.fault("launchFailure", account=TARGET)
    group = world.create_group("Extended", extended(world, FIRST, 1))
    execution_id = world.start(world.create_plan("Shop", wave(0, group, failurePolicy="PAUSE")))
    world.run_until_mail("pause", 1)
    world.ask("retry_wave", executionId=execution_id, waveNumber=0)
    world.run_until_end(execution_id)

    seen = the_wave(world, execution_id)
    logs = world.ask("get_job_logs", executionId=execution_id)["items"]

    assert seen["status"] == "COMPLETED"
    assert len({job["jobId"] for job in seen["stagingJobs"]}) == 2
    assert [job["launchJobId"] for job in seen["stagingJobs"]] == [log["jobId"] for log in logs]
    assert [len(log["stagingJobs"]) for log in logs] == [1, 1]


def test_a_failure_in_a_staging_account_fails_the_server_with_its_reason(world: World) -> None:
    first, second = extended(world, FIRST, 1), extended(world, SECOND, 1)
    world.fault("launchFailure", account=FIRST, stage="conversion", rawError="the key is disabled")
    group = world.create_group("Extended", [*first, *second])
    execution_id = world.start(world.create_plan("Shop", wave(0, group, failurePolicy="CONTINUE")))
    world.run_until_end(execution_id)

    seen = the_wave(world, execution_id)
    servers = {
        server["sourceServerId"]: server
        for server in world.ask("get_execution", executionId=execution_id)["servers"]["items"]
    }

    assert {job["accountId"]: job["failedServerIds"] for job in seen["stagingJobs"]} == {FIRST: first, SECOND: []}
    assert servers[first[0]]["launchStatus"] == "FAILED"
    assert "the key is disabled" in servers[first[0]]["launchReason"]
    assert FIRST in servers[first[0]]["launchReason"]
    assert servers[second[0]]["launchStatus"] == "LAUNCHED"


def test_a_staging_account_that_cannot_be_entered_is_told_and_changes_nothing(world: World) -> None:
    execution_id = drill(world, extended(world, FIRST, 1), extended(world, SECOND, 1))
    world.advance(120)
    world.remove_role(FIRST)

    running = the_wave(world, execution_id)
    [log] = world.ask("get_job_logs", executionId=execution_id)["items"]
    ended = world.run_until_end(execution_id)

    assert [job["accountId"] for job in running["stagingJobs"]] == [SECOND]
    assert [(one["accountId"], one["error"]) for one in running["unreadStaging"]] == [(FIRST, "CROSS_ACCOUNT_ERROR")]
    assert [one["accountId"] for one in log["unreadStaging"]] == [FIRST]
    assert ended == "COMPLETED"


def test_a_staging_account_that_nobody_registered_is_told_as_unread(world: World) -> None:
    execution_id = drill(world, extended(world, "999900001111", 1))
    world.run_until_end(execution_id)

    seen = the_wave(world, execution_id)

    assert (seen["status"], seen["stagingJobs"]) == ("COMPLETED", [])
    assert "not registered" in seen["unreadStaging"][0]["message"]


def test_an_execution_without_extended_servers_asks_nobody_for_staging_jobs(world: World) -> None:
    execution_id = drill(world, world.add_servers(TARGET, 2))
    world.run_until_end(execution_id)
    before = len(world.simulator.record.calls())

    seen = the_wave(world, execution_id)

    assert (seen["stagingJobs"], seen["unreadStaging"]) == ([], [])
    assert len(world.simulator.record.calls()) == before


def test_jobs_that_staging_accounts_run_for_others_are_not_shown(world: World) -> None:
    """An account that is a target of ours, and replicates servers for another target of ours."""
    servers = world.add_servers("444455556666", 1, staging_account_id=TARGET)
    other = world.create_group("Other", servers, account="444455556666")
    own = drill(world, extended(world, FIRST, 1))
    world.start(world.create_plan("Other plan", wave(0, other)))

    ended = world.run_until_end(own)

    assert ended == "COMPLETED"
    assert [job["accountId"] for job in the_wave(world, own)["stagingJobs"]] == [FIRST]


def test_a_staging_account_without_room_makes_the_wave_wait() -> None:
    """Room is counted in the target account; that of a staging account is DRS's to refuse, and the call comes again."""
    world = world_of(Settings(rate_limits=RateLimits(enabled=False), quotas=Quotas(jobs_at_once=1)))
    busy = world.add_servers(FIRST, 1, name="busy")
    world.simulator.start_foreign_job(FIRST, REGION, busy)

    execution_id = drill(world, extended(world, FIRST, 1))

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert world.simulator.refusals


def test_a_large_wave_of_extended_servers_is_packed_as_any_other() -> None:
    world = world_of()
    execution_id = drill(world, extended(world, FIRST, 101), extended(world, SECOND, 9))

    assert world.run_until_end(execution_id) == "COMPLETED"

    seen = the_wave(world, execution_id)
    assert seen["launchedCount"] == 110
    assert sum(len(job["serverIds"]) for job in seen["stagingJobs"]) == 110
    assert {job["status"] for job in seen["stagingJobs"]} == {"COMPLETED"}
