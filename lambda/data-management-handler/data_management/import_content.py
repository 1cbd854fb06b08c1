"""What was read of a document: its groups and plans, and every rule that they break by themselves."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from data_management.import_document_rules import Claim, check_claims
from data_management.import_mapping import Translation
from data_management.import_merging import group_fields, plan_fields
from data_management.requests import WAYS_TO_NAME_GROUPS, written_path
from shared.models.protection_group import ProtectionGroup, ProtectionGroupFields
from shared.models.recovery_plan import RecoveryPlan, RecoveryPlanFields
from shared.models.targets import Target
from shared.models.violation import Violation
from shared.well_formed import WellFormed

_IDS: Final = re.compile(r"[0-9A-Za-z-]+")
"""Of whole words: ids of groups, and stand-ins."""


@dataclass(frozen=True, slots=True)
class ReadGroup:
    """A group of the document; `group_id` is that of the existing group of its name, or the one it will get.

    `fields` are None if its model refuses some of them. `target` is the place of its servers once it is imported, if
    that can be told.
    """

    path: str
    name: str
    group_id: str
    fields: ProtectionGroupFields | None
    claim: Claim | None
    existing: ProtectionGroup | None
    target: Target | None
    translation: Translation
    violations: tuple[Violation, ...]

    @property
    def unresolved(self) -> tuple[Violation, ...]:
        """What of it could not be translated."""
        return under(self.path, self.translation.unresolved)

    @property
    def is_as_it_was(self) -> bool:
        """Whether the document says nothing new of a group that exists."""
        return self.existing is not None and self.fields == group_fields(self.existing)


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """A plan of the document; `waves` are as written there, or the stored ones if it does not mention any.

    `fields` are None if its model refuses some of them; `well` is what could be read of it.
    """

    path: str
    name: str
    fields: RecoveryPlanFields | None
    well: WellFormed[RecoveryPlanFields] | None
    existing: RecoveryPlan | None
    waves: Sequence[Any]
    mentions_waves: bool
    translation: Translation
    violations: tuple[Violation, ...]

    @property
    def unresolved(self) -> tuple[Violation, ...]:
        """What of it could not be translated."""
        return under(self.path, self.translation.unresolved)

    @property
    def is_as_it_was(self) -> bool:
        """Whether the document says nothing new of a plan that exists."""
        return self.existing is not None and self.fields == plan_fields(self.existing)

    def reference_path(self, wave: int, entry: int) -> str:
        """Where the document names that group of that wave."""
        return f"{self.path}.{written_path(f'waves[{wave}].protectionGroupIds[{entry}]', self.waves)}"


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """The whole document; `violations` are what is wrong with it whatever the world looks like.

    `doubled` are its names that others have before; `called` is what it calls the groups that its plans name, by their
    ids; `unmet` are the paths of mappings that translated nothing of it.
    """

    groups: tuple[ReadGroup, ...]
    plans: tuple[ReadPlan, ...]
    doubled: tuple[Violation, ...]
    called: Mapping[str, str]
    unmet: tuple[str, ...]

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every broken rule; then also what could not be translated, so that one answer says it all.

        An id that the import made up, or found by a name, is called what the document calls it. That a group is not
        there is not told where the name of one is wrong: it may be the one.
        """
        items: tuple[ReadGroup | ReadPlan, ...] = (*self.groups, *self.plans)
        called = dict(self.called)
        for item in items:
            called |= item.translation.stand_ins

        def in_its_words(each: Violation) -> Violation:
            return replace(each, reason=_IDS.sub(lambda found: called.get(found[0], found[0]), each.reason))

        broken = [
            *(violation for item in items for violation in item.violations),
            *self.doubled,
            *check_claims([item.claim for item in self.groups if item.claim]),
        ]
        if not broken:
            return ()
        wrong = {each.field for each in broken}
        names_stand = wrong.isdisjoint(f"{item.path}.groupName" for item in self.groups)
        unresolved = (violation for item in items for violation in item.unresolved)
        return (*map(in_its_words, broken), *(each for each in unresolved if names_stand or not _names_a_group(each)))


def _names_a_group(unresolved: Violation) -> bool:
    return any(f".{way}" in unresolved.field for way in WAYS_TO_NAME_GROUPS)


def under(path: str, violations: Sequence[Violation]) -> tuple[Violation, ...]:
    """The same violations, of what lies at that path of the document."""
    return tuple(violation.under(path) for violation in violations)
