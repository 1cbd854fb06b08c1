"""How many requests a stage takes: a bucket of tokens, filled at a rate, as API Gateway has it."""

import threading
import time
from collections.abc import Callable


class TokenBucket:
    """Holds at most `burst` tokens and gets `rate` new ones in a second of real time; each request takes one."""

    def __init__(self, rate: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._now = rate, burst, now
        self._tokens, self._filled_at = float(burst), now()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether there was a token."""
        with self._lock:
            now = self._now()
            self._tokens = min(float(self._burst), self._tokens + (now - self._filled_at) * self._rate)
            self._filled_at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
