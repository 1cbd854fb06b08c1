"""Texts that count how often they are compared, by which a test tells work that grows with the square of a list."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar


class Counted(str):
    """A text like any other."""

    __slots__ = ()
    _compared: ClassVar[int] = 0

    def __eq__(self, other: object) -> bool:
        Counted._compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__

    @classmethod
    @contextmanager
    def counting(cls) -> Iterator[Callable[[], int]]:
        """Answers how many comparisons there were since."""
        before = Counted._compared
        yield lambda: Counted._compared - before
