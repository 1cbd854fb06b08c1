"""An endpoint that accepts every question and answers none, as long as a test lasts."""

from threading import Event
from typing import Any, Final

_FOR_EVER: Final = 60
"""Seconds after which a test is to fail that waits for the answer."""


class Silence:
    """Whoever asks waits in `hold`; nobody is kept beyond the test."""

    def __init__(self) -> None:
        self._over = Event()

    def hold(self, **_question: Any) -> None:
        """Take the question and say nothing; a hook of botocore too."""
        assert self._over.wait(_FOR_EVER), "somebody waited for an answer that does not come"

    def end(self) -> None:
        """Let go of all who still wait."""
        self._over.set()
