"""Fires the scheduled rules of EventBridge by the engine's clock."""

import importlib
import json
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from local.clock import LocalClock
from local.moto_patches.event_delivery import deliver_to_function, event_of, payload_of

LOG: Final = logging.getLogger(__name__)
_RATE: Final = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_UNIT: Final = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_LOOK_EVERY: Final = 0.2


class UnsupportedScheduleError(Exception):
    """A schedule that is no rate; the message names the expression."""


def period_of(expression: str) -> timedelta:
    """How often a rate(…) fires; raises UnsupportedScheduleError for any other expression."""
    match = _RATE.fullmatch(expression)
    if match is None:
        raise UnsupportedScheduleError(f"{expression} is not a rate: local/ fires rates only")
    return int(match[1]) * _UNIT[match[2]]


@dataclass
class _Plan:
    due: datetime
    fired_at: float


class Schedules:
    """Looks at the scheduled rules of one account and region and invokes the functions that are due.

    A rule fires once per period of engine time, but never twice within `floor` seconds of real time.
    """

    def __init__(
        self,
        clock: LocalClock,
        account: str,
        region: str,
        invoke_async: Callable[[str, bytes], None],
        floor: float = 5.0,
    ) -> None:
        self._clock = clock
        self._account = account
        self._region = region
        self._invoke_async = invoke_async
        self._floor = floor
        self._plans: dict[str, _Plan] = {}
        self._refused: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def start(self) -> None:
        """Begins to watch; a rule first fires one period after it was seen."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the watch."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def fire_due(self) -> None:
        """Fires every rule that is due now."""
        for rule in self._rules():
            period = self._period(rule)
            if period is None:
                continue
            plan = self._plans.setdefault(rule.arn, _Plan(self._clock.now() + period, float("-inf")))
            if self._clock.now() < plan.due or time.monotonic() - plan.fired_at < self._floor:
                continue
            plan.due = max(plan.due + period, self._clock.now())
            plan.fired_at = time.monotonic()
            self._fire(rule)

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY):
            self.fire_due()

    def _period(self, rule: Any) -> timedelta | None:
        try:
            return period_of(rule.scheduled_expression)
        except UnsupportedScheduleError as error:
            if rule.arn not in self._refused:
                LOG.warning("%s never fires here: %s", rule.arn, error)
            self._refused.add(rule.arn)
            return None

    def _rules(self) -> list[Any]:
        backends = importlib.import_module("moto.events.models").events_backends
        buses = list(backends[self._account][self._region].event_buses.values())
        return [
            rule
            for bus in buses
            for rule in list(bus.rules.values())
            if rule.scheduled_expression and rule.state == "ENABLED"
        ]

    def _fire(self, rule: Any) -> None:
        event = event_of(
            "aws.events",
            "Scheduled Event",
            self._account,
            self._region,
            self._clock.now(),
            resources=[rule.arn],
        )
        for target in list(rule.targets):
            if ":lambda:" in target["Arn"]:
                deliver_to_function(target["Arn"], rule.arn, payload_of(target, event), self._invoke_async)
            else:
                LOG.warning("%s: schedules reach functions only, not %s", rule.arn, json.dumps(target["Arn"]))
