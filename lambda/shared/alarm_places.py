"""Where the alarms of a wave are: as the plan says, else in the one account and region of the wave's servers."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.account_rules import check_region
from shared.models.health_checks import AlarmCheck, CommandCheck, HealthChecks, alarms_of, commands_of
from shared.models.recovery_plan import RecoveryPlanFields, Wave
from shared.models.targets import Target
from shared.models.violation import Violation

Checks = Sequence[AlarmCheck | CommandCheck]
"""The declared checks of a wave, as its plan lists them."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An alarm with its place, or why it has none, and its position among the checks of its wave, counted from 0."""

    position: int
    alarm: AlarmCheck
    place: Target | None
    obstacle: str = ""


def place_alarms(checks: Checks | None, targets: Collection[Target]) -> tuple[Placed, ...]:
    """Every alarm of a wave whose servers are in these accounts and regions, in the plan's order."""
    return tuple(
        _placed(position, check, targets)
        for position, check in enumerate(checks or ())
        if isinstance(check, AlarmCheck)
    )


def with_places(checks: Checks | None, targets: Collection[Target]) -> HealthChecks | None:
    """The same checks by kind, every alarm with its account and region; ValueError if one has no place."""
    if checks is None:
        return None
    placed = place_alarms(checks, targets)
    for each in placed:
        if each.place is None:
            raise ValueError(each.obstacle)
    alarms = tuple(
        each.alarm.model_copy(update={"account_id": each.place.account_id, "region": each.place.region})
        for each in placed
        if each.place is not None
    )
    return HealthChecks(alarms=alarms, commands=commands_of(checks))


def check_alarm_places(waves: Sequence[Wave], group_targets: Mapping[str, Target]) -> Iterator[Violation]:
    """A violation for each alarm without a place; waves with a group that is not known are passed over."""
    for position, wave in enumerate(waves):
        if wave.health_checks is None or not all(group in group_targets for group in wave.protection_group_ids):
            continue
        targets = {group_targets[group] for group in wave.protection_group_ids}
        for placed in place_alarms(wave.health_checks, targets):
            if placed.place is None:
                path = f"waves[{position}].healthChecks[{placed.position}]"
                yield Violation(path, placed.obstacle, "AMBIGUOUS_ALARM")


def check_alarm_regions(
    plan: RecoveryPlanFields, drs_regions: Collection[str], stored: RecoveryPlanFields | None = None
) -> Iterator[Violation]:
    """A violation for each alarm in a region where DRS, and so no server, is; regions of the `stored` plan pass."""
    before = [alarm for wave in (stored.waves if stored else ()) for alarm in alarms_of(wave.health_checks or ())]
    passing = {*drs_regions, *(alarm.region for alarm in before if alarm.region)}
    for position, wave in enumerate(plan.waves):
        for place, check in enumerate(wave.health_checks or ()):
            if isinstance(check, AlarmCheck) and check.region is not None:
                yield from check_region(check.region, passing, f"waves[{position}].healthChecks[{place}].region")


def _placed(position: int, alarm: AlarmCheck, targets: Collection[Target]) -> Placed:
    if alarm.place is not None:
        return Placed(position, alarm, alarm.place)
    candidates = sorted(
        target
        for target in set(targets)
        if alarm.account_id in (None, target.account_id) and alarm.region in (None, target.region)
    )
    if len(candidates) == 1:
        return Placed(position, alarm, candidates[0])
    where = ", ".join(map(str, candidates or sorted(set(targets)))) or "no account and region that is known"
    named = [f"{name} {value}" for name, value in (("account", alarm.account_id), ("region", alarm.region)) if value]
    elsewhere = f" and not in {' and '.join(named)}" if named and not candidates else ""
    reason = f"the wave's servers are in {where}{elsewhere}: name accountId and region of the alarm {alarm.alarm_name}"
    return Placed(position, alarm, None, reason)
