"""What a plan must keep before it is stored: its own rules, and what the stored groups say."""

from collections.abc import Iterator

from data_management.app import ConfigurationApp
from shared.alarm_places import check_alarm_places
from shared.models.recovery_plan import RecoveryPlanFields
from shared.models.violation import Violation
from shared.plan_rules import GROUPS, check_plan_rules, group_count


def broken_rules(
    fields: RecoveryPlanFields, app: ConfigurationApp, stored: RecoveryPlanFields | None = None
) -> Iterator[Violation]:
    """Every rule that the plan breaks, by its own or the stored groups'; texts of the `stored` plan pass."""
    yield from check_plan_rules(fields, stored)
    yield from check_against_groups(fields, app)


def check_against_groups(fields: RecoveryPlanFields, app: ConfigurationApp) -> Iterator[Violation]:
    """What the stored groups say: those that a wave names and that are not there, alarms that have no place.

    Nothing is looked up for a plan of too many groups, which its own rules refuse.
    """
    if group_count(fields.waves) > GROUPS:
        return
    known = {group.group_id: group.target for group in app.groups.get_many(sorted(fields.group_ids))}
    for position, wave in enumerate(fields.waves):
        for entry, group_id in enumerate(wave.protection_group_ids):
            if group_id not in known:
                path = f"waves[{position}].protectionGroupIds[{entry}]"
                yield Violation(path, f"there is no group {group_id[:64]}", "UNKNOWN_GROUP")
    yield from check_alarm_places(fields.waves, known)
