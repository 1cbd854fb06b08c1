"""Joins moto's Lambda to the processes: what a function of moto's is, and where its dead events go."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException

from local.async_invocations import AsyncInvocations, AsyncSettings, DeadEvent
from local.clock import LocalClock
from local.functions import MOST_BYTES, MOST_EVENT_BYTES, Functions, FunctionSpec, Outcome, PayloadTooLargeError
from local.moto_patches.lambda_invoke import find_function
from local.moto_patches.policies import function_admits

SendMessage = Callable[[str, str, Mapping[str, str]], None]


class ProcessGateway:
    """Runs moto's functions in processes.

    `folders` maps a function's name to its code, `dead_letters` to the ARN of its dead-letter queue;
    `send_message(queue_arn, body, attributes)` puts a message into a queue.
    """

    def __init__(self, functions: Functions, clock: LocalClock, send_message: SendMessage) -> None:
        self._functions = functions
        self._async = AsyncInvocations(clock, self._bury)
        self._clock = clock
        self._send_message = send_message
        self.folders: dict[str, Path] = {}
        self.dead_letters: dict[str, str] = {}

    def invoke(self, function: Any, called_arn: str, payload: bytes) -> Outcome:
        """Invokes and waits for the answer; PayloadTooLargeError."""
        _check_size(payload, MOST_BYTES)
        return self._functions.invoke(self._spec(function), called_arn, payload)

    def accept(self, function: Any, called_arn: str, payload: bytes) -> None:
        """Takes an event for asynchronous invocation; PayloadTooLargeError."""
        _check_size(payload, MOST_EVENT_BYTES)
        spec = self._spec(function)
        settings = self._async_settings(function)
        self._async.accept(called_arn, payload, settings, lambda: self._functions.invoke(spec, called_arn, payload))

    def accept_by_arn(self, arn: str, payload: bytes) -> None:
        """Takes an event for the function, alias or version of that ARN."""
        self.accept(find_function(arn), arn, payload)

    def move(self, region: str) -> None:
        """Ends all functions and forgets what was under way to them; those of that region are declared next."""
        abandoned, self._async = self._async, AsyncInvocations(self._clock, self._bury)
        abandoned.abandon()
        self._functions.move(region)
        abandoned.stop()
        self.folders.clear()
        self.dead_letters.clear()

    def stop(self) -> None:
        """Ends all functions and what carries events to them."""
        self._functions.stop()
        self._async.stop()

    def _spec(self, function: Any) -> FunctionSpec:
        return FunctionSpec(
            name=function.function_name,
            version=str(function.version),
            folder=self.folders[function.function_name],
            handler=function.handler,
            timeout=float(function.timeout),
            memory=int(function.memory_size),
            role_arn=function.role,
            environment=dict(function.environment_vars),
        )

    def _async_settings(self, function: Any) -> AsyncSettings:
        configured = [_described(config) for config in function.event_invoke_config]
        config: Mapping[str, Any] = configured[-1] if configured else {}
        retries = config.get("MaximumRetryAttempts")
        return AsyncSettings(
            max_retries=2 if retries is None else int(retries),
            dead_letter_arn=self.dead_letters.get(function.function_name),
            on_failure_arn=(config.get("DestinationConfig") or {}).get("OnFailure", {}).get("Destination"),
        )

    def _bury(self, settings: AsyncSettings, event: DeadEvent) -> None:
        if settings.dead_letter_arn is not None:
            message = json.loads(event.outcome.payload).get("errorMessage", "")
            attributes = {"RequestID": event.outcome.request_id, "ErrorCode": "200", "ErrorMessage": str(message)}
            self._send_message(settings.dead_letter_arn, event.payload.decode(), attributes)
        if settings.on_failure_arn is not None:
            self._send_message(settings.on_failure_arn, json.dumps(self._failure_record(event)), {})

    def _failure_record(self, event: DeadEvent) -> dict[str, Any]:
        return {
            "version": "1.0",
            "timestamp": self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "requestContext": {
                "requestId": event.outcome.request_id,
                "functionArn": event.function_arn,
                "condition": "RetriesExhausted",
                "approximateInvokeCount": event.attempts,
            },
            "requestPayload": json.loads(event.payload),
            "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
            "responsePayload": json.loads(event.outcome.payload),
        }


class ApiBackend:
    """The functions as API Gateway sees them: whom their policies let it call, by name and alias."""

    def __init__(self, gateway: ProcessGateway) -> None:
        self._gateway = gateway

    def admits(self, function_arn: str, source_arn: str) -> bool:
        """Whether there is such a function, and its policy lets API Gateway call it for that method."""
        try:
            statements = find_function(function_arn).policy.statements
        except UnknownFunctionException:
            return False
        return function_admits(statements, "apigateway.amazonaws.com", source_arn, function_arn)

    def invoke(self, function_arn: str, payload: bytes) -> Outcome:
        """Invoke and wait for the answer; PayloadTooLargeError."""
        return self._gateway.invoke(find_function(function_arn), function_arn, payload)


def _check_size(payload: bytes, most: int) -> None:
    if len(payload) > most:
        raise PayloadTooLargeError(len(payload), most)


def _described(config: Any) -> Mapping[str, Any]:
    described: Mapping[str, Any] = config if isinstance(config, Mapping) else config.response()
    return described
