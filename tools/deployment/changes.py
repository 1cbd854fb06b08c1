"""What a change set would do, in words, and which of it must not be done without being asked for by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tools.deployment.kept import KEPT


class Effect(StrEnum):
    """What becomes of a resource; the value is the word for it."""

    ADDED = "added"
    CHANGED = "changed"
    MAY_BE_REPLACED = "may be replaced"
    REPLACED = "replaced"
    REMOVED = "removed"
    UNKNOWN = "not foreseen"


HARMLESS: Final = frozenset({Effect.ADDED, Effect.CHANGED})

_EFFECTS: Final[Mapping[str, Effect]] = {
    "Add": Effect.ADDED,
    "Import": Effect.ADDED,
    "Remove": Effect.REMOVED,
}
_REPLACEMENTS: Final[Mapping[str, Effect]] = {
    "False": Effect.CHANGED,
    "Conditional": Effect.MAY_BE_REPLACED,
    "True": Effect.REPLACED,
}


@dataclass(frozen=True)
class Change:
    """One resource by its path (`DatabaseStack/ProtectionGroupsTable`), what becomes of it, and why."""

    path: str
    resource_type: str
    effect: Effect
    because_of: tuple[str, ...] = ()

    @property
    def is_grave(self) -> bool:
        """Whether something that must be kept would be lost, or may be."""
        return self.resource_type in KEPT and self.effect not in HARMLESS

    def __str__(self) -> str:
        reasons = f": {', '.join(self.because_of)}" if self.because_of else ""
        return f"{self.effect:<15}  {self.path} ({self.resource_type}){reasons}"


def read(described: Iterable[Mapping[str, Any]], within: str = "") -> Iterator[Change]:
    """The changes of one stack, as DescribeChangeSet lists them; `within` is the path of that stack.

    A replacement that is only possible because a neighbour's name might change is none if the neighbour keeps it.
    """
    changes = [each["ResourceChange"] for each in described if each.get("Type", "Resource") == "Resource"]
    keeping = {each["LogicalResourceId"] for each in changes if _effect(each) is Effect.CHANGED}
    for each in changes:
        effect = _effect(each)
        if effect is Effect.MAY_BE_REPLACED and _follows_only(each.get("Details", []), keeping):
            effect = Effect.CHANGED
        yield Change(path_of(within, each["LogicalResourceId"]), each["ResourceType"], effect, tuple(_reasons(each)))


def path_of(within: str, logical_name: str) -> str:
    """The path of a resource of the stack with this path."""
    return f"{within}/{logical_name}" if within else logical_name


def grave(changes: Iterable[Change], accepted: Collection[str]) -> list[Change]:
    """What would be lost and was not named."""
    return [change for change in changes if change.is_grave and change.path not in accepted]


def told(changes: Sequence[Change]) -> Iterator[str]:
    """Every change on a line of its own, what is added last, and how many there are of each kind."""
    order = [Effect.REMOVED, Effect.REPLACED, Effect.MAY_BE_REPLACED, Effect.UNKNOWN, Effect.CHANGED, Effect.ADDED]
    for change in sorted(changes, key=lambda one: (order.index(one.effect), one.path)):
        yield f"  {change}"
    counted = Counter(change.effect for change in changes)
    yield "  " + ", ".join(f"{counted[effect]} {effect}" for effect in order if counted[effect])


def refusal(lost: Sequence[Change]) -> str:
    """Why it is not deployed, and how somebody who means it says so."""
    named = " ".join(f"--accept {change.path}" for change in lost)
    listed = "".join(f"\n  {change.path} is {change.effect}: {KEPT[change.resource_type]}" for change in lost)
    return f"this would not keep what must be kept:{listed}\nif it is meant, with a backup: ARGS='{named}'"


def _effect(change: Mapping[str, Any]) -> Effect:
    """What becomes of it; what CloudFormation cannot say before, or says in a word that is new, is not foreseen."""
    if change["Action"] == "Modify":
        return _REPLACEMENTS.get(change.get("Replacement", ""), Effect.UNKNOWN)
    return _EFFECTS.get(change["Action"], Effect.UNKNOWN)


def _follows_only(details: Sequence[Mapping[str, Any]], keeping: Collection[str]) -> bool:
    """Whether everything that could replace a resource is what `Ref` says of neighbours that are not replaced."""
    recreating = [each for each in details if each.get("Target", {}).get("RequiresRecreation", "Never") != "Never"]
    return bool(recreating) and all(
        each.get("ChangeSource") == "ResourceReference" and each.get("CausingEntity") in keeping for each in recreating
    )


def _reasons(change: Mapping[str, Any]) -> list[str]:
    """The properties that change, or the attributes such as its tags, each once."""
    targets = [each.get("Target", {}) for each in change.get("Details", [])]
    return list(dict.fromkeys(target.get("Name") or target.get("Attribute", "") for target in targets))
