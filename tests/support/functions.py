"""Functions that are invoked later: what they were handed, and when a test says so, their answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from shared.aws.ports import HandOverError
from shared.services.launch_config_orders import BringingDeps
from tests.support.configuration import HUB

OWN_FUNCTION: Final = f"arn:aws:lambda:us-east-1:{HUB}:function:aws-drs-orchestration-data-management-handler-dev:live"


NO_BRINGING: Final = cast(BringingDeps, None)
"""For those who apply no launch settings."""


@dataclass
class FunctionsOfTest:
    """Keeps what it is handed, in order; `refuses` says whether Lambda takes nothing."""

    waiting: deque[tuple[str, Mapping[str, Any]]] = field(default_factory=deque)
    refuses: bool = False

    def invoke_later(self, function_arn: str, payload: Mapping[str, Any]) -> None:
        """Keep the payload; HandOverError if nothing is taken."""
        if self.refuses:
            raise HandOverError(f"Lambda did not take the invocation of {function_arn}: throttled")
        self.waiting.append((function_arn, payload))

    def deliver(self, invoke: Callable[[str, Mapping[str, Any]], object]) -> int:
        """Invoke what waits, and what that hands over, until nothing waits; how many invocations it took."""
        count = 0
        while self.waiting:
            invoke(*self.waiting.popleft())
            count += 1
        return count
