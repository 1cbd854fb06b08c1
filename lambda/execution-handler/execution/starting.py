"""The steps of a start, in the one order that leaves nothing behind that the rules do not allow (engine.md, section 8).

The header is there, in PREPARING, before the first lock that it owns; it becomes PENDING only if nobody gave it up.
Locks are taken one transaction after the other, because their order decides who wins; what they protect is written,
and given back, by several workers at once.
"""

from collections.abc import Callable

from execution.composing import NewExecution
from execution.pace import RETRY_AFTER_SECONDS, Pace
from shared.errors import ConflictError, DrsOrchestrationError, ThrottledError
from shared.models.base import format_instant
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.server_record import ServerRecord
from shared.models.targets import ServerKey
from shared.models.wave_record import WaveRecord
from shared.stores.dead_starts import never_started
from shared.stores.execution_store import ExecutionStore
from shared.stores.lock_store import LockStore
from shared.stores.table import TRANSACTION_LIMIT, chunks


class Start:
    """One start on its way from PREPARING to PENDING; whatever stops it, it undoes itself if it still can."""

    def __init__(self, new: NewExecution, executions: ExecutionStore, locks: LockStore, pace: Pace) -> None:
        self._new = new
        self._executions = executions
        self._locks = locks
        self._pace = pace

    def carry_out(self, announce: Callable[[ExecutionHeader], None] = lambda _: None) -> ExecutionHeader:
        """The header in PENDING; ConflictError for a held server, ThrottledError if it was too slow or given up.

        `announce` is called with that header just before it is written.
        """
        self._pace.in_time()
        self._executions.create(self._new.header)
        pending = self._new.header.model_copy(
            update={"status": ExecutionStatus.PENDING, "status_reason": "waiting for its first step"}
        )
        self._prepare(pending, announce)
        return self._settle(pending)

    def _prepare(self, pending: ExecutionHeader, announce: Callable[[ExecutionHeader], None]) -> None:
        """Locks first, then what they protect."""
        prepared, has_locks, lost, reason = False, False, False, "the start broke off"
        try:
            self._lock()
            has_locks = True
            self._write_children()
            beginning = self._event(EventType.EXECUTION_STARTED, self._beginning())
            self._pace.patiently(lambda: self._executions.append_events((beginning,)))
            self._pace.patiently(lambda: announce(pending))
            self._pace.in_time()
            prepared = True
        except DrsOrchestrationError as error:
            lost = isinstance(error, ConflictError) and not has_locks
            reason = error.message
            raise
        finally:
            if not prepared:
                self._undo(reason, leave_no_row=lost)

    def _lock(self) -> None:
        in_time, new = self._pace.in_time, self._new
        self._pace.patiently(lambda: self._locks.take(new.server_keys, new.owner, may_go_on=in_time))

    def _write_children(self) -> None:
        def write(part: list[WaveRecord | ServerRecord]) -> None:
            self._pace.in_time()
            self._pace.patiently(lambda: self._executions.put_children(self._new.header, part))

        children: list[WaveRecord | ServerRecord] = [*self._new.waves, *self._new.servers]
        self._pace.each(write, list(chunks(children, TRANSACTION_LIMIT)))
        self._pace.in_time()

    def _settle(self, pending: ExecutionHeader) -> ExecutionHeader:
        """PENDING, on the condition that it still is PREPARING; from here on the reconciler starts its run."""
        answered = False
        try:
            won = self._pace.patiently(lambda: self._executions.move_from_preparing(pending))
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
            raise ThrottledError(
                "the start was given up by another call because it took too long; try again",
                retryAfterSeconds=RETRY_AFTER_SECONDS,
            )
        # Nobody else makes it PENDING: it was this start, whose answer was lost on the way.
        return stored

    def _undo(self, reason: str, *, leave_no_row: bool) -> None:
        """Locks first; then a start that lost its servers to another was never there, and any other is FAILED.

        If the locks cannot be freed it is FAILED too: a lock holds only while its owner is not terminal.
        """
        released = False
        try:
            self._release()
            released = True
        finally:
            if not (leave_no_row and released and self._discard()):
                self._fail(reason)

    def _release(self) -> None:
        def free(part: list[ServerKey]) -> None:
            self._pace.undoing(lambda: self._locks.release(part, self._new.owner))

        self._pace.each(free, list(chunks(self._new.server_keys, TRANSACTION_LIMIT)))

    def _discard(self) -> bool:
        return self._pace.undoing(lambda: self._executions.discard(self._new.header))

    def _fail(self, reason: str) -> bool:
        """FAILED, unless it has moved on; whether it is."""
        failed = never_started(self._new.header, f"not started: {reason}", self._pace.clock.now())
        if not self._pace.undoing(lambda: self._executions.move_from_preparing(failed)):
            return False
        self._executions.append_events((self._event(EventType.EXECUTION_STATUS, f"Execution is FAILED: {reason}"),))
        return True

    def _beginning(self) -> str:
        header = self._new.header
        because = f": {header.reason}" if header.reason else ""
        accepted = f"; {'; '.join(self._new.accepted)}" if self._new.accepted else ""
        kind = header.execution_type.capitalize()
        instant = header.point_in_time
        to = f" to the point in time {format_instant(instant)}" if instant else ""
        return f"{kind} of {header.plan_name}{to} started by {header.initiated_by}{because}{accepted}"

    def _event(self, kind: EventType, message: str) -> ExecutionEvent:
        header = self._new.header
        return ExecutionEvent(
            execution_id=header.execution_id,
            plan_id=header.plan_id,
            time=self._pace.clock.now(),
            step=0,
            index=0,
            type=kind,
            message=message,
            actor=header.initiated_by,
        )
