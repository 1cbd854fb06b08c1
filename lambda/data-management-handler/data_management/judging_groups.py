"""The rules that groups break in a request which its model refused (judging)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from data_management.app import ConfigurationApp
from data_management.changes import ProtectionGroupChanges
from data_management.judging import NAME, VERSION, certain, taken_by
from data_management.requests import CreateProtectionGroup
from data_management.saving_groups import check_region_stays
from data_management.sent_back import check_sent_back
from shared.group_rules import check_group
from shared.models.base import read_strictly
from shared.models.protection_group import ProtectionGroup
from shared.models.violation import Violation
from shared.operations import Context

_STORED_PERHAPS: Final = frozenset({"sourceServerIds", "serverSelectionTags", "launchConfig"})


def judge_group(
    fields: Mapping[str, Any], refused: frozenset[str], context: Context[ConfigurationApp]
) -> Iterator[Violation]:
    """Of a group to be made."""
    return new_group_rules(fields, refused, context.app)


def new_group_rules(
    fields: Mapping[str, Any], refused: frozenset[str], app: ConfigurationApp, stored: ProtectionGroup | None = None
) -> Iterator[Violation]:
    """The same; texts of a `stored` group of its name pass."""
    stand_ins = {"groupName": NAME, "region": min(app.drs_regions)}
    request = read_strictly(CreateProtectionGroup, {**stand_ins, **fields})
    broken = check_group(
        request.fields(app.hub_account_id),
        selects_by_id=request.selects_by_id,
        drs_regions=app.drs_regions,
        stored=stored,
    )
    return certain(broken, refused)


def judge_group_changes(
    fields: Mapping[str, Any], refused: frozenset[str], context: Context[ConfigurationApp]
) -> Iterator[Violation]:
    """Of a group to be changed, over what is stored; of one that is not there what rests on nothing else of it."""
    app = context.app
    stored = next(iter(app.groups.get_many([fields["groupId"]] if "groupId" in fields else [])), None)
    if stored is None:
        return new_group_rules(taken_by(CreateProtectionGroup, fields), refused | _STORED_PERHAPS, app)
    changes = read_strictly(ProtectionGroupChanges, {**VERSION, **fields})
    return certain(changed_group_rules(changes, stored, app), refused)


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
