"""Lets StopExecution end a run at once, and keeps its reason."""

import importlib
from typing import Any

from moto.core.responses import ActionResult

from local.clock import LocalClock
from local.moto_patches.patches import Patches


def install(patches: Patches, clock: LocalClock) -> None:
    """moto leaves a stopped run that waits for a token RUNNING and forgets error and cause; AWS aborts it at once.

    No Catch runs, the status is ABORTED when the call returns, and DescribeExecution echoes error and cause.
    """
    if not patches.begin(__name__):
        return
    environment = importlib.import_module("moto.stepfunctions.parser.asl.eval.environment").Environment
    stopped = importlib.import_module("moto.stepfunctions.parser.asl.eval.program_state").ProgramStopped
    aborted = importlib.import_module("moto.stepfunctions.parser.api").ExecutionStatus.ABORTED
    response = importlib.import_module("moto.stepfunctions.responses").StepFunctionResponse

    def set_error(self: Any, error: Any) -> None:
        if not isinstance(self._program_state, stopped):
            real_set_error(self, error)

    def stop_execution(self: Any) -> ActionResult:
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        if execution.status == "RUNNING":
            error, cause = self._get_param("error"), self._get_param("cause")
            execution.error, execution.cause = error, cause
            execution.stop(stop_date=clock.now(), error=error, cause=cause)
            execution.exec_status, execution.stop_date = aborted, clock.now()
            end_token_waits(execution)
        return ActionResult({"stopDate": execution.stop_date})

    real_set_error = patches.replace(environment, "set_error", set_error)
    patches.replace(response, "stop_execution", stop_execution)


def end_token_waits(execution: Any) -> None:
    """Wakes whatever waits for a token in this execution of moto's."""
    worker = execution.exec_worker
    if worker is not None and worker.env is not None:
        for endpoint in list(worker.env.callback_pool_manager._pool.values()):
            endpoint.interrupt_all()
