"""The interpreter of simulations does what Step Functions documents."""

from __future__ import annotations

import random
from typing import Any

import pytest

from shared.aws.ports import RunExistsError, RunStatus
from tests.support.asl.functions import LOST_AFTER, LOST_BEFORE, TIMED_OUT, TWICE, Crash, Delivery
from tests.support.asl.stage import FUNCTION, START, Stage

DAY = 86_400


def task(**more: Any) -> dict[str, Any]:
    parameters = {"FunctionName": FUNCTION, "Payload": {"value.$": "$.value"}}
    return {"Type": "Task", "Resource": "${InvokeFunction}", "Parameters": parameters, "End": True, **more}


def gate(**more: Any) -> dict[str, Any]:
    payload = {"token.$": "$$.Task.Token", "retry.$": "$$.State.RetryCount", "entered.$": "$$.State.EnteredTime"}
    parameters = {"FunctionName": FUNCTION, "Payload": payload}
    return {**task(**more), "Resource": "${InvokeFunctionAndWait}", "Parameters": parameters}


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


class Answers:
    """A function that answers, or raises, what it was given, and remembers its payloads."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.payloads: list[Any] = []

    def __call__(self, payload: Any) -> Any:
        self.payloads.append(payload)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, BaseException):
            raise answer
        return answer


def test_a_task_puts_what_it_selects_where_its_path_says() -> None:
    document = machine(Ask=task(ResultSelector={"word.$": "$.Payload.word", "fixed": 1}, ResultPath="$.answer.inner"))
    run = Stage(document, Answers({"word": "WAIT", "else": 2})).run({"value": 7})

    assert run.status is RunStatus.SUCCEEDED
    assert run.output == {"value": 7, "answer": {"inner": {"word": "WAIT", "fixed": 1}}}


def test_an_answer_without_a_selected_field_ends_the_run_although_everything_is_caught() -> None:
    everything = [{"ErrorEquals": ["States.ALL"], "Next": "Ended"}]
    document = machine(
        Ask=task(ResultSelector={"word.$": "$.Payload.word"}, Catch=everything), Ended={"Type": "Succeed"}
    )
    run = Stage(document, Answers({})).run({"value": 7})

    assert (run.status, run.error) == (RunStatus.FAILED, "States.Runtime")


def test_the_class_of_an_exception_is_the_name_of_the_error() -> None:
    catch = [{"ErrorEquals": ["ValueError"], "ResultPath": "$.error", "Next": "Ended"}]
    run = Stage(machine(Ask=task(Catch=catch), Ended={"Type": "Succeed"}), Answers(ValueError("no"))).run({"value": 7})

    assert run.states == ["Ask", "Ended"]
    assert run.output["error"]["Error"] == "ValueError"
    assert '"errorMessage": "no"' in run.output["error"]["Cause"]


def test_retries_back_off_count_in_the_context_and_give_up() -> None:
    retry = [
        {
            "ErrorEquals": ["Lambda.Unknown"],
            "IntervalSeconds": 2,
            "BackoffRate": 3,
            "MaxAttempts": 3,
            "MaxDelaySeconds": 10,
        }
    ]
    payload = {"retry.$": "$$.State.RetryCount", "entered.$": "$$.State.EnteredTime"}
    parameters = {"FunctionName": FUNCTION, "Payload": payload}
    answers = Answers(*(Crash() for _ in range(4)))
    stage = Stage(machine(Ask=task(Retry=retry, Parameters=parameters)), answers)
    run = stage.run({})

    assert [told["retry"] for told in answers.payloads] == [0, 1, 2, 3]
    assert {told["entered"] for told in answers.payloads} == {"2026-01-29T02:47:18.000Z"}
    assert (stage.clock.now() - START).total_seconds() == 2 + 6 + 10
    assert (run.status, run.error, run.transitions) == (RunStatus.FAILED, "Lambda.Unknown", 4)


def test_a_token_ends_its_wait_once() -> None:
    answers = Answers()
    stage = Stage(machine(Wait=gate(ResultPath=None)), answers)
    run = stage.begin({"value": 1})
    token = answers.payloads[0]["token"]

    assert stage.interpreter.succeed(token, {"anything": True})
    assert not stage.interpreter.succeed(token, {})
    assert not stage.interpreter.fail("no such token", "Error", "")
    stage.agenda.run_until_idle()

    assert run.output == {"value": 1}
    assert not stage.interpreter.fail(token, "UserCancelled", "")


def test_a_failed_token_is_caught_by_its_error() -> None:
    catch = [{"ErrorEquals": ["UserCancelled"], "ResultPath": "$.why", "Next": "Ended"}]
    answers = Answers()
    stage = Stage(machine(Wait=gate(Catch=catch), Ended={"Type": "Succeed"}), answers)
    run = stage.begin({})
    assert stage.interpreter.fail(answers.payloads[0]["token"], "UserCancelled", "not today")
    stage.agenda.run_until_idle()

    assert run.output == {"why": {"Error": "UserCancelled", "Cause": "not today"}}


def test_a_function_may_answer_its_own_token_and_fail_afterwards() -> None:
    def answers_itself(payload: Any) -> None:
        assert stage.interpreter.succeed(payload["token"], {"self": True})
        raise ValueError("too late to matter")

    stage = Stage(machine(Wait=gate()), answers_itself)

    assert stage.run({}).output == {"self": True}


def test_every_retry_of_a_wait_has_a_token_of_its_own() -> None:
    retry = [{"ErrorEquals": ["Lambda.Unknown"], "IntervalSeconds": 2}]
    answers = Answers(Crash())
    stage = Stage(machine(Wait=gate(Retry=retry)), answers)
    run = stage.begin({})
    stage.agenda.advance(2)
    first, second = (told["token"] for told in answers.payloads)

    assert not stage.interpreter.succeed(first, {})
    assert stage.interpreter.succeed(second, {})
    stage.agenda.settle()
    assert run.status is RunStatus.SUCCEEDED


def test_a_wait_times_out_after_the_seconds_that_its_path_names() -> None:
    catch = [{"ErrorEquals": ["States.Timeout"], "ResultPath": None, "Next": "Ended"}]
    stage = Stage(machine(Wait=gate(TimeoutSecondsPath="$.seconds", Catch=catch), Ended={"Type": "Succeed"}), Answers())
    run = stage.run({"seconds": 364 * DAY})

    assert run.states == ["Wait", "Ended"]
    assert (stage.clock.now() - START).days == 364


@pytest.mark.parametrize("seconds", [0, -1, 1.5, "5", True, None, 100_000_000])
def test_a_time_out_that_is_no_number_of_seconds_ends_the_run(seconds: Any) -> None:
    run = Stage(machine(Wait=gate(TimeoutSecondsPath="$.seconds")), Answers()).run({"seconds": seconds})

    assert (run.status, run.error) == (RunStatus.FAILED, "States.Runtime")


def test_a_run_that_waits_longer_than_a_year_times_out() -> None:
    stage = Stage(machine(Wait=gate()), Answers())
    run = stage.begin({})
    stage.agenda.advance(366 * DAY)

    assert run.status is RunStatus.TIMED_OUT


def test_update_item_is_called_with_the_evaluated_parameters_and_waits_for_the_token() -> None:
    stage = Stage(machine(Wait=update_item()), Answers())
    run = stage.begin({"id": "e-1", "step": 12})

    assert stage.updates.calls[0]["Key"] == {"executionId": {"S": "e-1"}, "planId": {"S": "e-1#INBOX"}}
    assert stage.updates.calls[0]["ExpressionAttributeValues"][":step"] == {"N": "12"}
    assert stage.interpreter.succeed(stage.updates.token, {})
    stage.agenda.settle()
    assert run.status is RunStatus.SUCCEEDED


def test_a_refused_update_fails_at_once_and_its_token_is_worth_nothing() -> None:
    stage = Stage(machine(Wait=update_item()), Answers())
    stage.updates.refusals.append("DynamoDb.ConditionalCheckFailedException")
    run = stage.begin({"id": "e-1", "step": 12})

    assert (run.status, run.error) == (RunStatus.FAILED, "DynamoDb.ConditionalCheckFailedException")
    assert not stage.interpreter.succeed(stage.updates.token, {})


def update_item() -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "${UpdateItemAndWait}",
        "Parameters": {
            "TableName": "table",
            "Key": {"executionId": {"S.$": "$.id"}, "planId": {"S.$": "States.Format('{}#INBOX', $.id)"}},
            "UpdateExpression": "SET #token = :token, waitStep = :step",
            "ConditionExpression": "waitStep < :step",
            "ExpressionAttributeNames": {"#token": "token"},
            "ExpressionAttributeValues": {
                ":token": {"S.$": "$$.Task.Token"},
                ":step": {"N.$": "States.Format('{}', $.step)"},
            },
        },
        "ResultPath": None,
        "End": True,
    }


def test_a_name_is_taken_until_ninety_days_after_the_end() -> None:
    stage = Stage(machine(Ended={"Type": "Succeed"}), Answers())
    stage.run({"value": 1})

    with pytest.raises(RunExistsError):
        stage.interpreter.start_run("run", {"value": 1})
    stage.agenda.advance(90 * DAY - 1)
    assert stage.interpreter.run_status("run") is RunStatus.SUCCEEDED
    stage.agenda.advance(1)
    assert stage.interpreter.run_status("run") is None
    stage.interpreter.start_run("run", {"value": 1})
    assert stage.interpreter.run_status("run") is RunStatus.RUNNING


def test_starting_a_running_run_again_is_success_with_the_same_input_only() -> None:
    stage = Stage(machine(Wait=gate()), Answers())
    stage.begin({"value": 1})

    stage.interpreter.start_run("run", {"value": 1})
    assert len(stage.interpreter.runs) == 1
    with pytest.raises(RunExistsError):
        stage.interpreter.start_run("run", {"value": 2})


def test_a_stopped_run_catches_nothing_and_its_token_is_worth_nothing() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Ended"}]
    answers = Answers()
    stage = Stage(machine(Wait=gate(Catch=catch), Ended={"Type": "Succeed"}), answers)
    run = stage.begin({})
    stage.interpreter.stop_run("run")
    stage.agenda.run_until_idle()

    assert (run.status, run.states) == (RunStatus.ABORTED, ["Wait"])
    assert not stage.interpreter.succeed(answers.payloads[0]["token"], {})


def test_history_transitions_and_sizes_are_counted() -> None:
    wait = {"Type": "Wait", "Seconds": 5, "Next": "Ask"}
    run = Stage(machine(Wait=wait, Ask=task(ResultPath=None)), Answers({})).run({"value": "x" * 100})

    assert [event.type for event in run.history] == [
        "ExecutionStarted",
        "WaitStateEntered",
        "WaitStateExited",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert run.transitions == 2
    assert run.largest_inputs == {"Wait": 112, "Ask": 112}


def test_a_loop_ends_with_the_history() -> None:
    run = Stage(machine(Again={"Type": "Pass", "Next": "Again"}), Answers()).run({})

    assert (run.status, run.error) == (RunStatus.FAILED, "States.Runtime")
    assert len(run.history) == pytest.approx(25_000, abs=2)


@pytest.mark.parametrize(
    ("delivery", "times", "status"),
    [
        (LOST_BEFORE, 0, RunStatus.FAILED),
        (LOST_AFTER, 1, RunStatus.FAILED),
        (TWICE, 2, RunStatus.SUCCEEDED),
        (Delivery(runs=(0, 30)), 2, RunStatus.SUCCEEDED),
        (Delivery(runs=(40,), error=TIMED_OUT, error_after=20), 1, RunStatus.FAILED),
    ],
)
def test_a_delivery_fault_decides_how_often_the_function_runs_and_what_is_reported(
    delivery: Delivery, times: int, status: RunStatus
) -> None:
    answers = Answers({}, {})
    stage = Stage(machine(Ask=task()), answers)
    stage.functions.fault = lambda _invocation: delivery
    run = stage.run({"value": 1})

    assert (len(answers.payloads), run.status) == (times, status)


def test_an_asynchronous_invocation_is_tried_three_times_and_then_a_dead_letter() -> None:
    answers = Answers(ValueError(), ValueError(), ValueError())
    stage = Stage(machine(Ended={"Type": "Succeed"}), answers)
    stage.functions.invoke_later(FUNCTION, {"mail": 1})
    stage.agenda.run_until_idle()

    assert len(answers.payloads) == 3
    assert (stage.clock.now() - START).total_seconds() == 180
    assert [letter.payload for letter in stage.functions.dead_letters] == [{"mail": 1}]


def test_a_seed_decides_the_order_of_runs_and_repeats_it() -> None:
    def order(seed: int) -> list[str]:
        answers = Answers()
        stage = Stage(machine(One=task(Next="Two", End=False), Two=task()), answers, random.Random(seed))
        for name in "abc":
            stage.interpreter.start_run(name, {"value": name})
        stage.agenda.run_until_idle()
        return [told["value"] for told in answers.payloads[:3]]

    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(20)}) > 3
