"""What the state machine calls, and what it is answered."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from shared.models.base import Instant, Model
from shared.models.request import RequestKind


class Next(StrEnum):
    """The words of the state machine's choices."""

    WAIT = "WAIT"
    DONE = "DONE"
    STALE = "STALE"
    AWAIT = "AWAIT"
    EXPIRED = "EXPIRED"
    REOPEN = "REOPEN"


class Answer(Model):
    """`timeout_seconds` is what Step Functions accepts; `step` and `seen` are for the wait on the INBOX."""

    next: Next
    timeout_seconds: Annotated[int, Field(ge=1, le=31_449_600)] = 1
    step: int = 0
    seen: int = 0


class ExecutionCall(Model):
    """Names the execution."""

    execution_id: str
    plan_id: str


class Visit(ExecutionCall):
    """A state of the machine that may be entered and retried; both facts come from its context object."""

    entered_at: str
    retry_count: int = 0

    @property
    def order(self) -> str:
        """Text that grows with every new visit and every retry of one run."""
        return f"{self.entered_at}|{self.retry_count:05d}"


class AdvanceCall(Visit):
    """One step of an execution run, which began at `run_started_at`."""

    run_seq: int
    run_started_at: Instant | None = None
    last_error: str = ""

    @property
    def by(self) -> str:
        """Who takes the step: grows with every run, visit and retry."""
        return f"{self.run_seq:06d}|{self.order}"


class GateCall(ExecutionCall):
    """Names one gate."""

    scope: str
    number: int


class AwaitCall(GateCall, Visit):
    """A wait begins: its token may decide the gate."""

    token: str = Field(repr=False)


class RecordCall(GateCall):
    """A wait has ended: by its token, by rejection, or by its time-out."""

    decision: Literal[RequestKind.APPROVE, RequestKind.REJECT, RequestKind.EXPIRED]


class TerminateCall(Visit):
    """One step of a termination."""

    number: int
