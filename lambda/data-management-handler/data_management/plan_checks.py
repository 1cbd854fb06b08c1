"""What a plan must keep before it is stored: its own rules, and what the stored groups say."""

from collections.abc import Collection, Iterator

from data_management.alarm_accounts import check_alarm_accounts
from data_management.app import ConfigurationApp
from shared.alarm_places import check_alarm_places, check_alarm_regions
from shared.models.recovery_plan import RecoveryPlanFields
from shared.models.violation import Violation
from shared.plan_rules import GROUPS, check_plan_rules, group_count
from shared.stores.ties import PLANS_OF_A_THING


def broken_rules(
    fields: RecoveryPlanFields, app: ConfigurationApp, stored: RecoveryPlanFields | None = None
) -> Iterator[Violation]:
    """Every rule that the plan breaks, by its own or the stored groups'; texts of the `stored` plan pass."""
    yield from check_plan_rules(fields, stored)
    regions = {each.field: each for each in check_alarm_regions(fields, app.drs_regions, stored)}
    yield from regions.values()
    # whether an alarm has one place in the region that is meant cannot be told
    yield from (each for each in check_against_groups(fields, app) if f"{each.field}.region" not in regions)
    yield from check_alarm_accounts(fields, app)


def check_against_groups(fields: RecoveryPlanFields, app: ConfigurationApp) -> Iterator[Violation]:
    """What the stored groups say: those that a wave names and that are not there, alarms that have no place.

    Nothing is looked up for a plan of no group or of too many, which its own rules refuse.
    """
    if not 0 < group_count(fields.waves) <= GROUPS:
        return
    known = {group.group_id: group.target for group in app.groups.get_many(sorted(fields.group_ids))}
    for path, group_id in _groups_by_path(fields):
        if group_id not in known:
            yield Violation(path, f"there is no group {group_id[:64]}", "UNKNOWN_GROUP")
    yield from check_alarm_places(fields.waves, known)


def groups_in_full_use(fields: RecoveryPlanFields, group_ids: Collection[str]) -> Iterator[Violation]:
    """These groups of the plan are used by as many plans as they may be."""
    for path, group_id in _groups_by_path(fields):
        if group_id in group_ids:
            reason = f"{PLANS_OF_A_THING:,} plans use the group {group_id} already, and no more may"
            yield Violation(path, reason, "TOO_MANY")


def _groups_by_path(fields: RecoveryPlanFields) -> Iterator[tuple[str, str]]:
    for position, wave in enumerate(fields.waves):
        for entry, group_id in enumerate(wave.protection_group_ids):
            yield f"waves[{position}].protectionGroupIds[{entry}]", group_id
