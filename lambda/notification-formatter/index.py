"""Entry of the notification function: wires the formatter and hands every event over."""

from functools import cache
from typing import Any

from notification_formatter.formatter import Formatter
from notification_formatter.wiring import formatter
from shared import clock
from shared.settings import NotificationSettings


@cache
def app() -> Formatter:
    """The formatter of this process, built on first use."""
    return formatter(NotificationSettings.from_env(), clock.current())


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Send one mail; an error makes Lambda try again, then puts the event into the dead-letter queue."""
    return app().send(event).wire()
