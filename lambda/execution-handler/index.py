"""Entry of the execution function: wires the application and hands every call over."""

from functools import cache
from typing import Any

from execution.application import Application
from execution.wiring import build
from shared import clock
from shared.invocation import LambdaCall
from shared.settings import ExecutionSettings


@cache
def app() -> Application:
    """The application of this process, built on first use."""
    return build(ExecutionSettings.from_env(), clock.current())


def lambda_handler(event: Any, context: LambdaCall) -> dict[str, Any]:
    """Answer one call that controls an execution."""
    return app().handle(event, context)
