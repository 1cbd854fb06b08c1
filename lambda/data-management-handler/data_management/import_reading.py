"""Reads a document as groups and plans of ours: translated, shape-checked, held against every rule of its own."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pydantic

from data_management.app import ConfigurationApp
from data_management.import_document import ConfigurationDocument, ImportConfiguration, Mappings, OnConflict
from data_management.import_document_rules import check_groups_together, check_plans_together
from data_management.import_mapping import Translation, group_references, translate_group, translate_plan
from data_management.import_merging import check_no_update, group_changes, group_fields, plan_changes, plan_fields
from data_management.judging import certain
from data_management.judging_groups import changed_group_rules, new_group_rules
from data_management.judging_plans import changed_plan_rules, new_plan_rules
from data_management.requests import NewProtectionGroup, NewRecoveryPlan, written_path
from shared.alarm_places import check_alarm_places
from shared.group_rules import check_group
from shared.ids import new_ulid
from shared.models.base import read_strictly
from shared.models.protection_group import ProtectionGroup, ProtectionGroupFields
from shared.models.recovery_plan import RecoveryPlan, RecoveryPlanFields
from shared.models.targets import Target
from shared.models.violation import Violation, violations_of, well_formed
from shared.plan_rules import GROUPS, check_plan_rules
from shared.stores.owned_kinds import folded

_IDS: Final = re.compile(r"[0-9A-Za-z-]+")
"""Of whole words: ids of groups, and stand-ins."""


@dataclass(frozen=True, slots=True)
class ReadGroup:
    """A group of the document; `group_id` is that of the existing group of its name, or the one it will get.

    `target` is the place of its servers once it is imported, if that can be told.
    """

    path: str
    name: str
    group_id: str
    fields: ProtectionGroupFields | None
    existing: ProtectionGroup | None
    target: Target | None
    translation: Translation
    violations: tuple[Violation, ...]

    @property
    def unresolved(self) -> tuple[Violation, ...]:
        """What of it could not be translated."""
        return _under(self.path, self.translation.unresolved)

    @property
    def is_as_it_was(self) -> bool:
        """Whether the document says nothing new of a group that exists."""
        return self.existing is not None and self.fields == group_fields(self.existing)


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """A plan of the document; `waves` are as written there, or the stored ones if it does not mention any."""

    path: str
    name: str
    fields: RecoveryPlanFields | None
    existing: RecoveryPlan | None
    waves: Sequence[Any]
    mentions_waves: bool
    translation: Translation
    violations: tuple[Violation, ...]

    @property
    def unresolved(self) -> tuple[Violation, ...]:
        """What of it could not be translated."""
        return _under(self.path, self.translation.unresolved)

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

    `called` is what the document calls the groups that its plans name, by their ids; `unmet` are the paths of mappings
    that translated nothing of it.
    """

    groups: tuple[ReadGroup, ...]
    plans: tuple[ReadPlan, ...]
    called: Mapping[str, str]
    unmet: tuple[str, ...]

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every broken rule; then also what could not be translated, so that one answer says it all.

        An id that the import made up, or found by a name, is called what the document calls it.
        """
        items: tuple[ReadGroup | ReadPlan, ...] = (*self.groups, *self.plans)
        called = dict(self.called)
        for item in items:
            called |= item.translation.stand_ins

        def in_its_words(each: Violation) -> Violation:
            words = _IDS.sub(lambda found: called.get(found[0], found[0]), each.reason)
            return Violation(each.field, words, each.code)

        broken = [
            *(violation for item in items for violation in item.violations),
            *check_groups_together([(item.path, item.fields) for item in self.groups if item.fields]),
            *check_plans_together([(item.path, item.fields) for item in self.plans if item.fields]),
        ]
        if not broken:
            return ()
        unresolved = (violation for item in items for violation in item.unresolved)
        return (*map(in_its_words, broken), *unresolved)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What reading needs to know; `updates`: what the document says of something that exists changes it.

    `groups` and `plans` are those that exist of the names in the document, by their folded names.
    """

    mappings: Mappings
    app: ConfigurationApp
    updates: bool
    groups: Mapping[str, ProtectionGroup]
    plans: Mapping[str, RecoveryPlan]


