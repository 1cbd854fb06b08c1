"""What operators, and the gates' runs, ask of the engine."""

from enum import StrEnum

from shared.models.base import Instant, Model


class RequestKind(StrEnum):
    """Requests of one step apply in this order."""

    CANCEL = "CANCEL"
    REJECT = "REJECT"
    EXPIRED = "EXPIRED"
    APPROVE = "APPROVE"
    PAUSE = "PAUSE"

    @property
    def precedence(self) -> int:
        """Its place among the requests of one step: the order in which the members are listed."""
        return list(RequestKind).index(self)


class RequestState(StrEnum):
    """A request is consumed once, or refused with the state that refused it."""

    NEW = "NEW"
    APPLIED = "APPLIED"
    ALREADY_DECIDED = "ALREADY_DECIDED"
    REFUSED = "REFUSED"


class Request(Model):
    """One wish; `request_id` is a ULID, or `gate-<scope>-<number>` when the gate's own run speaks.

    A request about a gate names its `scope`, and its `number` if that gate existed when it was made.
    """

    execution_id: str
    plan_id: str
    request_id: str
    kind: RequestKind
    scope: str | None = None
    number: int | None = None
    requested_by: str
    requested_at: Instant
    reason: str = ""
    state: RequestState = RequestState.NEW
    outcome: str = ""

    @property
    def rank(self) -> tuple[int, str]:
        """Its place among the requests of one step: by kind, then by time."""
        return self.kind.precedence, self.request_id
