"""Asynchronous invocation as Lambda does it: retried twice, then handed to the dead-letter queue."""

import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from local.clock import LocalClock
from local.functions import FunctionsStoppedError, Outcome

LOG: Final = logging.getLogger(__name__)
_PAUSES: Final = (60.0, 120.0)  # engine seconds before the first and second retry of a function error


@dataclass(frozen=True)
class AsyncSettings:
    """How a function wants its asynchronous events treated."""

    max_retries: int = 2
    dead_letter_arn: str | None = None
    on_failure_arn: str | None = None


@dataclass(frozen=True)
class DeadEvent:
    """An event that no attempt could bring to its function."""

    function_arn: str
    payload: bytes
    outcome: Outcome
    attempts: int


Invoke = Callable[[], Outcome]
Bury = Callable[[AsyncSettings, DeadEvent], None]


class AsyncInvocations:
    """Carries accepted events to their functions on threads of its own."""

    def __init__(self, clock: LocalClock, bury: Bury, max_at_once: int = 8) -> None:
        self._clock = clock
        self._bury = bury
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(max_at_once, thread_name_prefix="async-invocation")

    def accept(self, function_arn: str, payload: bytes, settings: AsyncSettings, invoke: Invoke) -> str:
        """Takes an event and answers its request id at once."""
        request_id = str(uuid.uuid4())
        self._pool.submit(self._carry, function_arn, payload, settings, invoke)
        return request_id

    def abandon(self) -> None:
        """Retries and buries nothing more; what is under way is left to its function."""
        self._stopping.set()

    def stop(self) -> None:
        """Accepts and retries nothing more; waits for the attempts under way, whose functions must be stopped first."""
        self._stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _carry(self, function_arn: str, payload: bytes, settings: AsyncSettings, invoke: Invoke) -> None:
        attempts = 0
        while not self._stopping.is_set():
            try:
                outcome = invoke()
            except FunctionsStoppedError:
                return
            attempts += 1
            if not outcome.failed or self._stopping.is_set():
                return
            if attempts > settings.max_retries:
                LOG.warning("event for %s given up after %d attempts", function_arn, attempts)
                self._bury(settings, DeadEvent(function_arn, payload, outcome, attempts))
                return
            self._clock.wait(self._stopping, _PAUSES[min(attempts, len(_PAUSES)) - 1])
