"""A start with a client token: repeated within a day it is the first one, whatever broke off in between.

The answer is kept just before it comes true. A kept answer whose execution was undone counts for nothing, and the
token's next attempt has a row of its own, to which those before it lead for as long as it is kept.
"""

from collections.abc import Callable
from typing import Any, Final

from execution.start_models import StartedExecution
from execution.undoing import undone
from shared.clock import Clock
from shared.errors import ConflictError, ConflictReason, NotFoundError, ThrottledError, ValidationError
from shared.models.execution import ExecutionStatus
from shared.observability import Observability
from shared.stores.execution_store import ExecutionStore
from shared.stores.idempotency import CLAIM_SECONDS, Claim

SCOPE: Final = "start_execution"
Keep = Callable[[StartedExecution], None]


class RepeatedStart:
    """The starts of one client token."""

    def __init__(
        self, token: str, fingerprint: str, executions: ExecutionStore, clock: Clock, observability: Observability
    ) -> None:
        self._token = token
        self._fingerprint = fingerprint
        self._executions = executions
        self._clock = clock
        self._observability = observability

    def once(self, start: Callable[[Keep], StartedExecution]) -> StartedExecution:
        """The answer of the first start, or of this one if there was none.

        ConflictError if the token belongs to another request, ThrottledError while the first start is under way.
        """
        claim, earlier = self._claim(self._token), list[str]()
        while (first := self._take(claim, earlier)) is not None:
            answer = StartedExecution.model_validate(first) if first else None
            if answer is not None and self._came_true(answer):
                return answer
            earlier.append(claim.key)
            # No client token holds a space, so no other token has this row.
            claim = self._claim(f"{self._token} {len(earlier) + 1}")
        return self._carry_out(claim, start)

    def _claim(self, key: str) -> Claim:
        return Claim(SCOPE, key, self._fingerprint)

    def _take(self, claim: Claim, earlier: list[str]) -> dict[str, Any] | None:
        """What is kept there, an empty answer if it is known to have been undone; None if the start is ours."""
        now = self._clock.now()
        try:
            return self._executions.claim_idempotency(claim, now, instead_of=earlier)
        except ValidationError as error:
            raise ConflictError(error.message, reason=ConflictReason.IN_USE, field="clientToken") from error

    def _carry_out(self, claim: Claim, start: Callable[[Keep], StartedExecution]) -> StartedExecution:
        def keep(answer: StartedExecution) -> None:
            if not self._executions.put_idempotency_result(claim, answer.wire()):
                raise _under_way()

        try:
            return start(keep)
        except Exception:
            # Broad, and raised again: whatever stopped the start, the token must not stay taken for it.
            undone(
                "the claim of its client token",
                lambda: self._executions.drop_idempotency_claim(claim),
                self._observability,
                left=f"the token is taken for {CLAIM_SECONDS} seconds",
            )
            raise

    def _came_true(self, answer: StartedExecution) -> bool:
        """Whether the execution of a kept answer was ever handed over."""
        try:
            header = self._executions.find(answer.execution_id or "")
        except NotFoundError:
            # It was there before its answer was kept: somebody deleted it since.
            return True
        header = self._executions.bury(header)
        if header.status is ExecutionStatus.PREPARING:
            raise _under_way()
        return header.status is not ExecutionStatus.FAILED or header.step > 0


def _under_way() -> ThrottledError:
    return ThrottledError("the same start is under way; ask again", retryAfterSeconds=5)
