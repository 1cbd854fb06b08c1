"""Which tags of an EC2 instance its DRS source server gets, and which it loses again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from unicodedata import category

MOST_TAGS: Final = 50
"""Tags of a resource, without those of AWS (AWS General Reference, tag limits)."""

LONGEST_KEY: Final = 128
LONGEST_VALUE: Final = 256
"""In characters (the same); DRS's model takes keys of 256, and EC2 gives none."""

_AWS: Final = "aws:"
"""Keys that begin so, in any case, are AWS's own and can be neither written nor removed."""

_OF_DRS: Final = ("awselasticdisasterrecovery", "awsdrs", "drsorchestration:")
"""How tags begin that DRS gives to what it makes, that let it launch into an instance, and that we give to jobs."""

_SIGNS: Final = frozenset("_.:/=+-@")
"""What AWS takes in tags beside letters, digits and blanks; EC2 alone takes everything."""

Written = Mapping[str, tuple[str, ...]]
"""By key the values that the tag of a server may have if it is the one that was copied."""


@dataclass(frozen=True, slots=True)
class TagChanges:
    """What is to be done with the tags of one source server, and what stays undone.

    `left_out` are keys for which there is no room, `not_taken` those that other services than EC2 do not take.
    `written` is what is known to be ours when all of it was done.
    """

    added: Mapping[str, str]
    changed: Mapping[str, str]
    removed: tuple[str, ...]
    left_out: tuple[str, ...]
    not_taken: tuple[str, ...]
    written: Written

    @property
    def put(self) -> dict[str, str]:
        """Everything that is added or changed."""
        return {**self.added, **self.changed}

    @property
    def changes_something(self) -> bool:
        """Whether DRS must be told anything."""
        return bool(self.added or self.changed or self.removed)

    def intended(self, before: Written) -> Written:
        """What may be ours while it is being done: the old values and the new ones."""
        put = self.put
        keys = {*self.written, *(key for key in self.removed if key in before)}
        return {
            key: tuple(
                dict.fromkeys((*before.get(key, ()), *([put[key]] if key in put else self.written.get(key, ()))))
            )
            for key in sorted(keys)
        }


def tag_changes(instance: Mapping[str, str], server: Mapping[str, str], written: Written) -> TagChanges:
    """What makes the server's tags those of its instance.

    What the instance has is added or changed, whoever wrote it; what it lacks is removed only if the server's tag is
    still the one that was copied. Tags of AWS and DRS are let alone on both sides.
    """
    takable = {key: value for key, value in instance.items() if not is_reserved(key) and is_taken(key, value)}
    not_taken = sorted(key for key, value in instance.items() if not is_reserved(key) and not is_taken(key, value))
    removed = tuple(sorted(key for key in written if key not in instance and _is_ours(key, server, written)))
    changed = {key: value for key, value in takable.items() if key in server and server[key] != value}
    missing = sorted(key for key in takable if key not in server)
    room = max(0, MOST_TAGS - sum(not _is_of_aws(key) and key not in removed for key in server))
    added = {key: takable[key] for key in missing[:room]}
    put = {**added, **changed}
    kept = {key for key in written if key in instance and key not in put and _is_ours(key, server, written)}
    ours = {**{key: (server[key],) for key in kept}, **{key: (value,) for key, value in put.items()}}
    return TagChanges(
        added=added,
        changed=changed,
        removed=removed,
        left_out=tuple(missing[room:]),
        not_taken=tuple(not_taken),
        written={key: ours[key] for key in sorted(ours)},
    )


def is_reserved(key: str) -> bool:
    """Whether the tag is AWS's, DRS's or one that this system gives to jobs."""
    return _is_of_aws(key) or key.lower().startswith(_OF_DRS)


def is_taken(key: str, value: str) -> bool:
    """Whether a tag has the form that AWS's services take in common."""
    return (
        0 < len(key) <= LONGEST_KEY
        and len(value) <= LONGEST_VALUE
        and all(character in _SIGNS or category(character)[0] in "LNZ" for character in key + value)
    )


def _is_ours(key: str, server: Mapping[str, str], written: Written) -> bool:
    return not is_reserved(key) and server.get(key) in written[key]


def _is_of_aws(key: str) -> bool:
    return key.lower().startswith(_AWS)
