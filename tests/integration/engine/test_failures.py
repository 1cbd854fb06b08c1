"""What operators live through when a wave goes wrong: the mail, the choices, and what each of them brings about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.world import DATABASE_ACCOUNT, Refused, World, wave
from tests.support.world.rest import QUICK, check_at_rest


def broken(*sizes: int, **more: Any) -> tuple[World, str, str]:
    """A plan of such waves, whose first wave has lost its first server, and waits for a person; answers that server."""
    world = World(settings=QUICK)
    plan_id = world.plan_of(*sizes, **more)
    lost = sorted(world.expected_waves(plan_id)[0].servers)[0]
    world.fault("launchFailure", servers=[lost], rawError="no capacity")
    execution_id = world.start(plan_id)
    return world, execution_id, lost


def launched_servers(world: World, execution_id: str) -> list[frozenset[str]]:
    """The servers of each launch job, in order."""
    return [job.servers for job in world.oracle.jobs_of(execution_id)]


def one(world: World, execution_id: str, server: str) -> dict[str, Any]:
    """A server as get_execution shows it."""
    return next(each for each in world.servers(execution_id) if each["sourceServerId"] == server)


def outcome_of(world: World, execution_id: str, kind: str) -> tuple[str, str]:
    """What became of the latest request of that kind."""
    told = [
        event
        for event in world.events(execution_id)
        if event["type"] == "REQUEST_CONSUMED" and event["details"]["kind"] == kind
    ]
    return told[-1]["details"]["state"], told[-1]["message"]


# -- the choices ----------------------------------------------------------------------------------------------------


def test_a_retry_from_the_mail_launches_only_the_failed_server_and_everything_completes() -> None:
    world, execution_id, lost = broken(3, 1)
    mail = world.run_until_mail("pause")
    assert world.status(execution_id) == "PAUSED"
    assert "could not be launched: Could not launch" in mail.message
    assert "no capacity" in mail.message

    world.retry(execution_id, 0, gateNumber=1)

    assert world.run_until_end(execution_id) == "COMPLETED"
    first, again, last = launched_servers(world, execution_id)
    assert (len(first), set(again), len(last)) == (3, {lost}, 1)
    assert not world.approve_by_mail(mail)
    assert one(world, execution_id, lost)["attempt"] == 2
    assert world.execution(execution_id)["waves"][0]["retries"] == 1
    check_at_rest(world, execution_id)


@pytest.mark.requirement("PRD-04")
@pytest.mark.parametrize(
    ("decide", "status", "waves"),
    [
        (lambda world, execution, _: world.resume(execution, 0), "PARTIAL", ["FAILED", "COMPLETED"]),
        (lambda world, execution, _: world.resume(execution), "PARTIAL", ["FAILED", "COMPLETED"]),
        (lambda world, _, mail: world.approve_by_mail(mail), "PARTIAL", ["FAILED", "COMPLETED"]),
        (lambda world, execution, _: world.skip(execution, 0), "PARTIAL", ["SKIPPED", "COMPLETED"]),
        (lambda world, _, mail: world.reject_by_mail(mail), "PARTIAL", ["FAILED", "CANCELLED"]),
        (lambda world, execution, _: world.cancel(execution), "PARTIAL", ["FAILED", "CANCELLED"]),
    ],
    ids=["continue by name", "continue", "continue by mail", "skip", "cancel by mail", "cancel"],
)
def test_each_choice_at_the_gate_has_one_outcome(
    decide: Callable[[World, str, Any], object], status: str, waves: list[str]
) -> None:
    world, execution_id, lost = broken(3, 1)
    mail = world.run_until_mail("pause")

    decide(world, execution_id, mail)

    assert world.run_until_end(execution_id) == status
    assert [each["status"] for each in world.execution(execution_id)["waves"]] == waves
    assert len(launched_servers(world, execution_id)) == (2 if waves[1] == "COMPLETED" else 1)
    shown = one(world, execution_id, lost)
    assert shown["launchReason"] == f"Could not launch {shown['name']} ({lost}): no capacity"
    check_at_rest(world, execution_id)


@pytest.mark.requirement("PRD-23")
@pytest.mark.parametrize(("policy", "waves"), [("STOP", ["FAILED", "SKIPPED"]), ("CONTINUE", ["FAILED", "COMPLETED"])])
def test_without_a_pause_nobody_is_asked(policy: str, waves: list[str]) -> None:
    world, execution_id, _ = broken(3, 1, failurePolicy=policy)

    assert world.run_until_end(execution_id) == "PARTIAL"

    assert [each["status"] for each in world.execution(execution_id)["waves"]] == waves
    assert [mail.type for mail in world.mails(execution_id=execution_id)] == ["start", "fail"]
    check_at_rest(world, execution_id)


@pytest.mark.parametrize(("minimum", "status"), [(2, "PARTIAL"), ("60%", "PARTIAL"), (3, "FAILED")])
def test_a_minimum_that_is_met_lets_the_plan_go_on(minimum: int | str, status: str) -> None:
    world, execution_id, _ = broken(3, 1, minimumSuccess=minimum)

    if status == "FAILED":
        world.run_until_mail("pause")
    else:
        assert world.run_until_end(execution_id) == "PARTIAL"

    assert world.execution(execution_id)["waves"][0]["status"] == status


def test_an_optional_server_that_fails_is_told_and_fails_nothing() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=2)
    group = world.create_group("all", servers)
    plan_id = world.create_plan("plan", wave(0, group, optionalServerIds=[servers[0]]))
    world.fault("launchFailure", servers=[servers[0]], rawError="no capacity")
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id) == "COMPLETED"

    reason = world.execution(execution_id)["waves"][0]["statusReason"]
    assert reason == (
        "1 server launched and healthy; 1 optional server failed; "
        f"host-1: Could not launch host-1 ({servers[0]}): no capacity"
    )
    assert one(world, execution_id, servers[0])["optional"]


def test_an_execution_that_launched_nothing_is_not_complete_although_all_its_servers_are_optional() -> None:
    world = World(settings=QUICK)
    servers = world.add_servers(count=2)
    plan_id = world.create_plan(
        "plan", wave(0, world.create_group("all", servers), optionalServerIds=servers, failurePolicy="STOP")
    )
    world.fault("launchFailure", servers=servers, times=None)
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id) == "FAILED"

    assert world.execution(execution_id)["waves"][0]["status"] == "FAILED"
    assert "Failed servers:" in world.mails("fail")[-1].message


# -- two operators --------------------------------------------------------------------------------------------------


def test_of_retry_and_continue_pressed_at_one_moment_one_stands_and_the_other_is_told() -> None:
    world, execution_id, _ = broken(3, 1)
    world.run_until_mail("pause")

    world.retry(execution_id, 0)
    with pytest.raises(Refused, match=r"was first to decide about wave 1 .*: retry requested at") as refused:
        world.resume(execution_id, 0)

    assert refused.value.details["reason"] == "INVALID_STATE"
    assert world.run_until_end(execution_id) == "COMPLETED"


def test_a_retry_that_the_mails_command_overtakes_is_told_what_became_of_the_gate() -> None:
    world, execution_id, _ = broken(3, 1)
    mail = world.run_until_mail("pause")

    def paste() -> None:
        assert world.approve_by_mail(mail)
        world.advance(1)

    # the command is pasted after the retry has looked at the gate, and before it is stored
    world.seams["execution-handler"].on("history.transact", paste)
    world.retry(execution_id, 0)

    assert world.run_until_end(execution_id) == "PARTIAL"
    assert outcome_of(world, execution_id, "APPROVE")[0] == "APPLIED"
    state, told = outcome_of(world, execution_id, "RETRY")
    assert state == "ALREADY_DECIDED"
    assert "the gate after the failure of wave 1 is APPROVED already, by holder of the mail's command" in told
    check_at_rest(world, execution_id)


def test_the_mails_command_changes_nothing_once_a_retry_is_stored() -> None:
    world, execution_id, _ = broken(3, 1)
    mail = world.run_until_mail("pause")

    world.retry(execution_id, 0)
    world.approve_by_mail(mail)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert outcome_of(world, execution_id, "RETRY")[0] == "APPLIED"
    check_at_rest(world, execution_id)


# -- late facts -----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("SRS-E04")
def test_an_instance_that_shows_after_the_grace_is_adopted_by_a_retry_and_replaced_by_nothing() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)
    late = min(world.expected_waves(plan_id)[0].servers)
    world.fault("stuckPending", servers=[late], launches=True)
    world.fault("hiddenInstance", servers=[late], seconds=1500)
    execution_id = world.start(plan_id)
    world.run_until_mail("pause")
    assert one(world, execution_id, late)["launchStatus"] == "FAILED"
    before = world.instances()
    world.advance(1500)

    world.retry(execution_id, 0)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert len(world.oracle.jobs_of(execution_id)) == 1
    assert world.instances() == before
    assert one(world, execution_id, late)["recoveryInstanceId"] in before
    check_at_rest(world, execution_id)


def test_relaunch_replaces_only_the_instance_that_is_not_healthy() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(2)
    sick, well = sorted(world.expected_waves(plan_id)[0].servers)
    world.fault("impairedStatus", servers=[sick])
    execution_id = world.start(plan_id)
    mail = world.run_until_mail("pause")
    assert "launched, but not healthy" in mail.message
    kept = one(world, execution_id, well)["recoveryInstanceId"]
    replaced = one(world, execution_id, sick)["recoveryInstanceId"]

    world.retry(execution_id, 0, relaunch=True)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert [set(servers) for servers in launched_servers(world, execution_id)] == [{sick, well}, {sick}]
    assert kept in world.instances()
    assert replaced not in world.instances()
    check_at_rest(world, execution_id)


def test_a_retry_that_looks_in_vain_at_an_account_waits_for_its_answer() -> None:
    world, execution_id, _ = broken(2)
    world.run_until_mail("pause")
    world.remove_role(DATABASE_ACCOUNT)

    world.retry(execution_id, 0)
    world.advance(300)

    assert len(world.oracle.jobs_of(execution_id)) == 1
    assert "could not read" in world.execution(execution_id)["waves"][0]["statusReason"]
    world.restore_role(DATABASE_ACCOUNT)
    assert world.run_until_end(execution_id) == "COMPLETED"
    check_at_rest(world, execution_id)
