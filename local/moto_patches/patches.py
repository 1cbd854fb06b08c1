"""Keeps the book of what was replaced inside moto, so that it can be put back."""

from typing import Any, Final

_ABSENT: Final = object()


class Patches:
    """Replacements of attributes that `undo` takes back in reverse order."""

    def __init__(self) -> None:
        self._replaced: list[tuple[object, str, object]] = []
        self._installed: set[str] = set()

    def begin(self, name: str) -> bool:
        """Whether the patch of that name still has to be installed; says yes once."""
        fresh = name not in self._installed
        self._installed.add(name)
        return fresh

    def replace(self, owner: object, name: str, value: object) -> Any:
        """Puts `value` where `owner.name` was and answers what was there (None if nothing)."""
        own = vars(owner)
        previous = own.get(name, _ABSENT)
        current = getattr(owner, name, None)
        self._replaced.append((owner, name, previous))
        setattr(owner, name, value)
        return current

    def undo(self) -> None:
        """Puts everything back as it was before the first replacement."""
        while self._replaced:
            owner, name, previous = self._replaced.pop()
            if previous is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, previous)
        self._installed.clear()
