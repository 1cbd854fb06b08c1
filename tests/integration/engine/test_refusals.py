"""What DRS refuses: who waits, who fails, and when a refusal is no proof that nothing was launched."""

from __future__ import annotations

from typing import Any

import pytest

from shared.models.launch import LaunchState
from tests.support.world import DATABASE_ACCOUNT, HOUR, REGION, World
from tests.support.world.rest import QUICK, check_at_rest, launched_once

LAUNCH = "drs.start_recovery"


def fill(world: World, jobs: int, servers_each: int = 1, name: str = "foreign") -> list[str]:
    """Let somebody else start that many jobs; answers their servers."""
    servers = world.add_servers(count=jobs * servers_each, name=name)
    for start in range(0, len(servers), servers_each):
        world.simulator.start_foreign_job(DATABASE_ACCOUNT, REGION, servers[start : start + servers_each])
    return servers


def completed(world: World, execution_id: str, plan_id: str, *, conflicts: bool = True) -> None:
    """The execution completes, each server launched once, and everything is free."""
    assert world.run_until_end(execution_id, limit=4 * HOUR) == "COMPLETED", world.events(execution_id)[-5:]
    servers = [one for each in world.expected_waves(plan_id).values() for one in each.servers]
    launched_once(world, execution_id, servers)
    check_at_rest(world, execution_id, conflicts=conflicts)


def messages(world: World, execution_id: str) -> str:
    return "\n".join(event["message"] for event in world.events(execution_id))


def test_servers_that_another_job_holds_wait_for_its_end_and_the_others_are_launched_at_once() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(3)
    held = min(world.expected_waves(plan_id)[0].servers)
    world.fault("foreignJob", operation="StartRecovery", servers=[held])
    execution_id = world.start(plan_id)
    world.advance(10)

    (first,) = world.oracle.jobs_of(execution_id)
    (told,) = [one["statusReason"] for one in world.execution(execution_id)["waves"]]
    assert first.servers == world.expected_waves(plan_id)[0].servers - {held}
    assert told.startswith("1 server held by drsjob-")

    completed(world, execution_id, plan_id)
    assert messages(world, execution_id).count("is held up") == 1
    refused = [event for event in world.events(execution_id) if event["type"] == "LAUNCH_REFUSED"]
    assert ["ConflictException" in event["message"] for event in refused] == [True]
    assert [job.servers for job in world.oracle.jobs_of(execution_id)] == [first.servers, {held}]


def test_a_launch_without_a_connection_is_told_in_one_sentence_and_made_later() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)
    world.fault("unreachable", operation="StartRecovery", how="connectTimeout")
    execution_id = world.start(plan_id)
    world.advance(10)

    (told,) = [one["statusReason"] for one in world.execution(execution_id)["waves"]]
    place = f"{DATABASE_ACCOUNT}/{REGION}"
    assert told.startswith(f"2 servers not launched yet: the launch in {place} was not sent: Connect timeout on ")
    assert told.count("not sent") == 1

    completed(world, execution_id, plan_id)


def test_one_server_that_drs_does_not_accept_fails_alone() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(9, failurePolicy="CONTINUE")
    bad = sorted(world.expected_waves(plan_id)[0].servers)[5]
    world.fault("rejectedServer", servers=[bad], times=None)
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id, limit=4 * HOUR) == "PARTIAL"
    servers = {one["sourceServerId"]: one for one in world.servers(execution_id)}
    assert servers[bad]["launchStatus"] == "FAILED"
    assert "ValidationException" in servers[bad]["launchReason"]
    launched_once(world, execution_id, world.expected_waves(plan_id)[0].servers - {bad})
    calls = world.simulator_record.calls("StartRecovery")
    assert [len(call.parameters["sourceServers"]) for call in calls] == [9, 5, 4, 2, 2, 1, 1]
    assert len(world.header(execution_id).launch_ids) < len(calls)
    check_at_rest(world, execution_id)


