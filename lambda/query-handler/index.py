"""Entry of the query function: wires the application and hands every call over."""

from functools import cache
from typing import Any

from query.application import Application
from query.wiring import build
from shared import clock
from shared.invocation import LambdaCall
from shared.settings import QuerySettings


@cache
def app() -> Application:
    """The application of this process, built on first use."""
    return build(QuerySettings.from_env(), clock.current())


def lambda_handler(event: Any, context: LambdaCall) -> dict[str, Any]:
    """Answer one read."""
    return app().handle(event, context)