def read_document(request: ImportConfiguration, app: ConfigurationApp) -> ReadDocument:
    """Read the request's document; looks up names and ids of groups and plans, and nothing else."""
    document: ConfigurationDocument = request.configuration
    base = "" if request.document is None else "document."
    reading = _Reading(
        request.mappings,
        app,
        updates=request.on_conflict is OnConflict.UPDATE,
        groups=app.groups.find_by_names(_names(document.protection_groups, "groupName")),
        plans=app.plans.find_by_names(_names(document.recovery_plans, "planName")),
    )
    groups = tuple(
        _read_group(raw, f"{base}protectionGroups[{position}]", reading)
        for position, raw in enumerate(document.protection_groups)
    )
    find_group, called = _group_finder(groups, document.recovery_plans, reading)
    plans = tuple(
        _read_plan(raw, f"{base}recoveryPlans[{position}]", find_group, reading)
        for position, raw in enumerate(document.recovery_plans)
    )
    items: tuple[ReadGroup | ReadPlan, ...] = (*groups, *plans)
    met = frozenset[tuple[str, str]]().union(*(item.translation.met for item in items))
    return ReadDocument(groups, _with_alarm_places(plans, groups, app), called, tuple(reading.mappings.unmet(met)))


def _with_alarm_places(
    plans: tuple[ReadPlan, ...], groups: Sequence[ReadGroup], app: ConfigurationApp
) -> tuple[ReadPlan, ...]:
    """The plans, with a violation for each alarm that has no place; groups are read only if there are alarms.

    Where the account of an alarm, or of a group of its wave, is unresolved, its place cannot be told yet.
    """
    watched = [wave for plan in plans if plan.fields for wave in plan.fields.waves if wave.health_checks]
    known = {group.group_id: group.target for group in groups if group.target is not None}
    named = {group_id for wave in watched for group_id in wave.protection_group_ids}
    named -= {group.group_id for group in groups}
    known |= {group.group_id: group.target for group in (app.groups.get_many(sorted(named)) if named else ())}
    return tuple(
        replace(
            plan,
            violations=(*plan.violations, *_without_place(plan, plan.fields, known)),
        )
        if plan.fields
        else plan
        for plan in plans
    )


def _without_place(plan: ReadPlan, fields: RecoveryPlanFields, known: Mapping[str, Target]) -> Iterator[Violation]:
    unresolved = {violation.field for violation in plan.unresolved}
    for violation in _under(plan.path, _as_written(check_alarm_places(fields.waves, known), plan.waves)):
        if f"{violation.field}.accountId" not in unresolved:
            yield violation


def _read_group(raw: Mapping[str, Any], path: str, reading: _Reading) -> ReadGroup:
    app, name = reading.app, _name(raw, "groupName")
    existing = reading.groups.get(folded(name))
    changed = existing if reading.updates else None
    translation = translate_group(raw, reading.mappings, changed.account_id if changed else app.hub_account_id)
    fields: ProtectionGroupFields | None = None
    try:
        if changed is not None:
            changes = group_changes(changed, translation.value)
            fields, selects_by_id = changes.over(changed), changes.selects_by_id(changed)
        else:
            request = read_strictly(NewProtectionGroup, translation.value)
            fields, selects_by_id = request.fields(app.hub_account_id), request.selects_by_id
        violations = check_group(fields, selects_by_id=selects_by_id, drs_regions=app.drs_regions, stored=existing)
    except pydantic.ValidationError as error:
        violations = (*violations_of(error), *_judged_group(translation.value, error, existing, reading))
    if changed is not None:
        violations = (*violations, *check_no_update(raw))
    remaining: ProtectionGroupFields | None = existing if existing and not changed else fields
    if remaining is fields and any(each.field == "accountId" for each in translation.unresolved):
        remaining = None
    return ReadGroup(
        path=path,
        name=name,
        group_id=existing.group_id if existing else new_ulid(app.clock.now()),
        fields=fields,
        existing=existing,
        target=Target(account_id=remaining.account_id, region=remaining.region) if remaining else None,
        translation=translation,
        violations=_under(path, violations),
    )


