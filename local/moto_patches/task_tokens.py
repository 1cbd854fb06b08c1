"""Makes a task token good for one answer, while its task waits."""

import importlib
import json
import threading
from collections.abc import Callable
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import EmptyResult

from local.moto_patches.patches import Patches


def install(patches: Patches) -> None:
    """moto accepts a used or expired token silently, calls it invalid later, and drops the cause of a failure.

    AWS: the first answer counts, every later one and any after the time-out is TaskTimedOut, a token that never was is
    InvalidToken, an output that is no JSON is InvalidOutput; error and cause reach the Catch.
    """
    if not patches.begin(__name__):
        return
    callback = importlib.import_module("moto.stepfunctions.parser.asl.eval.callback.callback")
    response = importlib.import_module("moto.stepfunctions.responses").StepFunctionResponse
    lock = threading.Lock()

    def answer(self: Any, outcome: Callable[[str], Any]) -> EmptyResult:
        token = self._get_param("taskToken")
        with lock:
            _open_endpoint(self.stepfunction_backend, token).notify(outcome(token))
        return EmptyResult()

    def send_task_success(self: Any) -> EmptyResult:
        output = self._get_param("output")
        try:
            json.loads(output)
        except (TypeError, ValueError) as error:
            raise AWSError(f"Invalid Output: '{error}'", "InvalidOutput", 400) from error
        return answer(self, lambda token: callback.CallbackOutcomeSuccess(callback_id=token, output=output))

    def send_task_failure(self: Any) -> EmptyResult:
        error, cause = self._get_param("error"), self._get_param("cause")
        return answer(self, lambda token: callback.CallbackOutcomeFailure(callback_id=token, error=error, cause=cause))

    def send_task_heartbeat(self: Any) -> EmptyResult:
        _open_endpoint(self.stepfunction_backend, self._get_param("taskToken")).notify_heartbeat()
        return EmptyResult()

    patches.replace(response, "send_task_success", send_task_success)
    patches.replace(response, "send_task_failure", send_task_failure)
    patches.replace(response, "send_task_heartbeat", send_task_heartbeat)


def _open_endpoint(backend: Any, token: str) -> Any:
    for execution, endpoint in _endpoints(backend, token):
        if execution.status != "RUNNING" or endpoint._notify_event.is_set():
            raise AWSError("Task Timed Out: 'Provided task does not exist anymore'", "TaskTimedOut", 400)
        return endpoint
    raise AWSError("Invalid Token: 'Invalid token'", "InvalidToken", 400)


def _endpoints(backend: Any, token: str) -> list[tuple[Any, Any]]:
    found = []
    for machine in list(backend.state_machines):
        for execution in list(machine.executions):
            environment = execution.exec_worker.env if execution.exec_worker is not None else None
            endpoint = environment.callback_pool_manager.get(token) if environment is not None else None
            if endpoint is not None:
                found.append((execution, endpoint))
    return found
