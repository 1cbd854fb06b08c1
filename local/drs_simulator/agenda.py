"""What is going to happen, in order of time."""

import heapq
from collections.abc import Callable
from datetime import datetime

Step = Callable[[datetime], None]


class Agenda:
    """Steps with due times; those of one instant run in the order in which they were planned."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Step]] = []
        self._planned = 0

    def plan(self, when: datetime, step: Step) -> None:
        """Let `step` run at `when`; it is given that instant, however late it is looked at."""
        self._planned += 1
        heapq.heappush(self._heap, (when, self._planned, step))

    def next_due(self) -> datetime | None:
        """When the next step is due, or None if nothing is planned."""
        return self._heap[0][0] if self._heap else None

    def take_due(self, until: datetime) -> tuple[datetime, Step] | None:
        """Take the earliest step off the agenda if it is due by then."""
        if not self._heap or self._heap[0][0] > until:
            return None
        when, _, step = heapq.heappop(self._heap)
        return when, step
