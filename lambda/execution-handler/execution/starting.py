"""The steps of a start, in the one order that leaves nothing behind that the rules do not allow (engine.md, section 8).

The header is there, in PREPARING, before the first lock that it owns; it becomes PENDING only if nobody gave it up.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from execution.composing import NewExecution
from shared.clock import Clock
from shared.errors import DrsOrchestrationError, ThrottledError
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.stores.dead_starts import never_started
from shared.stores.execution_store import ExecutionStore
from shared.stores.lock_store import LockStore
from shared.stores.refusals import StepLostError

START_SECONDS: Final = 25
"""Wall seconds; API Gateway gives up after 29."""

RETRY_AFTER_SECONDS: Final = 5

_SLICE: Final = 990
"""How many servers are written between two looks at the clock: ten transactions."""

_T = TypeVar("_T")


class Start:
    """One start on its way from PREPARING to PENDING; whatever stops it, it undoes itself if it still can."""

    def __init__(
        self, new: NewExecution, executions: ExecutionStore, locks: LockStore, clock: Clock, deadline: datetime
    ) -> None:
        self._new = new
        self._executions = executions
        self._locks = locks
        self._clock = clock
        self._deadline = deadline

    def carry_out(self, announce: Callable[[ExecutionHeader], None] = lambda _: None) -> ExecutionHeader:
        """The header in PENDING; ConflictError for a held server, ThrottledError if it was too slow or given up.

        `announce` is called with that header just before it is written.
        """
        self._in_time()
        self._executions.create(self._new.header)
        pending = self._new.header.model_copy(
            update={"status": ExecutionStatus.PENDING, "status_reason": "waiting for its first step"}
        )
        self._prepare(pending, announce)
        return self._settle(pending)

    def _prepare(self, pending: ExecutionHeader, announce: Callable[[ExecutionHeader], None]) -> None:
        """Locks first, then what they protect."""
        prepared, reason = False, "the start broke off"
        try:
            for servers in _slices(self._new.server_keys):
                self._locks.take(servers, self._new.owner)
                self._in_time()
            self._executions.put_children(self._new.header, self._new.waves, ())
            for records in _slices(self._new.servers):
                self._executions.put_children(self._new.header, (), records)
                self._in_time()
            self._executions.append_events((self._event(EventType.EXECUTION_STARTED, self._beginning()),))
            announce(pending)
            self._in_time()
            prepared = True
        except StepLostError as error:
            reason = "another call gave this start up"
            raise self._given_up() from error
        except DrsOrchestrationError as error:
            reason = error.message
            raise
        finally:
            if not prepared:
                self._release()
                self._fail(reason)

    def _settle(self, pending: ExecutionHeader) -> ExecutionHeader:
        """PENDING, on the condition that it still is PREPARING; from here on the reconciler starts its run."""
        answered = False
        try:
            won = self._executions.move_from_preparing(pending)
            answered = True
        finally:
            # Without an answer it may have become PENDING, and then the locks are its own: failing it comes first.
            if not answered and self._fail("the start broke off"):
                self._release()
        if won:
            return pending
        stored = self._executions.get_header(pending.execution_id, pending.plan_id)
        if stored.status is ExecutionStatus.FAILED:
            self._release()
            raise self._given_up()
        # Nobody else makes it PENDING: it was this start, whose answer was lost on the way.
        return stored

    def _in_time(self) -> None:
        if self._clock.now() > self._deadline:
            raise ThrottledError(
                f"the start took longer than {START_SECONDS} seconds and was undone; try again",
                retryAfterSeconds=RETRY_AFTER_SECONDS,
            )

    def _given_up(self) -> ThrottledError:
        return ThrottledError(
            "the start was given up by another call because it took too long; try again",
            retryAfterSeconds=RETRY_AFTER_SECONDS,
        )

    def _release(self) -> None:
        self._locks.release(self._new.server_keys, self._new.owner)

    def _fail(self, reason: str) -> bool:
        """FAILED, unless it has moved on; whether it is."""
        failed = never_started(self._new.header, f"not started: {reason}", self._clock.now())
        if not self._executions.move_from_preparing(failed):
            return False
        self._executions.append_events((self._event(EventType.EXECUTION_STATUS, f"Execution is FAILED: {reason}"),))
        return True

    def _beginning(self) -> str:
        header = self._new.header
        because = f": {header.reason}" if header.reason else ""
        accepted = f"; {'; '.join(self._new.accepted)}" if self._new.accepted else ""
        kind = header.execution_type.capitalize()
        return f"{kind} of {header.plan_name} started by {header.initiated_by}{because}{accepted}"

    def _event(self, kind: EventType, message: str) -> ExecutionEvent:
        header = self._new.header
        return ExecutionEvent(
            execution_id=header.execution_id,
            plan_id=header.plan_id,
            time=self._clock.now(),
            step=0,
            index=0,
            type=kind,
            message=message,
            actor=header.initiated_by,
        )


def _slices(values: Sequence[_T]) -> Iterator[tuple[_T, ...]]:
    rest = iter(values)
    while part := tuple(islice(rest, _SLICE)):
        yield part