def test_a_conflict_with_a_job_that_no_listing_shows_is_doubt_until_it_is_explained() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(3)
    world.fault("foreignJob", operation="StartRecovery")
    world.fault("lateVisibility", seconds=60, byId=True)
    execution_id = world.start(plan_id)

    completed(world, execution_id, plan_id)
    assert "in doubt" in messages(world, execution_id)


def launch_items(world: World) -> list[str]:
    """The sort keys of all LAUNCH items that are stored."""
    return [str(row["planId"]) for row in world.history.scan() if "#LAUNCH#" in str(row["planId"])]


@pytest.mark.parametrize(
    "hidden",
    [
        [],
        [{"kind": "hiddenTags"}],
        [{"kind": "hiddenTags"}, {"kind": "throttling", "operation": "ListTagsForResource", "times": 40}],
    ],
    ids=["and its job is listed", "and its job is listed without tags", "and nobody tells the tags of its job"],
)
@pytest.mark.parametrize("execution_type", ["DRILL", "RECOVERY"])
def test_a_call_that_was_sent_twice_conflicts_with_its_own_job(
    hidden: list[dict[str, Any]], execution_type: str
) -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(3)
    world.fault("repeatedCall", operation="StartRecovery")
    for fault in hidden:
        world.fault(**fault)
    execution_id = world.start(plan_id, execution_type)
    world.advance(10)
    [launch] = world.executions.launches(world.header(execution_id))
    assert launch.state is not LaunchState.REFUSED

    completed(world, execution_id, plan_id)
    assert len(world.simulator_record.calls("StartRecovery")) == 1, "no second launch follows"
    assert len(world.oracle.jobs_of(execution_id)) == 1


@pytest.mark.parametrize("answer", ["throttling", "quota", "denied"])
@pytest.mark.parametrize(
    "hidden",
    [
        [],
        [{"kind": "hiddenTags"}],
        [{"kind": "hiddenTags"}, {"kind": "throttling", "operation": "ListTagsForResource", "times": 4}],
        [{"kind": "lateVisibility", "seconds": 60, "byId": True}],
        [{"kind": "lateVisibility", "seconds": 60, "byId": True}, {"kind": "hiddenTags"}],
    ],
    ids=[
        "its job is listed",
        "it shows no tags",
        "nobody tells its tags for a while",
        "it is listed late",
        "it is listed late without tags",
    ],
)
def test_a_call_that_was_sent_twice_and_refused_the_second_time_has_launched(
    answer: str, hidden: list[dict[str, Any]]
) -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(3)
    world.fault("repeatedCall", operation="StartRecovery", answer=answer)
    for fault in hidden:
        world.fault(**fault)
    execution_id = world.start(plan_id)

    completed(world, execution_id, plan_id)
    assert len(world.oracle.jobs_of(execution_id)) == 1, "no second launch follows"
    if not any(fault["kind"] == "lateVisibility" for fault in hidden):
        assert len(world.simulator_record.calls("StartRecovery")) == 1
    [job_id] = [one.job_id for one in world.executions.launches(world.header(execution_id)) if one.job_id]
    assert f"Job {job_id}" in messages(world, execution_id)
    world.terminate(execution_id)
    world.run_until_terminated(execution_id, limit=4 * HOUR)
    world.oracle.check_terminated_only([execution_id])
    assert {one["launchStatus"] for one in world.servers(execution_id)} == {"TERMINATED"}


def test_the_job_of_a_refused_call_that_is_listed_just_when_the_next_call_conflicts_explains_the_conflict() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(3)
    world.fault("repeatedCall", operation="StartRecovery", answer="throttling")
    world.fault("lateVisibility", seconds=31, byId=True)
    world.orchestration.on(LAUNCH, lambda: world.clock.advance(2), nth=2)
    execution_id = world.start(plan_id)

    completed(world, execution_id, plan_id)
    made = world.simulator_record.calls("StartRecovery")
    assert [call.error_code for call in made] == ["ThrottlingException", "ConflictException"]
    assert len(world.oracle.jobs_of(execution_id)) == 1
    assert "in doubt" not in messages(world, execution_id)
    states = [launch.state for launch in world.executions.launches(world.header(execution_id))]
    assert states == [LaunchState.DONE, LaunchState.REFUSED]


