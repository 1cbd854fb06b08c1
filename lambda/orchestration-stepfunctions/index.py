"""Entry of the orchestration function: wires the application and hands every event over."""

from functools import cache
from typing import Any

from orchestration.application import Application, build
from orchestration.wiring import dependencies
from shared import clock
from shared.settings import OrchestrationSettings


@cache
def app() -> Application:
    """The application of this process, built on first use."""
    return build(dependencies(OrchestrationSettings.from_env(), clock.current()))


def lambda_handler(event: Any, _context: object) -> dict[str, Any]:
    """Handle one event of the state machine, the schedule or DRS."""
    return app().handle(event)