def _read_plan(
    raw: Mapping[str, Any], path: str, find_group: Callable[[str], str | None], reading: _Reading
) -> ReadPlan:
    translation = translate_plan(raw, reading.mappings, find_group)
    name = _name(raw, "planName")
    existing = reading.plans.get(folded(name))
    changed = existing if reading.updates else None
    stored = [wave.wire() for wave in changed.waves] if changed else []
    mentions_waves = isinstance(raw.get("waves"), list)
    waves: Sequence[Any] = raw["waves"] if mentions_waves else stored
    fields: RecoveryPlanFields | None = None
    try:
        if changed is not None:
            fields = plan_changes(changed, translation.value).over(changed)
        else:
            fields = read_strictly(NewRecoveryPlan, translation.value).fields()
        violations = check_plan_rules(fields, existing)
    except pydantic.ValidationError as error:
        violations = (*violations_of(error), *_judged_plan(translation.value, error, existing, reading))
    if changed is not None:
        violations = (*violations, *check_no_update(raw))
    return ReadPlan(
        path=path,
        name=name,
        fields=fields,
        existing=existing,
        waves=waves,
        mentions_waves=mentions_waves,
        translation=translation,
        violations=_under(path, (*translation.refused, *_as_written(violations, waves))),
    )


def _judged_group(
    said: Mapping[str, Any], error: pydantic.ValidationError, existing: ProtectionGroup | None, reading: _Reading
) -> Iterator[Violation]:
    """The rules that the group breaks beside what is refused of it."""
    fields, refused = well_formed(said, error)
    if existing is None or not reading.updates:
        return new_group_rules(fields, refused, reading.app, existing)
    return certain(changed_group_rules(group_changes(existing, fields), existing, reading.app), refused)


def _judged_plan(
    said: Mapping[str, Any], error: pydantic.ValidationError, existing: RecoveryPlan | None, reading: _Reading
) -> Iterator[Violation]:
    """The rules that the plan breaks beside what is refused of it."""
    fields, _ = well_formed(said, error)
    if existing is None or not reading.updates:
        return new_plan_rules(fields, existing)
    return changed_plan_rules(plan_changes(existing, fields), existing)


def _group_finder(
    groups: Sequence[ReadGroup], plans: Sequence[Mapping[str, Any]], reading: _Reading
) -> tuple[Callable[[str], str | None], Mapping[str, str]]:
    """Finds a group's id by name, the document's own before those stored, and then by id; and the text by the id.

    Nothing is looked up for a plan of too many groups, which its own rules refuse: any text of it is taken for an id.
    """
    app = reading.app
    ids = {folded(group.name): group.group_id for group in groups if group.name}
    references = [group_references(raw, reading.mappings) for raw in plans]
    texts = dict.fromkeys(text for named in references if len(named) <= GROUPS for text in named)
    not_asked = {text for named in references if len(named) > GROUPS for text in named}
    elsewhere = [text for text in texts if folded(text) not in ids]
    by_id = {group.group_id for group in app.groups.get_many(elsewhere)}
    by_name = app.groups.find_by_names(elsewhere)
    for text in elsewhere:
        if folded(text) in by_name:
            ids[folded(text)] = by_name[folded(text)].group_id
        elif text in by_id:
            ids[folded(text)] = text
    called = {ids[folded(text)]: text for text in elsewhere if folded(text) in ids}
    called |= {group.group_id: group.name for group in groups}
    return lambda text: ids.get(folded(text)) or (text if text in not_asked else None), called


def _names(raws: Sequence[Mapping[str, Any]], field: str) -> list[str]:
    return [name for name in (_name(raw, field) for raw in raws) if name]


def _name(raw: Mapping[str, Any], field: str) -> str:
    name = raw.get(field)
    return name.strip() if isinstance(name, str) else ""


def _as_written(violations: Iterable[Violation], waves: Sequence[Any]) -> list[Violation]:
    return [Violation(written_path(each.field, waves), each.reason, each.code) for each in violations]


def _under(path: str, violations: Sequence[Violation]) -> tuple[Violation, ...]:
    return tuple(violation.under(path) for violation in violations)
