"""How long a step goes on: what finds no time in it is left to the next, which follows at once.

The function may run for 300 s. Whatever is begun in time ends by itself: a read within a minute, of which it may take
half (`shared.patience`), a call that changes something after 65 s (`shared.aws.once`); the commit comes after both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self, TypeVar

from shared.clock import Clock
from shared.models.targets import Target

Place = TypeVar("Place")

STEP_WALL_SECONDS: Final = 60
"""After that no further effect is begun."""

FIRST_READ_WALL_SECONDS: Final = 30
"""After that no further account and region is asked in this step."""

LAST_READ_WALL_SECONDS: Final = 90
"""After that nothing more is asked: what was learnt leads to further questions, which find time up to here."""


@dataclass
class Pace:
    """The time of one step, or of one round of a termination.

    `asked` are the accounts and regions that this step asks, `silent` says why one of them is not asked any more;
    `has_left` that something was left to the next step.
    """

    clock: Clock
    began: datetime
    asked: set[Target] = field(default_factory=set)
    silent: dict[Target, str] = field(default_factory=dict)
    has_left: bool = False

    @classmethod
    def begin(cls, clock: Clock) -> Self:
        """The step begins now."""
        return cls(clock, clock.now())

    @property
    def is_over(self) -> bool:
        """Whether no further effect is begun in this step."""
        return self._is_past(STEP_WALL_SECONDS)

    def may_ask(self, target: Target) -> bool:
        """Whether there is time for another question to the account and region; if not, it is left to the next step.

        Few that are asked to the end get further than many of which each is asked a little.
        """
        limit = LAST_READ_WALL_SECONDS if target in self.asked else FIRST_READ_WALL_SECONDS
        if self._is_past(limit):
            self.leave()
            return False
        self.asked.add(target)
        return True

    def leave(self) -> None:
        """Something is left to the next step."""
        self.has_left = True

    def _is_past(self, seconds: float) -> bool:
        return self.clock.now() - self.began >= self.clock.wall(seconds)


def in_turn(places: Sequence[Place], turn: int) -> list[Place]:
    """The accounts and regions, each of them first now and then: those at the end may be left to the next step."""
    start = turn % len(places) if places else 0
    return [*places[start:], *places[:start]]
