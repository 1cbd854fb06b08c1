"""The rules that groups break in a request which its model refused (well_formed)."""

from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from data_management.app import ConfigurationApp
from data_management.changes import ProtectionGroupChanges
from data_management.judging import CHANGE, ID, NAME
from data_management.requests import CreateProtectionGroup, NewProtectionGroup
from data_management.saving_groups import check_region_stays
from data_management.sent_back import check_sent_back
from shared.group_rules import check_group
from shared.models.base import read_strictly
from shared.models.protection_group import ProtectionGroup
from shared.models.violation import Violation
from shared.operations import Context
from shared.well_formed import RestsOn, well_formed

GROUPS_REST_ON: Final[RestsOn] = MappingProxyType(
    {
        "EXACTLY_ONE_SELECTION": ("sourceServerIds", "serverSelectionTags"),
        "SERVER_NOT_IN_GROUP": ("sourceServerIds[*]", "serverSelectionTags"),
        "MISSING_SUBNET": ("launchConfig.subnetId", "servers[=].launchTemplate.subnetId"),
    }
)
_SERVER: Final = "s-" + "Z" * 17


def group_stand_ins(app: ConfigurationApp) -> Mapping[str, Any]:
    """Of a group to be made, or to be changed."""
    return {
        **CHANGE,
        "groupId": ID,
        "groupName": NAME,
        "region": min(app.drs_regions),
        "servers[*].sourceServerId": _SERVER,
    }


def judge_group(fields: Mapping[str, Any], context: Context[ConfigurationApp]) -> Iterator[Violation]:
    """Of a group to be made."""
    well = well_formed(partial(read_strictly, CreateProtectionGroup), fields, group_stand_ins(context.app))
    if well is not None:
        yield from well.refused
        yield from well.certain(new_group_rules(well.read, context.app), GROUPS_REST_ON)


def new_group_rules(
    request: NewProtectionGroup, app: ConfigurationApp, stored: ProtectionGroup | None = None
) -> tuple[Violation, ...]:
    """Every rule that a new group breaks; texts of a `stored` group of its name pass."""
    return check_group(
        request.fields(app.hub_account_id),
        selects_by_id=request.selects_by_id,
        drs_regions=app.drs_regions,
        stored=stored,
    )


def judge_group_changes(fields: Mapping[str, Any], context: Context[ConfigurationApp]) -> Iterator[Violation]:
    """Of a group to be changed, over what is stored; of one that is not there what rests on nothing else of it."""
    app = context.app
    well = well_formed(partial(read_strictly, ProtectionGroupChanges), fields, group_stand_ins(app))
    if well is None:
        return
    stored = next(iter(app.groups.get_many([] if well.lacks("groupId") else [well.read.group_id])), None)
    yield from well.refused
    if stored is None:
        yield from (each for each in judge_group(fields, context) if each.code not in GROUPS_REST_ON)
    else:
        yield from well.certain(changed_group_rules(well.read, stored, app), GROUPS_REST_ON)


def changed_group_rules(
    changes: ProtectionGroupChanges, stored: ProtectionGroup, app: ConfigurationApp
) -> Iterator[Violation]:
    """Every rule that the change breaks by itself."""
    fields = changes.over(stored)
    yield from check_sent_back(changes, stored)
    yield from check_region_stays(stored, fields)
    yield from check_group(
        fields, selects_by_id=changes.selects_by_id(stored), drs_regions=app.drs_regions, stored=stored
    )
