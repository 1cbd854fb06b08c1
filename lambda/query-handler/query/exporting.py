"""Groups and plans as a document has them that can be imported elsewhere: names instead of ids, nothing of their past.

A document is filled from the lists of groups and plans, in this order, until they end or it is full; the token says
where the next document goes on.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Generic, TypeVar

from shared.models.protection_group import ProtectionGroup, ProtectionGroupFields
from shared.models.recovery_plan import RecoveryPlan, RecoveryPlanFields
from shared.services.configuration_reads import ConfigurationReads
from shared.services.request_fields import LARGEST_PAGE
from shared.stores import page_token
from shared.stores.paging import Listing
from shared.stores.protection_group_store import ProtectionGroupStore

LARGEST_DOCUMENT: Final = 5_000_000
"""Bytes of the items of a document as Lambda sends it; a function's answer has at most 6,291,556."""

ITEMS: Final = 500
"""Groups and plans of a document unless told otherwise: an import makes some five calls of DynamoDB for each of them,
one after the other, and API Gateway waits 29 s for it
(https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html)."""

_LIST: Final = "configuration"
_GROUPS: Final = "groups"
_PLANS: Final = "plans"
_SECTIONS: Final = (_GROUPS, _PLANS)

M = TypeVar("M", ProtectionGroup, RecoveryPlan)


@dataclass(frozen=True, slots=True)
class ExportPosition:
    """Where a document begins: in which of the two lists, and after which page of it."""

    section: str = _GROUPS
    token: str | None = None

    @classmethod
    def of(cls, next_token: str | None) -> "ExportPosition":
        """The place of a token; ValidationError naming nextToken if it is not of an export."""
        if next_token is None:
            return cls()
        start = page_token.decode(next_token, _LIST, {}, {"section"}, maybe={"after"})
        if start["section"] not in _SECTIONS:
            raise page_token.refused()
        return cls(start["section"], start.get("after"))

    @property
    def next_token(self) -> str:
        """The token that leads here."""
        after = {} if self.token is None else {"after": self.token}
        return page_token.encode(_LIST, {}, {"section": self.section, **after})


@dataclass(slots=True)
class Sheet:
    """The items of one document: `left` more at most, None for as many as fit into `room` bytes."""

    left: int | None
    room: int = LARGEST_DOCUMENT
    groups: list[dict[str, Any]] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)

    def most(self) -> int:
        """How many items may be asked for at once."""
        return LARGEST_PAGE if self.left is None else min(self.left, LARGEST_PAGE)

    def add(self, section: str, items: Sequence[dict[str, Any]]) -> bool:
        """Take all of these items, or none if they are too many bytes; a first item is always taken."""
        size = sum(map(_bytes_sent, items))
        is_first = not self.groups and not self.plans and len(items) == 1
        if size > self.room and not is_first:
            return False
        self.room -= size
        self.left = None if self.left is None else self.left - len(items)
        (self.groups if section == _GROUPS else self.plans).extend(items)
        return True


@dataclass(frozen=True, slots=True)
class _Section(Generic[M]):
    """One of the two lists, and how its items look in a document."""

    name: str
    page: Callable[[int, str | None], Listing[M]]
    exported: Callable[[Sequence[M]], list[dict[str, Any]]]


def fill(sheet: Sheet, place: ExportPosition, app: ConfigurationReads) -> ExportPosition | None:
    """Fill the sheet from there; where the next one begins, None if everything that is left is on this one."""
    sections: tuple[_Section[Any], ...] = (
        _Section(_GROUPS, app.groups.page, lambda groups: [exported_group(group) for group in groups]),
        _Section(_PLANS, app.plans.page, partial(_exported_plans, app.groups, {})),
    )
    token = place.token
    for section in sections[_SECTIONS.index(place.section) :]:
        stopped = _fill_from(section, sheet, token)
        if stopped is not None:
            return stopped
        token = None
    return None


def _fill_from(section: _Section[Any], sheet: Sheet, token: str | None) -> ExportPosition | None:
    """The place in this list at which the sheet was full; None if the list ended first."""
    size = LARGEST_PAGE
    while True:
        wanted = min(size, sheet.most())
        # One more than a full sheet takes tells whether there is a next one.
        page = section.page(wanted or 1, token)
        if not page.items:
            return None
        if wanted and sheet.add(section.name, section.exported(page.items)):
            if page.next_token is None:
                return None
            token = page.next_token
        elif wanted and len(page.items) > 1:
            size = len(page.items) // 2
        else:
            return ExportPosition(section.name, token)


def _exported_plans(
    groups: ProtectionGroupStore, known: dict[str, str], plans: Sequence[RecoveryPlan]
) -> list[dict[str, Any]]:
    wanted = {group_id for plan in plans for wave in plan.waves for group_id in wave.protection_group_ids}
    known |= {group.group_id: group.group_name for group in groups.get_many(sorted(wanted - set(known)))}
    return [exported_plan(plan, known) for plan in plans]


def exported_group(group: ProtectionGroup) -> dict[str, Any]:
    """The group as an import takes it: of its two selections the one that it has."""
    fields = ProtectionGroupFields.model_validate(group.model_dump(include=set(ProtectionGroupFields.model_fields)))
    other = "sourceServerIds" if group.server_selection_tags else "serverSelectionTags"
    return {name: value for name, value in fields.wire().items() if name != other}


def exported_plan(plan: RecoveryPlan, names: Mapping[str, str]) -> dict[str, Any]:
    """The plan as an import takes it; a group without a name is gone, and its id is what no import finds."""
    fields = RecoveryPlanFields.model_validate(plan.model_dump(include=set(RecoveryPlanFields.model_fields)))
    wire = fields.wire()
    for wave in wire["waves"]:
        wave["protectionGroupNames"] = [names.get(group_id, group_id) for group_id in wave.pop("protectionGroupIds")]
    return wire


def _bytes_sent(item: Mapping[str, Any]) -> int:
    """What the item takes in an answer at most: at the API's door its JSON is a text in a JSON object."""
    return len(json.dumps(json.dumps(item)))
