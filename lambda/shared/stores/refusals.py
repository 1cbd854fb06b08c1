"""What a store answers when the present state does not allow a write; none of these is an error for a person."""

from __future__ import annotations

from shared.models.execution import ExecutionHeader
from shared.models.gate import Gate


class StepLostError(Exception):
    """Another step has been claimed, or what this one knows is out of date: write nothing more."""


class ClaimRefusedError(Exception):
    """A later or the same visit has claimed already; `header` is what is stored."""

    def __init__(self, header: ExecutionHeader) -> None:
        super().__init__(f"step {header.step} was claimed by {header.by!r}")
        self.header = header


class StaleRunError(Exception):
    """A later run drives this execution; `header` is what is stored."""

    def __init__(self, header: ExecutionHeader) -> None:
        super().__init__(f"run {header.run_seq} drives the execution")
        self.header = header


class SignalsChangedError(Exception):
    """A signal came after the step read the INBOX."""


class AlreadyExistsError(Exception):
    """An item of that key is there already."""


class NotOpenError(Exception):
    """The gate is decided, or a later visit waits at it; `gate` is what is stored."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(f"the gate is {gate.status}, visit {gate.visit!r}")
        self.gate = gate


class QuotaRowChangedError(Exception):
    """The quota row has another version than the one that was read."""
