"""Commands as health checks: sent once to every instance that EC2 finds well, and all must succeed."""

from __future__ import annotations

from typing import Any

from shared.engine.effects import SendCommands
from shared.engine.texts import LONGEST_REASON, SERVER_REASON
from shared.models.drs import LaunchSettings
from shared.models.execution import ExecutionStatus
from shared.models.health_checks import CommandCheck, CommandState, HealthChecks
from shared.models.launch_config import LaunchDisposition
from shared.models.request import RequestKind
from shared.models.server_record import HealthStatus, LaunchStatus
from shared.models.wave_record import WaveStatus
from tests.support.planned_wave import PlannedWave
from tests.support.stage import TARGET, Stage, server_key, stage
from tests.support.stage_stories import ONE, TWO, at_gate, finish_running, heal, launched, open_gate, wave_of

SHELL = CommandCheck(document_name="AWS-RunShellScript", parameters={"commands": ("systemctl is-active shop",)})
OWN = CommandCheck(document_name="CheckShop", timeout_seconds=60)


def checked(*commands: CommandCheck) -> HealthChecks:
    return HealthChecks(commands=commands or (SHELL,))


def well(*servers: int, checks: HealthChecks | None = None, **more: Any) -> Stage:
    """The wave is launched, and EC2 finds every instance well."""
    made, job = launched(wave_of(*servers, checks=checks or checked(), **more))
    made.finish_job(job)
    made.step(1)
    return made


def coming_up(**more: Any) -> tuple[Stage, str]:
    """The instance is launched, and EC2 has not finished its checks."""
    made, job = launched(wave_of(1, checks=checked(), **more))
    made.finish_job(job, without_instance=[ONE])
    instance = made.add_instance(ONE, job, checks="initializing")
    made.settle()
    made.step(121)
    return made, instance


def health(made: Stage, key: object = ONE) -> tuple[HealthStatus, str]:
    server = made.server(key)  # type: ignore[arg-type]
    return server.health, server.health_reason


def test_nothing_is_asked_of_ssm_for_a_wave_without_commands() -> None:
    made, job = launched(wave_of(1))
    made.finish_job(job)
    made.settle()
    made.step(121)

    assert made.wave(0) is WaveStatus.COMPLETED
    assert not any(asked.agents or asked.invocations or asked.sent or asked.alarms for asked in made.asked)
    assert made.server(ONE).commands == ()


def test_an_instance_is_healthy_once_ec2_and_all_its_commands_say_so() -> None:
    made = well(1, checks=checked(SHELL, OWN))
    assert [document for document, _ in made.run_command.calls] == ["AWS-RunShellScript", "CheckShop"]
    made.step(3)
    assert health(made)[0] is HealthStatus.UNKNOWN

    made.run_command.end()
    made.step(3)

    assert health(made) == (HealthStatus.HEALTHY, "both EC2 status checks passed; its 2 commands succeeded")
    assert made.wave(0) is WaveStatus.COMPLETED
    assert len(made.run_command.calls) == 2


def test_no_command_is_sent_before_ec2_finds_the_instance_well() -> None:
    made, instance = coming_up()
    assert made.run_command.calls == []

    heal(made, instance)
    made.step(30)

    assert made.run_command.calls == [("AWS-RunShellScript", (instance,))]


def test_a_command_that_fails_makes_its_server_unhealthy_in_its_own_words_and_no_other() -> None:
    made = well(1, 2)
    [(_, (first, second))] = made.run_command.calls

    made.run_command.end(instance=first)
    made.run_command.end("Failed", "Failed", instance=second, output="noise\n" * 50 + "disk /data is not mounted")
    made.step(3)

    assert health(made, ONE)[0] is HealthStatus.HEALTHY
    verdict, reason = health(made, TWO)
    assert verdict is HealthStatus.UNHEALTHY
    assert reason.startswith("AWS-RunShellScript: Failed: …")
    assert reason.endswith("disk /data is not mounted")
    assert made.wave(0) is WaveStatus.FAILED
    assert "AWS-RunShellScript: Failed" in made.waves[0].record.status_reason


