"""The steps of a start, in the one order that leaves nothing behind that the rules do not allow (engine.md, section 8).

The header is there, in PREPARING, before the first lock that it owns; it becomes PENDING only if nobody gave it up.
Whoever holds its servers is tied to the plan, the groups and the accounts that they come from; before, nobody else may
be in the way.
Locks are taken one transaction after the other, because their order decides who wins; what they protect is written,
and given back, by several workers at once.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from execution.beginning import accepted_counts, beginning
from execution.composing import NewExecution
from execution.pace import RETRY_AFTER_SECONDS, Pace, TooSlowError
from execution.tying import ExecutionTies
from execution.undoing import undone
from shared.engine.texts import LONGEST_REASON, shortened
from shared.errors import ConflictError, DrsOrchestrationError, ThrottledError
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.lock import LockKey
from shared.models.temporary_settings import TemporarySettings
from shared.observability import Observability
from shared.stores.dead_starts import DEAD_AFTER_SECONDS, never_started
from shared.stores.execution_store import ExecutionStore
from shared.stores.headers import Child
from shared.stores.lock_store import LockStore
from shared.stores.refusals import AlreadyExistsError
from shared.stores.table import TRANSACTION_LIMIT, chunks

_UNDONE: Final = " and was undone; try again"
_UNTIL_DEAD: Final = f"may hold servers for {DEAD_AFTER_SECONDS // 60} minutes; then the reconciler frees them"

_VOID: Final = "has locks that hold no longer: it is FAILED, and whoever wants them takes them over"


class Start:
    """One start on its way from PREPARING to PENDING; whatever stops it, it undoes itself if it still can.

    Its errors say that it was undone only if that is certain, and else what may be left of it. `call_id` is the request
    id of the call, by which the audit log knows it.
    """

    def __init__(
        self,
        new: NewExecution,
        executions: ExecutionStore,
        locks: LockStore,
        ties: ExecutionTies,
        *,
        pace: Pace,
        observability: Observability,
        call_id: str,
    ) -> None:
        self._new = new
        self._executions = executions
        self._locks = locks
        self._ties = ties
        self._pace = pace
        self._observability = observability
        self._call_id = call_id
        self.left: tuple[TemporarySettings, ...] = ()
        """What earlier executions have left of the launch settings of its servers, once it holds these."""

    def carry_out(self, announce: Callable[[ExecutionHeader], None] = lambda _: None) -> ExecutionHeader:
        """The header in PENDING; `announce` is called with it just before it is written.

        ConflictError for a held server or an edited plan, ThrottledError if it was too slow or given up.
        """
        try:
            self._pace.in_time()
        except TooSlowError as error:
            error.also(_UNDONE)
            raise
        self._create()
        words = beginning(self._new.header, self._new.accepted, self._new.accepted_codes)
        counts = accepted_counts(self._new.accepted, self._new.accepted_codes)
        first = self._event(EventType.EXECUTION_STARTED, words, counts)
        pending = self._new.header.model_copy(
            update={"status": ExecutionStatus.PENDING, "status_reason": "waiting for its first step"}
        )
        pending = self._prepare(pending, announce)
        return self._settle(pending, first)

    def _create(self) -> None:
        """Write the header, patiently: nobody but this start has its id, so a try without an answer has written it."""
        tries = 0

        def write() -> None:
            nonlocal tries
            tries += 1
            try:
                self._executions.create(self._new.header)
            except AlreadyExistsError:
                if tries == 1:
                    raise

        try:
            self._pace.patiently(write)
        except TooSlowError as error:
            if self._undone("its rows", self._discard):
                error.also(_UNDONE)
            else:
                self._may_hold_servers(error)
            raise

    def _prepare(self, pending: ExecutionHeader, announce: Callable[[ExecutionHeader], None]) -> ExecutionHeader:
        """Locks first, then the ties, then what they protect; who loses either has left nothing.

        The header as it is to become PENDING: only who holds the servers knows what is left of earlier executions.
        """
        is_alone = False
        try:
            self._lock()
            self._tie()
            is_alone = True
            self.left = self._left_before()
            self._new = self._new.restoring({row.server for row in self.left})
            pending = pending.model_copy(update={"waves": self._new.header.waves})
            self._write_children()
            self._pace.patiently(lambda: announce(pending))
            self._pace.in_time()
        except DrsOrchestrationError as error:
            lost = isinstance(error, ConflictError) and not is_alone
            if not self._undo(error.message, leave_no_row=lost):
                self._may_hold_servers(error)
            elif isinstance(error, TooSlowError):
                error.also(_UNDONE)
            raise
        except Exception:
            # Broad, and raised again: whatever broke it off, its locks and its header must not stay.
            self._undo("the start broke off", leave_no_row=False)
            raise
        return pending

    def _lock(self) -> None:
        in_time, new = self._pace.in_time, self._new
        self._pace.patiently(lambda: self._locks.take(new.lock_keys, new.owner, may_go_on=in_time))

    def _tie(self) -> None:
        self._pace.in_time()
        self._pace.patiently(lambda: self._ties.take(self._new))

    def _left_before(self) -> tuple[TemporarySettings, ...]:
        """What earlier executions have left of the launch settings of its servers."""
        self._pace.in_time()
        own, rows = self._new.server_keys, self._executions.temporary_settings
        return self._pace.patiently(lambda: tuple(rows(own)))

    def _write_children(self) -> None:
        def write(part: list[Child]) -> None:
            self._pace.in_time()
            self._pace.patiently(lambda: self._executions.put_children(self._new.header, part))

        children: list[Child] = [*self._new.waves, *self._new.servers, *self._new.members]
        self._pace.each(write, list(chunks(children, TRANSACTION_LIMIT)))
        self._pace.in_time()

    def _settle(self, pending: ExecutionHeader, first: ExecutionEvent) -> ExecutionHeader:
        """PENDING, on the condition that it still is PREPARING; from here on the reconciler starts its run."""
        try:
            if self._pace.patiently(lambda: self._executions.move_from_preparing(pending, first)):
                return pending
        except Exception as error:
            # Without an answer it may have become PENDING, and then the locks are its own: failing it comes first.
            self._undone("FAILED", lambda: self._fail("the start broke off"))
            if (stored := self._handed_over(error)) is None:
                raise
            return stored
        given_up = ThrottledError(
            "the start was given up by another call because it took too long; try again",
            retryAfterSeconds=RETRY_AFTER_SECONDS,
        )
        # Nobody else makes it PENDING: if it is, it was this start, whose answer was lost on the way.
        if (stored := self._handed_over(given_up)) is None:
            raise given_up
        return stored

    def _handed_over(self, stopped: Exception) -> ExecutionHeader | None:
        """The header as it is stored, if the start came true in spite of this error; if not, the error says so."""
        header = self._new.header
        found: list[ExecutionHeader] = []

        def look() -> None:
            found.append(self._pace.undoing(lambda: self._executions.get_header(header.execution_id, header.plan_id)))

        self._undone("looking at it", look)
        status = found[0].status if found else ExecutionStatus.PREPARING
        if status is ExecutionStatus.FAILED:
            self._undone("its locks", self._release, left=_VOID)
            if isinstance(stopped, TooSlowError):
                stopped.also(_UNDONE)
        elif status is not ExecutionStatus.PREPARING:
            return found[0]
        elif isinstance(stopped, DrsOrchestrationError):
            # unread, or still PREPARING: what was sent last may arrive yet
            doubt = f"; it is not known whether execution {header.execution_id} was started: get_execution tells"
            stopped.also(doubt, executionId=header.execution_id)
        return None

    def _undo(self, reason: str, *, leave_no_row: bool) -> bool:
        """Whether it is certain that it holds nothing any more.

        Locks first; then a start that lost to another, or to an edit, was never there, and any other is FAILED. If the
        locks cannot be freed it is FAILED too: a lock holds only while its owner is not terminal. That the header is
        not PREPARING any more is as good, because nobody but this start makes it PENDING.
        """
        released = self._undone("its locks", self._release)
        if leave_no_row and released and self._undone("its rows", self._discard):
            return True
        return self._undone("FAILED", lambda: self._fail(reason))

    def _undone(self, step: str, do: Callable[[], object], *, left: str = _UNTIL_DEAD) -> bool:
        return undone(step, do, self._observability, left=f"execution {self._new.header.execution_id} {left}")

    def _may_hold_servers(self, error: DrsOrchestrationError) -> None:
        """The error says what becomes of a start that could not be undone."""
        execution_id = self._new.header.execution_id
        error.also(f"; it could not be undone: execution {execution_id} {_UNTIL_DEAD}", executionId=execution_id)
        if isinstance(error, ThrottledError):
            error.details["retryAfterSeconds"] = DEAD_AFTER_SECONDS

    def _release(self) -> None:
        def free(part: list[LockKey]) -> None:
            self._pace.undoing(lambda: self._locks.release(part, self._new.owner))

        self._pace.each(free, list(chunks(self._new.lock_keys, TRANSACTION_LIMIT)))

    def _discard(self) -> bool:
        return self._pace.undoing(lambda: self._executions.discard(self._new.header))

    def _fail(self, why: str) -> None:
        """FAILED, unless it has moved on."""
        reason = shortened(why, LONGEST_REASON)
        failed = never_started(self._new.header, f"not started: {reason}", self._pace.clock.now())
        if self._pace.undoing(lambda: self._executions.move_from_preparing(failed)):
            event = self._event(EventType.EXECUTION_STATUS, f"Execution is FAILED: {reason}")
            append = partial(self._executions.append_events, (event,))
            self._undone("its timeline", lambda: self._pace.undoing(append), left="has no last line in its timeline")

    def _event(self, kind: EventType, message: str, details: dict[str, Any] | None = None) -> ExecutionEvent:
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
            details={"callId": self._call_id, **(details or {})},
        )
