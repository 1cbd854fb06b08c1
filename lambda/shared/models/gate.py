"""A gate: a pause that waits for a person, as a run of its own."""

from enum import StrEnum

from pydantic import Field

from shared.models.base import Instant, Model

PAUSE_SCOPE = "all"
"""The scope of the gate that an operator's pause opens; a wave's gate has its number as scope."""


class GateKind(StrEnum):
    """What the person decides: whether a wave may begin, what becomes of a failed one, or how long all is held."""

    APPROVAL = "APPROVAL"
    FAILURE = "FAILURE"
    PAUSE = "PAUSE"


class GateStatus(StrEnum):
    """OPEN until decided; the first decision stands."""

    OPEN = "OPEN"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    CLOSED = "CLOSED"


class GateReason(Model):
    """What an open gate says from now on; the rest of it, its run writes meanwhile."""

    execution_id: str
    plan_id: str
    scope: str
    number: int
    reason: str


class Gate(Model):
    """`scope` is a wave number as text, or `all`; `number` counts the gates of that scope from 1, of whatever kind.

    `opened_by` is the engine, or the operator of a pause. `token` is the task token of the latest wait, `visit` orders
    the waits; `notified_at` belongs to the token. `decision_id` is the request that decided; a decided gate has
    `run_closed` once its run is known to have ended. `replaced_by` is the number of the gate that took its place when
    its run ended without a decision.
    """

    execution_id: str
    plan_id: str
    scope: str
    number: int
    kind: GateKind = GateKind.APPROVAL
    status: GateStatus = GateStatus.OPEN
    reason: str = ""
    opened_by: str = "engine"
    opened_at: Instant
    expires_at: Instant
    visit: str = ""
    token: str | None = Field(default=None, repr=False)
    token_count: int = 0
    notified_at: Instant | None = None
    decided_by: str | None = None
    decision_id: str | None = None
    decided_at: Instant | None = None
    replaced_by: int | None = None
    run_closed: bool = False

    @property
    def run_name(self) -> str:
        """The name of its run of the state machine."""
        return f"{self.execution_id}-gate-{self.scope}-{self.number}"

    @property
    def decision_request_id(self) -> str:
        """The id of the request that its run writes when the wait is over: one gate, one decision."""
        return f"gate-{self.scope}-{self.number}"