def test_of_two_chunks_the_one_whose_refused_call_had_arrived_is_not_launched_again() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(130)
    world.fault("repeatedCall", operation="StartRecovery", answer="throttling")
    world.fault("hiddenTags")
    execution_id = world.start(plan_id)

    completed(world, execution_id, plan_id)
    assert sorted(len(job.servers) for job in world.oracle.jobs_of(execution_id)) == [30, 100]
    assert len(world.simulator_record.calls("StartRecovery")) == 2


def test_a_job_that_appears_while_another_launch_is_watched_is_found_without_a_call() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(130)
    world.fault("repeatedCall", operation="StartRecovery", answer="throttling")
    world.fault("lateVisibility", seconds=60, byId=True)
    execution_id = world.start(plan_id)

    completed(world, execution_id, plan_id)
    assert sorted(len(job.servers) for job in world.oracle.jobs_of(execution_id)) == [30, 100]


@pytest.mark.parametrize(("tags", "others"), [({"owner": "team"}, 2), ({}, 3)], ids=["they do", "there are none"])
def test_a_foreign_job_of_the_moment_of_the_call_explains_the_conflict_if_its_tags_do(
    tags: dict[str, str], others: int
) -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(3)
    held = min(world.expected_waves(plan_id)[0].servers)
    world.fault("hiddenTags")

    def taken() -> None:
        world.simulator.start_foreign_job(DATABASE_ACCOUNT, REGION, [held], tags=tags)

    world.orchestration.on(LAUNCH, taken)
    execution_id = world.start(plan_id, "RECOVERY")

    completed(world, execution_id, plan_id)
    made = world.simulator_record.calls("StartRecovery")
    assert [len(call.parameters["sourceServers"]) for call in made[:2]] == [3, others]


def test_an_untagged_job_that_is_just_as_ours_would_be_is_taken_for_it_and_nothing_is_launched_beside() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)
    world.fault("foreignJob", operation="StartRecovery", count=2)
    execution_id = world.start(plan_id, "RECOVERY")

    assert world.run_until_end(execution_id, limit=4 * HOUR) == "COMPLETED"
    [call] = world.simulator_record.calls("StartRecovery")
    assert call.error_code == "ConflictException"
    assert "is ours by its servers and its time" in messages(world, execution_id)


@pytest.mark.parametrize("late", [False, True], ids=["at once", "while another step goes on"])
def test_room_that_others_take_between_admission_and_call_is_waited_for(late: bool) -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)

    def taken() -> None:
        fill(world, 20)
        if late:
            world.functions.give_up()
            world.advance(10)

    world.orchestration.on(LAUNCH, taken)
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id, limit=4 * HOUR) == "COMPLETED", world.events(execution_id)[-5:]
    launched_once(world, execution_id, world.expected_waves(plan_id)[0].servers)
    assert "ServiceQuotaExceededException" in messages(world, execution_id)


def test_a_server_whose_launch_fails_has_the_reason_of_the_log_and_the_others_are_launched() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2, failurePolicy="STOP")
    servers = sorted(world.expected_waves(plan_id)[0].servers)
    world.fault("launchFailure", servers=[servers[0]], rawError="no capacity")
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id, limit=4 * HOUR) == "PARTIAL"
    check_at_rest(world, execution_id)
    assert "no capacity" in messages(world, execution_id)


def test_a_launch_that_is_refused_for_hours_does_not_make_the_execution_grow() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)
    execution_id = world.start(plan_id)
    world.fault("revokedRole", operation="StartRecovery", times=120)
    world.advance(HOUR / 2)

    header = world.header(execution_id)
    assert header.step > 50
    assert len(header.launch_ids) <= 11, "each is kept until its job could no longer appear"
    assert len(launch_items(world)) == len(header.launch_ids), (
        "what the header does not name no step and no listing reads: nobody would end it"
    )

    completed(world, execution_id, plan_id)