def test_fifty_instances_share_a_call() -> None:
    made = stage(wave_of(*range(1, 121), checks=checked()))
    made.settle()
    finish_running(made)

    assert [len(instances) for _, instances in made.run_command.calls] == [50, 50, 20]
    assert len({name for _, instances in made.run_command.calls for name in instances}) == 120


def test_an_agent_that_has_not_registered_is_waited_for_and_the_wave_says_so() -> None:
    made, job = launched(wave_of(1, checks=checked()))
    made.finish_job(job, without_instance=[ONE])
    instance = made.add_instance(ONE, job)
    made.run_command.agents[instance] = None
    made.step(1)
    assert made.run_command.calls == []
    assert "SSM agents of its instances are not online" in made.waves[0].record.present_reason

    made.run_command.agents.clear()
    made.step(300)

    assert len(made.run_command.calls) == 1
    made.run_command.end()
    made.step(3)
    assert made.wave(0) is WaveStatus.COMPLETED


def test_an_agent_that_never_registers_makes_its_server_unhealthy_after_the_patience() -> None:
    made, job = launched(wave_of(1, checks=checked()))
    made.finish_job(job, without_instance=[ONE])
    made.run_command.agents[made.add_instance(ONE, job)] = None
    made.step(1)
    made.step(899)
    assert health(made)[0] is HealthStatus.UNKNOWN

    made.step(1)

    assert health(made) == (HealthStatus.UNHEALTHY, "its SSM agent has not registered")
    assert made.run_command.calls == []


def test_a_refused_call_is_made_again_while_there_is_patience_but_not_at_once() -> None:
    made = well_refused()
    made.step(3)
    assert len(made.run_command.calls) == 1
    assert "ThrottlingException" in made.waves[0].record.present_reason

    made.run_command.answer = "sent"
    made.step(30)

    assert len(made.run_command.calls) == 2
    made.run_command.end()
    made.step(3)
    assert made.wave(0) is WaveStatus.COMPLETED


def well_refused(*servers: int, refusal: str = "ThrottlingException: slow down") -> Stage:
    """EC2 finds the instances well, and SSM refuses the commands."""
    made, job = launched(wave_of(*(servers or (1,)), checks=checked()))
    made.run_command.answer, made.run_command.refusal = "refused", refusal
    made.finish_job(job)
    made.step(1)
    return made


def test_what_ssm_refuses_for_good_is_unhealthy_with_its_reason() -> None:
    made = well_refused()
    for _ in range(30):
        made.step(30)

    verdict, reason = health(made)

    assert verdict is HealthStatus.UNHEALTHY
    assert reason == "its commands are not sent: ThrottlingException: slow down"


def test_one_instance_that_ssm_does_not_know_keeps_no_other_from_its_commands() -> None:
    made = well_refused(1, 2, refusal="InvalidInstanceId: one of them")
    assert [len(instances) for _, instances in made.run_command.calls] == [2]

    made.run_command.answer = "sent"
    made.step(31)

    assert [len(instances) for _, instances in made.run_command.calls] == [2, 1, 1]


def test_a_command_in_doubt_is_adopted_by_its_comment_and_never_sent_again() -> None:
    made, job = launched(wave_of(1, checks=checked()))
    made.run_command.answer = "doubt, sent"
    made.finish_job(job)
    made.step(1)
    made.run_command.end()

    decision = made.step(5)

    assert len(made.run_command.calls) == 1
    assert made.server(ONE).commands[0].state is CommandState.SUCCEEDED
    assert not any(isinstance(effect, SendCommands) for effect in decision.effects)
    assert made.wave(0) is WaveStatus.COMPLETED


