"""What operators, and the gates' runs, ask of the engine."""

from enum import StrEnum

from shared.models.base import Instant, Model


class RequestKind(StrEnum):
    """Requests of one step apply in the order of the first four; pause, retry and skip follow in the order of time."""

    CANCEL = "CANCEL"
    REJECT = "REJECT"
    EXPIRED = "EXPIRED"
    APPROVE = "APPROVE"
    PAUSE = "PAUSE"
    RETRY = "RETRY"
    SKIP = "SKIP"

    @property
    def precedence(self) -> int:
        """Its place among the requests of one step; those of one place apply in the order of time."""
        members = list(RequestKind)
        return min(members.index(self), members.index(RequestKind.PAUSE))


class RequestState(StrEnum):
    """A request is consumed once, or refused with the state that refused it."""

    NEW = "NEW"
    APPLIED = "APPLIED"
    ALREADY_DECIDED = "ALREADY_DECIDED"
    REFUSED = "REFUSED"


class Request(Model):
    """One wish; `request_id` is a ULID, or `gate-<scope>-<number>` when the gate's own run speaks.

    A request about a gate names its `scope`, and its `number` if that gate existed when it was made. RETRY and SKIP are
    about the wave whose number is `scope`; with a `number` they decide that failure gate, or nothing. `relaunch` lets a
    retry launch servers anew that are launched and still not healthy; with `accepted_codes` the servers of its wave are
    launched as DRS has them, because of `override_reason`, and nothing else is asked of a wave that is being launched.
    """

    execution_id: str
    plan_id: str
    request_id: str
    kind: RequestKind
    scope: str | None = None
    number: int | None = None
    relaunch: bool = False
    accepted_codes: tuple[str, ...] = ()
    override_reason: str = ""
    requested_by: str
    requested_at: Instant
    reason: str = ""
    state: RequestState = RequestState.NEW
    outcome: str = ""

    @property
    def rank(self) -> tuple[int, str]:
        """Its place among the requests of one step: by kind, then by time."""
        return self.kind.precedence, self.request_id
