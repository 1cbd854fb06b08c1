"""Reads a document as groups and plans of ours: translated, shape-checked, held against every rule of its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pydantic

from data_management.app import ConfigurationApp
from data_management.import_content import ReadDocument, ReadGroup, ReadPlan, under
from data_management.import_document import ConfigurationDocument, ImportConfiguration, Mappings, OnConflict
from data_management.import_document_rules import Claim, check_names
from data_management.import_either_way import GROUP_EITHER_WAY, PLAN_EITHER_WAY
from data_management.import_mapping import Translation, group_references, translate_group, translate_plan
from data_management.import_merging import check_no_update, group_changes, plan_changes
from data_management.judging_groups import GROUPS_REST_ON, group_stand_ins
from data_management.judging_plans import PLANS_REST_ON, plan_stand_ins
from data_management.requests import NewProtectionGroup, NewRecoveryPlan, written_path
from shared.alarm_places import check_alarm_places, check_alarm_regions
from shared.group_rules import check_group
from shared.ids import new_ulid
from shared.models.base import read_strictly
from shared.models.protection_group import ProtectionGroup, ProtectionGroupFields
from shared.models.recovery_plan import RecoveryPlan, RecoveryPlanFields
from shared.models.targets import Target
from shared.models.violation import Violation, violations_of
from shared.plan_rules import GROUPS, check_plan_rules
from shared.stores.owned_kinds import folded
from shared.well_formed import WellFormed, well_formed, whole

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class _Reading:
    """What reading needs to know; `updates`: what the document says of something that exists changes it.

    `groups` and `plans` are those that exist of the names in the document, by their folded names; `doubled` are the
    paths of names that others have before.
    """

    mappings: Mappings
    app: ConfigurationApp
    updates: bool
    groups: Mapping[str, ProtectionGroup]
    plans: Mapping[str, RecoveryPlan]
    doubled: frozenset[str]

    def name_stands(self, path: str, violations: Iterable[Violation]) -> bool:
        """Whether the name at that path of the document is sure, given all that is wrong there."""
        name = path.rpartition(".")[2]
        return path not in self.doubled and all(each.field != name for each in violations)

    def place_stands(self, raw: Mapping[str, Any], *, name_stands: bool) -> bool:
        """Whether the place of a group is sure: one of another name may be mapped, or stored, to another."""
        is_said = {"accountId", "region"} <= raw.keys()
        return name_stands or (not self.mappings.accounts and (is_said or not self.updates))


def read_document(request: ImportConfiguration, app: ConfigurationApp) -> ReadDocument:
    """Read the request's document; looks up names and ids of groups and plans, and nothing else."""
    document: ConfigurationDocument = request.configuration
    base = "" if request.document is None else "document."
    doubled = tuple(
        each
        for raws, of, field in (
            (document.protection_groups, "protectionGroups", "groupName"),
            (document.recovery_plans, "recoveryPlans", "planName"),
        )
        for each in check_names(
            {f"{base}{of}[{position}].{field}": _name(raw, field) for position, raw in enumerate(raws)}
        )
    )
    reading = _Reading(
        request.mappings,
        app,
        updates=request.on_conflict is OnConflict.UPDATE,
        groups=app.groups.find_by_names(_names(document.protection_groups, "groupName")),
        plans=app.plans.find_by_names(_names(document.recovery_plans, "planName")),
        doubled=frozenset(each.field for each in doubled),
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
    plans = _with_alarm_places(plans, groups, app)
    return ReadDocument(groups, plans, doubled, called, tuple(reading.mappings.unmet(met)))


def _with_alarm_places(
    plans: tuple[ReadPlan, ...], groups: Sequence[ReadGroup], app: ConfigurationApp
) -> tuple[ReadPlan, ...]:
    """The plans, with a violation for each alarm that has no place; groups are read only if there are alarms.

    Where the account or region of an alarm, or the account of a group of its wave, is not known, its place cannot be
    told yet.
    """
    watched = [wave for plan in plans if plan.well for wave in plan.well.read.waves if wave.health_checks]
    known = {group.group_id: group.target for group in groups if group.target is not None}
    named = {group_id for wave in watched for group_id in wave.protection_group_ids}
    named -= {group.group_id for group in groups}
    known |= {group.group_id: group.target for group in (app.groups.get_many(sorted(named)) if named else ())}
    return tuple(
        replace(plan, violations=(*plan.violations, *_without_place(plan, plan.well, known))) if plan.well else plan
        for plan in plans
    )


def _without_place(
    plan: ReadPlan, well: WellFormed[RecoveryPlanFields], known: Mapping[str, Target]
) -> Iterator[Violation]:
    untold = {violation.field for violation in (*plan.unresolved, *plan.violations)}
    found = well.certain(check_alarm_places(well.read.waves, known), PLANS_REST_ON)
    for violation in under(plan.path, _as_written(found, plan.waves)):
        if untold.isdisjoint(f"{violation.field}.{name}" for name in ("accountId", "region")):
            yield violation


def _read_group(raw: Mapping[str, Any], path: str, reading: _Reading) -> ReadGroup:
    app, name = reading.app, _name(raw, "groupName")
    existing = reading.groups.get(folded(name))
    changed = existing if reading.updates else None
    translation = translate_group(raw, reading.mappings, changed.account_id if changed else app.hub_account_id)

    def read(said: Mapping[str, Any]) -> ProtectionGroupFields:
        if changed is not None:
            return group_changes(changed, said).over(changed)
        return read_strictly(NewProtectionGroup, said).fields(app.hub_account_id)

    refused, well = _heard(read, translation.value, group_stand_ins(app.drs_regions))
    broken: tuple[Violation, ...] = ()
    if well is not None:
        rules = check_group(well.read, drs_regions=app.drs_regions, stored=existing)
        broken = tuple(well.certain(rules, GROUPS_REST_ON))
    fields = None if refused or well is None else well.read
    name_stands = reading.name_stands(f"{path}.groupName", (*refused, *broken))
    place_stands = reading.place_stands(raw, name_stands=name_stands)
    if reading.updates and not name_stands:
        refused = GROUP_EITHER_WAY.refused(refused, raw, translation.value)
        broken = tuple(each for each in broken if each.code not in GROUPS_REST_ON)
    return ReadGroup(
        path=path,
        name=name,
        group_id=existing.group_id if existing else new_ulid(app.clock.now()),
        fields=fields,
        claim=_claim(path, raw, well, name_stands=name_stands) if place_stands else None,
        existing=existing,
        target=_target_of(None if changed else existing, fields, translation) if place_stands else None,
        translation=translation,
        violations=under(path, (*refused, *broken, *(check_no_update(raw) if changed else ()))),
    )


def _target_of(
    stays: ProtectionGroup | None, fields: ProtectionGroupFields | None, translation: Translation
) -> Target | None:
    """The place of a group that stays as it is, or the one that its fields say, if its account could be translated."""
    if stays is not None:
        return stays.target
    if fields is None or any(each.field == "accountId" for each in translation.unresolved):
        return None
    return Target(account_id=fields.account_id, region=fields.region)


def _claim(
    path: str, raw: Mapping[str, Any], well: WellFormed[ProtectionGroupFields] | None, *, name_stands: bool
) -> Claim | None:
    """What the group claims for certain; nothing where its place is not told.

    What it does not say it keeps, if it is sure which group it is.
    """
    if well is None or well.lacks("accountId") or well.lacks("region"):
        return None
    group, says_servers, says_tags = well.read, "sourceServerIds" in raw, "serverSelectionTags" in raw
    servers = enumerate(group.source_server_ids if says_servers or name_stands else ())
    tags = group.server_selection_tags if says_tags or name_stands else {}
    return Claim(
        path=path,
        account_id=group.account_id,
        region=group.region,
        servers=[
            (f"{path}.{well.as_sent(f'sourceServerIds[{position}]')}" if says_servers else path, server_id)
            for position, server_id in servers
        ],
        tags={} if well.lacks("serverSelectionTags…") else tags,
        path_of_tags=f"{path}.serverSelectionTags" if says_tags else path,
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

    def read(said: Mapping[str, Any]) -> RecoveryPlanFields:
        if changed is not None:
            return plan_changes(changed, said).over(changed)
        return read_strictly(NewRecoveryPlan, said).fields()

    refused, well = _heard(read, translation.value, plan_stand_ins(translation.value))
    broken: Iterable[Violation] = ()
    if well is not None:
        regions = check_alarm_regions(well.read, reading.app.drs_regions, existing)
        broken = well.certain((*check_plan_rules(well.read, existing), *regions), PLANS_REST_ON)
    fields, broken = None if refused or well is None else well.read, tuple(broken)
    if reading.updates and not reading.name_stands(f"{path}.planName", (*refused, *broken)):
        refused = PLAN_EITHER_WAY.refused(refused, raw, translation.value)
    violations = _as_written((*refused, *broken), waves)
    return ReadPlan(
        path=path,
        name=name,
        fields=fields,
        well=well,
        existing=existing,
        waves=waves,
        mentions_waves=mentions_waves,
        translation=translation,
        violations=under(path, (*translation.refused, *violations, *(check_no_update(raw) if changed else ()))),
    )


def _heard(
    read: Callable[[Mapping[str, Any]], M], said: Mapping[str, Any], stand_ins: Mapping[str, Any]
) -> tuple[tuple[Violation, ...], WellFormed[M] | None]:
    """What the model refuses, and what could be read beside it."""
    try:
        return (), whole(read(said))
    except pydantic.ValidationError as error:
        well = well_formed(read, said, stand_ins)
        return (*violations_of(error, said), *(well.refused if well else ())), well


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
    return [replace(each, field=written_path(each.field, waves)) for each in violations]
