"""A bug as a value: by which changes of the text of lambda/ it comes about, and who must see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import cache_from_source
from pathlib import Path

from tests.proof.scenario import ALL


class MovedOnError(AssertionError):
    """The text that a mutant changes is not there, once: the code has moved on, and the mutant has to follow."""


@dataclass(frozen=True)
class Change:
    """One change of one file under lambda/; the old text must be there exactly once."""

    file: str
    old: str
    new: str

    def apply(self, copy: Path) -> None:
        """Change the copy."""
        path = copy / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise MovedOnError(f"{self.file} holds {text.count(self.old)} times, not once:\n{self.old}")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")
        Path(cache_from_source(str(path))).unlink(missing_ok=True)


@dataclass(frozen=True)
class Mutant:
    """A bug, and the number of the invariant that must see it; `hints` are seeds that have, tried first.

    `worlds` are those of `tests.proof.worlds.WORLDS` in which it may be seen.
    """

    name: str
    number: int
    changes: tuple[Change, ...]
    hints: tuple[int, ...] = field(default=())
    worlds: str = ALL
