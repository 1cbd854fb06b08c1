"""Alarms and commands that a plan declares, in the whole system: sent once, judged, told; crashes change nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.models.targets import Target
from tests.support.checks_cloud import SHELL
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION, WEB_ACCOUNT
from tests.support.world.rest import QUICK, check_at_rest
from tests.support.world.sweep import TROUBLES, Mishap
from tests.support.world.world import Refused, World, wave

TARGET: Final = Target(account_id=DATABASE_ACCOUNT, region=REGION)
ALARM: Final = "shop-5xx"
COMMAND: Final = {"documentName": SHELL, "parameters": {"commands": ["systemctl is-active shop"]}}


def checked_plan(world: World, *sizes: int, alarms: bool = True, commands: int = 1, **more: Any) -> str:
    """Waves one after the other with the same checks; the alarm is OK."""
    world.cloud.cloudwatch.put(TARGET, ALARM)
    checks = [*([{"alarmName": ALARM}] if alarms else []), *([COMMAND] * commands)]
    return world.plan_of(*sizes, healthChecks=checks, **more)


def commands_per_instance(world: World) -> Counter[str]:
    """How often a command was sent to each instance."""
    return Counter(name for sent in world.cloud.ssm.sent for name in sent.instances)


def messages(world: World, execution_id: str) -> list[str]:
    return [event["message"] for event in world.events(execution_id)]


def test_a_plan_with_checks_runs_them_once_on_every_instance_and_completes() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(checked_plan(world, 3, 2))

    assert world.run_until_end(execution_id) == "COMPLETED"

    assert set(commands_per_instance(world).values()) == {1}
    assert len(commands_per_instance(world)) == 5
    assert [len(sent.instances) for sent in world.cloud.ssm.sent] == [3, 2]
    shown = world.execution(execution_id)
    assert [each["alarms"]["verdict"] for each in shown["waves"]] == ["OK", "OK"]
    assert shown["waves"][0]["healthChecks"] == [
        {"alarmName": ALARM, "accountId": DATABASE_ACCOUNT, "region": REGION},
        {**COMMAND, "timeoutSeconds": 600},
    ]
    ran = [command for each in world.servers(execution_id) for command in each["commands"]]
    assert {(command["position"], command["state"]) for command in ran} == {(0, "SUCCEEDED")}
    assert any("runs AWS-RunShellScript on 3 instances" in message for message in messages(world, execution_id))
    check_at_rest(world, execution_id)


def test_a_plan_without_checks_makes_no_client_and_no_call_of_their_services() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(2))

    assert world.run_until_end(execution_id) == "COMPLETED"

    assert {"cloudwatch", "ssm"}.isdisjoint(world.cloud.clients_asked)
    assert not [verb for verb in world.orchestration.calls if verb.startswith(("cloudwatch.", "ssm."))]


def test_a_command_that_fails_is_told_everywhere_with_what_it_printed() -> None:
    world = World(settings=QUICK)
    plan_id = checked_plan(world, 2, failurePolicy="STOP")
    execution_id = world.start(plan_id)
    world.run_until(lambda: bool(world.cloud.ssm.sent))
    bad = world.cloud.ssm.sent[0].instances[0]
    world.cloud.ssm.failing[bad] = "disk /data is not mounted"

    assert world.run_until_end(execution_id) == "PARTIAL"

    [server] = [each for each in world.servers(execution_id) if each["healthStatus"] == "UNHEALTHY"]
    assert server["recoveryInstanceId"] == bad
    assert server["healthReason"] == "AWS-RunShellScript: Failed: disk /data is not mounted"
    assert server["commands"][0]["state"] == "FAILED"
    assert "disk /data is not mounted" in world.execution(execution_id)["waves"][0]["statusReason"]
    assert "disk /data is not mounted" in world.mails("fail")[-1].message
    check_at_rest(world, execution_id)


@pytest.mark.requirement("SRS-E09")
def test_an_alarm_that_stays_fails_the_wave_and_its_mail_names_it() -> None:
    world = World(settings=QUICK)
    plan_id = checked_plan(world, 1, commands=0, failurePolicy="STOP")
    world.cloud.cloudwatch.put(TARGET, ALARM, "ALARM", "too many errors")
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id) == "PARTIAL"

    shown = world.execution(execution_id)["waves"][0]
    assert shown["status"] == "FAILED"
    assert shown["alarms"]["verdict"] == "FAILED"
    assert "alarm shop-5xx is ALARM: too many errors" in shown["statusReason"]
    assert "alarm shop-5xx is ALARM" in world.mails("fail")[-1].message
    check_at_rest(world, execution_id)


def test_an_alarm_is_looked_at_anew_by_a_retry() -> None:
    world = World(settings=QUICK)
    plan_id = checked_plan(world, 1)
    world.cloud.cloudwatch.put(TARGET, ALARM, "ALARM")
    execution_id = world.start(plan_id)
    mail = world.run_until_mail("pause")
    assert "alarm shop-5xx is ALARM" in mail.message
    assert (
        "To have the wave's alarms looked at again, paste this line. Its servers are left as they are:" in mail.message
    )
    calls = len(world.simulator_record.calls("StartRecovery"))

    world.cloud.cloudwatch.put(TARGET, ALARM)
    world.retry(execution_id, 0)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert set(commands_per_instance(world).values()) == {1}
    assert len(world.simulator_record.calls("StartRecovery")) == calls
    check_at_rest(world, execution_id)


@pytest.mark.parametrize("lost", ["answer", "call"])
def test_a_command_in_doubt_is_run_once(lost: str) -> None:
    world = World(settings=QUICK)
    execution_id = world.start(checked_plan(world, 2))
    if lost == "answer":
        world.cloud.ssm.lose_the_answer()
    else:
        world.cloud.ssm.lose_the_call()

    assert world.run_until_end(execution_id) == "COMPLETED"

    assert set(commands_per_instance(world).values()) == {1}
    check_at_rest(world, execution_id)


SAMPLE: Final = [
    *(Mishap("ssm.send", nth, trouble) for trouble in TROUBLES for nth in (1, 2)),
    *(Mishap("ssm.agents", 1, trouble) for trouble in TROUBLES[:2]),
    *(Mishap("ssm.invocations", 1, trouble) for trouble in TROUBLES[:2]),
    *(Mishap("cloudwatch.alarms", 1, trouble) for trouble in TROUBLES[:2]),
    *(Mishap("history.transact", nth, TROUBLES[nth % 4]) for nth in range(8, 26, 2)),
]


@pytest.mark.sweep
@pytest.mark.parametrize("mishap", SAMPLE, ids=str)
def test_every_command_is_run_once_and_the_end_is_the_same_when_the_function(mishap: Mishap) -> None:
    world = World(settings=QUICK)
    plan_id = checked_plan(world, 2, commands=2)
    mishap.arrange(world)
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id) == "COMPLETED"

    assert set(commands_per_instance(world).values()) == {2}
    check_at_rest(world, execution_id)


a_mishap = st.builds(
    Mishap,
    verb=st.sampled_from(
        (
            "ssm.send",
            "ssm.send",
            "ssm.agents",
            "ssm.sent_since",
            "ssm.invocations",
            "cloudwatch.alarms",
            "ec2.instance_health",
            "history.batch_get",
            "history.transact",
            "history.update",
        )
    ),
    nth=st.integers(1, 12),
    trouble=st.sampled_from(TROUBLES),
)


@settings(max_examples=20, deadline=None)
@given(several=st.lists(a_mishap, min_size=1, max_size=4), lost=st.sampled_from(("", "answer", "call")))
def test_every_command_is_run_once_when_several_things_go_wrong(several: list[Mishap], lost: str) -> None:
    world = World(seed=len(several), settings=QUICK, stale_indexes=True)
    plan_id = checked_plan(world, 2, commands=2)
    for mishap in several:
        mishap.arrange(world)
    if lost == "answer":
        world.cloud.ssm.lose_the_answer()
    elif lost == "call":
        world.cloud.ssm.lose_the_call()
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id) == "COMPLETED"

    assert set(commands_per_instance(world).values()) == {2}
    check_at_rest(world, execution_id)


def test_a_cancelled_execution_waits_for_no_check() -> None:
    world = World(settings=QUICK)
    world.cloud.ssm.seconds = 3_000
    execution_id = world.start(checked_plan(world, 1))
    world.run_until(lambda: bool(world.cloud.ssm.sent))

    world.cancel(execution_id)

    assert world.run_until_end(execution_id, limit=60) == "PARTIAL"
    check_at_rest(world, execution_id)


def test_what_is_not_there_prevents_the_start_and_names_account_and_wave() -> None:
    world = World(settings=QUICK)
    plan_id = world.plan_of(1, healthChecks=[{"alarmName": "nobody"}, {"documentName": "DRSCheck-Unwritten"}])

    with pytest.raises(Refused) as refused:
        world.start(plan_id)

    assert refused.value.code == "PREFLIGHT_FAILED"
    found = {one["code"]: one for one in refused.value.details["findings"]}
    assert set(found) == {"ALARM_NOT_FOUND", "COMMAND_NOT_RUNNABLE", "LAUNCH_RIGHTS"}
    assert found["ALARM_NOT_FOUND"]["accountId"] == DATABASE_ACCOUNT
    assert found["ALARM_NOT_FOUND"]["waveNumber"] == 0


def test_a_wave_over_two_accounts_checks_each_server_where_it_is_and_alarms_where_they_are_said_to_be() -> None:
    world = World(settings=QUICK)
    world.cloud.cloudwatch.put(TARGET, ALARM)
    groups = [
        world.create_group(account, world.add_servers(account, 1), account=account)
        for account in (DATABASE_ACCOUNT, WEB_ACCOUNT)
    ]
    there = {"alarmName": ALARM, "accountId": DATABASE_ACCOUNT}
    with pytest.raises(Refused) as refused:
        world.create_plan("unclear", wave(0, *groups, healthChecks=[{"alarmName": ALARM}]))
    plan_id = world.create_plan("clear", wave(0, *groups, healthChecks=[there, COMMAND]))
    execution_id = world.start(plan_id)

    assert world.run_until_end(execution_id) == "COMPLETED"

    assert [(one["field"], one["code"]) for one in refused.value.details["fields"]] == [
        ("waves[0].healthChecks[0]", "AMBIGUOUS_ALARM")
    ]
    assert {sent.target.account_id for sent in world.cloud.ssm.sent} == {DATABASE_ACCOUNT, WEB_ACCOUNT}
