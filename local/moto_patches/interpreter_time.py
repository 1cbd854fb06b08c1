"""Lets the Step Functions interpreter live in engine time."""

import importlib
import threading
from datetime import UTC, datetime, tzinfo
from types import SimpleNamespace
from typing import Any, Final

from local.clock import LocalClock
from local.moto_patches.patches import Patches

ASL: Final = "moto.stepfunctions.parser.asl"
_EVENTS: Final = (
    "component.state.exec.execute_state",  # TimeoutSeconds of a task
    "eval.environment",  # Wait
    "component.state.wait.wait_function.wait_function",  # Wait
    "component.program.program",  # TimeoutSeconds of the machine
)
_SLEEPS: Final = (
    "component.state.wait.wait_function.wait_function",  # Wait
    "component.common.retry.retrier_decl",  # Retry
    "component.state.exec.state_task.service.state_task_service_callback",  # .sync polling
)
_DATES: Final = (
    "eval.event.event_manager",  # history
    "component.state.wait.wait_function.timestamp",  # Wait until
    "component.state.state",  # $$.State.EnteredTime
)
_BACKEND_DATES: Final = ("moto.stepfunctions.parser.models", "moto.stepfunctions.parser.backend.execution")


def install(patches: Patches, clock: LocalClock) -> None:
    """moto waits, retries and stamps in real seconds; AWS knows one time only, which locally is the engine's.

    Every wait inside the interpreter is divided by the scale and every time it writes is engine time, in the form that
    AWS writes (milliseconds and Z).
    """
    if not patches.begin(__name__):
        return
    event, thread, date = _scaled_event(clock), _scaled_thread(clock), _engine_datetime(clock)
    patches.replace(_module("eval.callback.callback"), "Event", event)
    for name in _EVENTS:
        patches.replace(
            _module(name), "threading", SimpleNamespace(**{**vars(threading), "Event": event, "Thread": thread})
        )
    for name in _SLEEPS:
        patches.replace(_module(name), "time", SimpleNamespace(time=clock.time, sleep=clock.sleep))
    dates = SimpleNamespace(datetime=date, timezone=SimpleNamespace(utc=UTC))
    for name in _DATES:
        patches.replace(_module(name), "datetime", dates)
    for name in _BACKEND_DATES:
        patches.replace(importlib.import_module(name), "datetime", dates)


def _module(name: str) -> Any:
    return importlib.import_module(f"{ASL}.{name}")


def _scaled_event(clock: LocalClock) -> type[threading.Event]:
    class Event(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            return clock.wait(self, timeout)

    return Event


def _scaled_thread(clock: LocalClock) -> type[threading.Thread]:
    class Thread(threading.Thread):
        def join(self, timeout: float | None = None) -> None:
            super().join(None if timeout is None else timeout / clock.scale)

    return Thread


def _engine_datetime(clock: LocalClock) -> type[datetime]:
    class EngineDatetime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "EngineDatetime":
            instant = clock.now().replace(tzinfo=tz)
            return cls.fromisoformat(instant.isoformat())

        def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
            if self.tzinfo is None:
                return super().isoformat(sep, timespec)
            return super().isoformat(sep, "milliseconds").replace("+00:00", "Z")

    return EngineDatetime
