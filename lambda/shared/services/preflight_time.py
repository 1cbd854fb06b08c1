"""How a preflight shares out its time among questions that come one after the other."""

import time
from dataclasses import dataclass
from typing import Final, Self

LEAST_SECONDS: Final = 2
"""Wall seconds that each question of a preflight leaves to each that comes after it."""


@dataclass
class PreflightTime:
    """What is left; `following` are the questions that have not had their share."""

    over_at: float
    following: int

    @classmethod
    def of(cls, seconds: float, questions: int) -> Self:
        """So much real time for so many questions, from now on."""
        return cls(time.monotonic() + seconds, questions)

    def one_more(self) -> None:
        """There is another question, which what was found before has raised."""
        self.following += 1

    def share(self) -> float:
        """The most real seconds that the next question may take."""
        self.following -= 1
        return self.spare

    @property
    def spare(self) -> float:
        """The real seconds that the questions that follow can do without."""
        return max(0.0, self.over_at - time.monotonic() - self.following * LEAST_SECONDS)
