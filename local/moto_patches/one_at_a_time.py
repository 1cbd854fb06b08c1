"""Gives moto's DynamoDB and StartExecution the atomicity that AWS promises."""

import importlib
import threading
from typing import Any

from local.moto_patches.patches import Patches


def install(patches: Patches) -> None:
    """moto checks a condition and writes in two steps that other threads can come between; AWS does it in one.

    With several function processes at once two writers could otherwise both win a condition, and two starts both open
    an execution of one name. Each DynamoDB request, and each StartExecution, runs alone.
    """
    if not patches.begin(__name__):
        return
    handler = importlib.import_module("moto.dynamodb.responses").DynamoHandler
    response = importlib.import_module("moto.stepfunctions.responses").StepFunctionResponse
    tables, starts = threading.RLock(), threading.RLock()

    def call_action(self: Any) -> Any:
        with tables:
            return real_call_action(self)

    def start_execution(self: Any) -> Any:
        with starts:
            return real_start_execution(self)

    real_call_action = patches.replace(handler, "call_action", call_action)
    real_start_execution = patches.replace(response, "start_execution", start_execution)
