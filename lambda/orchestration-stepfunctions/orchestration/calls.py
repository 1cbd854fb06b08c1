"""What the state machine calls, and what it is answered."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from shared.models.base import Instant, Model
from shared.models.request import RequestKind


class Next(StrEnum):
    """The words of the state machine's choices."""

    WAIT = "WAIT"
    CONTINUE = "CONTINUE"
    DONE = "DONE"
    STALE = "STALE"
    AWAIT = "AWAIT"
    EXPIRED = "EXPIRED"
    REOPEN = "REOPEN"


class Answer(Model):
    """`timeout_seconds` is what Step Functions accepts; `step` and `seen` are for the wait on the INBOX.

    `rounds_left` is what the answer leaves of the run's own number.
    """

    next: Next
    timeout_seconds: Annotated[int, Field(ge=1, le=31_449_600)] = 1
    step: int = 0
    seen: int = 0
    rounds_left: int = 0


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


class RunCall(ExecutionCall):
    """A call of a run whose history is bounded: how many rounds it may still take, and when it began.

    A run that was begun by a definition of the state machine without these tells neither.
    """

    rounds_left: int | None = None
    run_started_at: Instant | None = None

    @property
    def rounds(self) -> int:
        """How many rounds this call counts for."""
        return 1


class AdvanceCall(Visit, RunCall):
    """One step of an execution run."""

    run_seq: int
    last_error: str = ""

    @property
    def by(self) -> str:
        """Who takes the step: grows with every run, visit and retry."""
        return f"{self.run_seq:06d}|{self.order}"

    @property
    def rounds(self) -> int:
        """Each retry of the step has cost some history too."""
        return 1 + self.retry_count


class FinalizeCall(RunCall):
    """One round of the end of an execution run."""


class ExecutionRun(ExecutionCall):
    """What an execution run was started with."""

    version: int = Field(alias="schema")
    kind: Literal["EXECUTION"]
    run_seq: int


class TerminationRun(ExecutionCall):
    """What a termination run was started with."""

    version: int = Field(alias="schema")
    kind: Literal["TERMINATION"]
    number: int
    run_seq: int


class ContinueCall(Model):
    """A run has taken all its rounds, or is as old as it may become: another is to go on."""

    run: Annotated[ExecutionRun | TerminationRun, Field(discriminator="kind")]


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


class TerminateCall(Visit, RunCall):
    """One step of a termination."""

    number: int
