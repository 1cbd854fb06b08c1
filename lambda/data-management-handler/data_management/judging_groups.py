"""The rules that groups break in a request which its model refused (well_formed)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from data_management.app import ConfigurationApp
from data_management.changes import ProtectionGroupChanges
from data_management.group_checks import account_rules, is_asked_about
from data_management.requests import CreateProtectionGroup, NewProtectionGroup
from data_management.saving_groups import check_region_stays
from data_management.sent_back import check_sent_back
from shared.group_rules import STAND_IN_ADDRESS, check_group
from shared.launch_config_contradictions import COPIED_ADDRESS_REPLACES_STATIC, RIGHT_SIZING_REPLACES_TYPE
from shared.launch_config_rules import LAUNCH_INTO
from shared.launch_into_contradictions import EXCLUDES
from shared.models.base import read_strictly
from shared.models.protection_group import ProtectionGroup, ProtectionGroupFields
from shared.models.targets import Target
from shared.models.violation import Violation
from shared.operations import Context
from shared.security_group_rules import SECURITY_GROUP_COUNT
from shared.services.judging import CHANGE, ID, NAME, told
from shared.well_formed import WHATEVER, RestsOn, well_formed


def _everywhere(name: str) -> tuple[str, ...]:
    """Where a group may say a field of launch settings of all its servers, or of the one in question."""
    own = ("launchTemplate", "drillLaunchTemplate")
    return f"launchConfig.{name}", f"drillLaunchConfig.{name}", *(f"servers[=].{each}.{name}" for each in own)


GROUPS_REST_ON: Final[RestsOn] = MappingProxyType(
    {
        "EXACTLY_ONE_SELECTION": ("sourceServerIds", "serverSelectionTags"),
        "SERVER_NOT_IN_GROUP": ("sourceServerIds[*]", "serverSelectionTags"),
        "MISSING_SUBNET": (WHATEVER, *_everywhere("subnetId")),
        RIGHT_SIZING_REPLACES_TYPE: _everywhere("instanceType"),
        COPIED_ADDRESS_REPLACES_STATIC: (
            "servers[=].launchTemplate.staticPrivateIp",
            "servers[=].drillLaunchTemplate.staticPrivateIp",
            *_everywhere("subnetId"),
        ),
        EXCLUDES: ("launchIntoMatching", *_everywhere(LAUNCH_INTO)),
        SECURITY_GROUP_COUNT: ("=…",),
    }
)
_SERVER: Final = "s-" + "Z" * 17


def group_stand_ins(drs_regions: Collection[str]) -> Mapping[str, Any]:
    """Of a group to be made, or to be changed."""
    return {
        **CHANGE,
        "groupId": ID,
        "groupName": NAME,
        "region": min(drs_regions),
        "servers[*].sourceServerId": _SERVER,
        "servers[*].launchTemplate.staticPrivateIp": str(STAND_IN_ADDRESS),
        "servers[*].drillLaunchTemplate.staticPrivateIp": str(STAND_IN_ADDRESS),
    }


def judge_group(fields: Mapping[str, Any], context: Context[ConfigurationApp]) -> Iterator[Violation]:
    """Of a group to be made."""
    well = well_formed(partial(read_strictly, CreateProtectionGroup), fields, group_stand_ins(context.app.drs_regions))
    if well is not None:
        group = well.read.fields(context.app.hub_account_id)
        yield from well.refused
        yield from well.certain(with_account(new_group_rules(well.read, context.app), group, context), GROUPS_REST_ON)


def new_group_rules(request: NewProtectionGroup, app: ConfigurationApp) -> tuple[Violation, ...]:
    """Every rule that a new group breaks."""
    fields = request.fields(app.hub_account_id)
    return check_group(fields, drs_regions=app.drs_regions)


def judge_group_changes(fields: Mapping[str, Any], context: Context[ConfigurationApp]) -> Iterator[Violation]:
    """Of a group to be changed, over what is stored; of one that is not there what rests on nothing else of it."""
    app = context.app
    well = well_formed(partial(read_strictly, ProtectionGroupChanges), fields, group_stand_ins(app.drs_regions))
    if well is None:
        return
    yield from well.refused
    stored = next(iter(app.groups.get_many([] if well.lacks("groupId") else [well.read.group_id])), None)
    if stored is None:
        yield from (each for each in judge_group(fields, context) if each.code not in GROUPS_REST_ON)
    else:
        found = with_account(changed_group_rules(well.read, stored, app), well.read.over(stored), context, stored)
        yield from well.certain(found, GROUPS_REST_ON)


def changed_group_rules(
    changes: ProtectionGroupChanges, stored: ProtectionGroup, app: ConfigurationApp
) -> Iterator[Violation]:
    """Every rule that the change breaks by itself."""
    fields = changes.over(stored)
    yield from check_sent_back(changes, stored)
    yield from check_region_stays(stored, fields)
    yield from check_group(fields, drs_regions=app.drs_regions, stored=stored)


def with_account(
    broken: Iterable[Violation],
    fields: ProtectionGroupFields,
    context: Context[ConfigurationApp],
    stored: ProtectionGroup | None = None,
) -> Iterator[Violation]:
    """The broken rules of a group that is refused for them, and with them why it may not come into its account."""
    yield from broken
    if stored is None or is_asked_about(fields, stored):
        yield from told(_account, fields, context)


def _account(fields: ProtectionGroupFields, context: Context[ConfigurationApp]) -> Iterator[Violation]:
    return account_rules(Target(account_id=fields.account_id, region=fields.region), context.app)
