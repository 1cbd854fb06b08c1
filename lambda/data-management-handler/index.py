"""Entry of the data-management function: wires the application and hands every call over."""

from functools import cache
from typing import Any

from data_management.application import Application
from data_management.wiring import build
from shared import clock
from shared.invocation import LambdaCall
from shared.settings import DataManagementSettings


@cache
def app() -> Application:
    """The application of this process, built on first use."""
    return build(DataManagementSettings.from_env(), clock.current())


def lambda_handler(event: Any, context: LambdaCall) -> dict[str, Any]:
    """Answer one call that reads or changes the configuration."""
    return app().handle(event, context)
