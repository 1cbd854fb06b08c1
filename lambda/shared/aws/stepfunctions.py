"""Step Functions: runs of the one state machine, and the waits within them."""

import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.calls import code_of
from shared.aws.ports import RunExistsError, RunStatus
from shared.errors import ExecutionError
from shared.patience import answer_of, somebody_waits, why_unanswered

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

Result = TypeVar("Result")

_ALREADY_AWAKE = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


class StepFunctionsGateway:
    """The state machine; raises ExecutionError when Step Functions refuses or cannot be reached.

    With `seconds` somebody waits, so long at most for each call and whatever else took its time. Every call may have
    been carried out although it had no answer: all of them may be repeated.
    """

    def __init__(self, client: "SFNClient", state_machine_arn: str, *, seconds: float | None = None) -> None:
        self._client = client
        self._state_machine_arn = state_machine_arn
        self._seconds = seconds

    def start_run(self, name: str, run_input: Mapping[str, Any]) -> None:
        """Start a run; RunExistsError if the name is taken, now or within the last 90 days.

        Step Functions answers success when a running run has the same name and input, so the SDK's retries are safe.
        """
        try:
            self._asked(
                self._client.start_execution,
                stateMachineArn=self._state_machine_arn,
                name=name,
                input=json.dumps(run_input, separators=(",", ":")),
            )
        except ClientError as error:
            if code_of(error) == "ExecutionAlreadyExists":
                raise RunExistsError(name) from error
            raise _refused("StartExecution", error) from error
        except BotoCoreError as error:
            raise _refused("StartExecution", error) from error

    def run_status(self, name: str) -> RunStatus | None:
        """The status of a run; None if there is none of that name."""
        try:
            answer = self._asked(self._client.describe_execution, executionArn=self._run_arn(name))
        except ClientError as error:
            if code_of(error) == "ExecutionDoesNotExist":
                return None
            raise _refused("DescribeExecution", error) from error
        except BotoCoreError as error:
            raise _refused("DescribeExecution", error) from error
        return RunStatus(answer["status"])

    def succeed(self, token: str, output: Mapping[str, Any]) -> bool:
        """End the wait that has this token; False if it had ended already."""
        try:
            self._asked(
                self._client.send_task_success, taskToken=token, output=json.dumps(output, separators=(",", ":"))
            )
        except ClientError as error:
            return _unless_awake("SendTaskSuccess", error)
        except BotoCoreError as error:
            raise _refused("SendTaskSuccess", error) from error
        return True

    def fail(self, token: str, error: str, cause: str) -> bool:
        """Fail the wait that has this token; False if it had ended already."""
        try:
            self._asked(self._client.send_task_failure, taskToken=token, error=error, cause=cause)
        except ClientError as refusal:
            return _unless_awake("SendTaskFailure", refusal)
        except BotoCoreError as failure:
            raise _refused("SendTaskFailure", failure) from failure
        return True

    def _asked(self, call: Callable[..., Result], **request: Any) -> Result:
        with nullcontext() if self._seconds is None else somebody_waits(self._seconds, anew=True):
            return answer_of(lambda: call(**request))

    def _run_arn(self, name: str) -> str:
        return f"{self._state_machine_arn.replace(':stateMachine:', ':execution:', 1)}:{name}"


def _unless_awake(operation: str, error: ClientError) -> bool:
    if code_of(error) in _ALREADY_AWAKE:
        return False
    raise _refused(operation, error) from error


def _refused(operation: str, error: BotoCoreError | ClientError) -> ExecutionError:
    words = f"Step Functions did not carry out {operation}"
    if isinstance(error, BotoCoreError):
        return ExecutionError(f"{words} ({why_unanswered(error)})", operation=operation)
    code = code_of(error)
    return ExecutionError(f"{words} ({code})", operation=operation, awsCode=code)