def test_a_command_that_surely_was_not_sent_is_sent_again_and_not_before_that_is_sure() -> None:
    made, job = launched(wave_of(1, checks=checked()))
    made.run_command.answer = "doubt, not sent"
    made.finish_job(job)
    made.step(1)
    made.run_command.answer = "sent"
    made.step(175)
    assert len(made.run_command.calls) == 1

    made.step(5)
    made.step(5)

    assert len(made.run_command.calls) == 2
    assert made.server(ONE).commands[0].state is CommandState.SENT


def test_a_command_that_does_not_end_in_its_time_has_failed() -> None:
    made = well(1, checks=checked(OWN))
    made.step(59)
    assert health(made)[0] is HealthStatus.UNKNOWN

    made.step(1)

    assert health(made) == (
        HealthStatus.UNHEALTHY,
        "CheckShop: it has not ended within 60 seconds (InProgress)",
    )


def test_an_instance_of_which_ec2_loses_sight_while_its_commands_run_is_given_new_patience() -> None:
    made, instance = coming_up()
    made.step(700)
    heal(made, instance)
    made.step(30)
    seen = made.health.pop(instance)
    made.step(100)
    assert health(made)[0] is HealthStatus.UNKNOWN

    made.health[instance] = seen
    made.run_command.end()
    made.step(30)

    assert health(made)[0] is HealthStatus.HEALTHY


def test_an_instance_that_is_terminated_while_its_commands_run_is_unhealthy_at_once() -> None:
    made = well(1)
    [(_, (instance,))] = made.run_command.calls
    made.health[instance] = made.health[instance].model_copy(update={"state": "terminated"})
    made.step(3)

    assert health(made) == (HealthStatus.UNHEALTHY, "the instance is terminated")


def test_a_success_that_is_seen_late_counts() -> None:
    made = well(1, checks=checked(OWN))
    made.unreachable[TARGET] = "no route"
    made.step(120)
    assert health(made)[0] is HealthStatus.UNKNOWN

    made.unreachable.clear()
    made.run_command.end()
    made.step(30)

    assert health(made)[0] is HealthStatus.HEALTHY


def test_an_ssm_that_does_not_answer_is_no_verdict_until_the_deadline() -> None:
    made = well(1, deadline_minutes=30)
    made.unreachable[TARGET] = "no route"
    made.step(1000)
    assert made.wave(0) is WaveStatus.VALIDATING

    made.step(900)

    assert made.wave(0) is WaveStatus.TIMEOUT


def test_an_instance_that_is_left_stopped_cannot_run_commands_and_says_so() -> None:
    made, job = launched(wave_of(1, checks=checked()))
    made.settings[ONE] = LaunchSettings(source_server_id=ONE.source_server_id, disposition=LaunchDisposition.STOPPED)
    made.finish_job(job, without_instance=[ONE])
    made.add_instance(ONE, job, state="stopped")
    made.settle()
    made.step(121)

    assert health(made) == (
        HealthStatus.UNHEALTHY,
        "stopped, as its launch settings say: it cannot run the commands of its wave",
    )
    assert made.run_command.calls == []


def test_a_retry_runs_the_commands_of_what_is_not_well_anew() -> None:
    made = well(1, 2)
    [(_, (first, second))] = made.run_command.calls
    made.run_command.end(instance=first)
    made.run_command.end("Failed", instance=second)
    made.settle()
    assert made.wave(0) is WaveStatus.FAILED

    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.step(121)
    made.run_command.end(instance=second)
    made.settle()

    assert [instances for _, instances in made.run_command.calls] == [(first, second), (second,)]
    assert made.wave(0) is WaveStatus.COMPLETED


def test_a_relaunch_replaces_an_instance_whose_commands_fail_again_although_ec2_finds_it_well() -> None:
    made = well(1)
    made.run_command.end("Failed")
    made.settle()
    assert made.wave(0) is WaveStatus.FAILED

    at_gate(made, RequestKind.RETRY, open_gate(made), relaunch=True)
    made.step(121)
    made.run_command.end("Failed")
    made.step(3)
    made.settle()

    assert made.server(ONE).attempt == 2
    assert made.server(ONE).launch is LaunchStatus.LAUNCHING
    assert made.server(ONE).commands == ()
    finish_running(made)
    assert len(made.run_command.calls) == 3
    made.run_command.end()
    made.step(3)
    assert made.wave(0) is WaveStatus.COMPLETED


def test_a_cancelled_execution_sends_no_command_and_does_not_wait_for_those_that_run() -> None:
    made, instance = coming_up()
    made.ask(RequestKind.CANCEL)
    heal(made, instance)
    made.step(1)

    assert made.run_command.calls == []
    assert made.status() is ExecutionStatus.PARTIAL

    running = well(1)
    running.ask(RequestKind.CANCEL)
    running.step(1)

    assert running.status() is ExecutionStatus.PARTIAL
    assert running.wave(0) is WaveStatus.CANCELLED


def test_a_wave_past_its_deadline_sends_nothing_more() -> None:
    made, instance = coming_up(deadline_minutes=5)
    heal(made, instance)
    made.step(200)

    assert made.wave(0) is WaveStatus.TIMEOUT
    assert made.run_command.calls == []


def test_commands_go_to_the_account_and_region_of_each_server() -> None:
    other = TARGET.model_copy(update={"account_id": "444455556666"})
    made = stage(PlannedWave((ONE, server_key(2, other)), checks=checked()))
    made.settle()
    finish_running(made)

    sent = [effect for effect in made.effects if isinstance(effect, SendCommands)]
    assert {effect.target for effect in sent} == {TARGET, other}
    assert len({effect.marker for effect in sent}) == 2


def test_a_deadline_names_the_commands_that_have_not_ended_also_after_a_retry() -> None:
    slow = SHELL.model_copy(update={"timeout_seconds": 3600})
    made = well(1, 2, checks=checked(slow, OWN.model_copy(update={"timeout_seconds": 3600})), deadline_minutes=10)
    words = "no end is known of commands AWS-RunShellScript, CheckShop"

    made.step(600)

    assert made.wave(0) is WaveStatus.TIMEOUT
    assert health(made) == (HealthStatus.UNKNOWN, words)
    reason = f"its time of 10 minutes is over: of 2 servers 2 not checked to the end: {words}"
    assert made.waves[0].record.status_reason == reason

    at_gate(made, RequestKind.RETRY, open_gate(made))
    made.step(1)
    assert health(made) == (HealthStatus.UNKNOWN, "it is checked again")
    made.settle()
    made.step(600)

    assert made.wave(0) is WaveStatus.TIMEOUT
    assert health(made) == (HealthStatus.UNKNOWN, words)
    assert made.waves[0].record.status_reason == reason


def test_a_deadline_names_the_status_checks_that_have_not_passed() -> None:
    made, _ = coming_up(deadline_minutes=5)

    made.step(300)

    words = "the instance is running, system check initializing, instance check initializing"
    assert made.wave(0) is WaveStatus.TIMEOUT
    assert health(made) == (HealthStatus.UNKNOWN, words)
    assert made.waves[0].record.status_reason.endswith(f"1 not checked to the end: {words}")


def test_a_deadline_says_once_what_could_not_be_read() -> None:
    made = well(1, 2, deadline_minutes=10)
    made.unreachable[TARGET] = "the role is gone"
    made.step(30)

    made.step(600)

    assert health(made) == (HealthStatus.UNKNOWN, "the role is gone")
    assert made.waves[0].record.status_reason.endswith("of 2 servers 2 not checked to the end (the role is gone)")


def test_a_deadline_tells_of_long_names_within_the_room_that_there_is() -> None:
    commands = [CommandCheck(document_name=str(number) * 128, timeout_seconds=3600) for number in range(3)]
    made = well(1, checks=checked(*commands), deadline_minutes=10)

    made.step(600)

    assert len(health(made)[1]) <= SERVER_REASON
    assert len(made.waves[0].record.status_reason) <= LONGEST_REASON
    assert "2222" in health(made)[1]
