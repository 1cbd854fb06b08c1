"""The rules that plans break in a request which its model refused (well_formed)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from data_management.app import ConfigurationApp
from data_management.changes import RecoveryPlanChanges
from data_management.plan_checks import broken_rules
from data_management.requests import CreateRecoveryPlan, written, written_path
from data_management.sent_back import check_sent_back
from shared.models.base import read_strictly
from shared.models.recovery_plan import HIGHEST_WAVE_NUMBER
from shared.models.violation import Violation
from shared.operations import Context
from shared.plan_rules import check_plan_rules
from shared.services.judging import CHANGE, ID, NAME
from shared.well_formed import OUT, RestsOn, well_formed

_GROUPS: Final = ("waves[=].protectionGroupIds", "waves[=].protectionGroupId")

PLANS_REST_ON: Final[RestsOn] = MappingProxyType(
    {
        "UNKNOWN_WAVE": ("waves[*].waveNumber",),
        "WAVE_WITHOUT_GROUPS": _GROUPS,
        "AMBIGUOUS_ALARM": tuple(f"{path}…" for path in _GROUPS),
    }
)


def plan_stand_ins(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a plan to be made, or to be changed; no wave of it has the number of the stand-in, or waits for it."""
    raw = fields.get("waves")
    waves = [wave for wave in raw if isinstance(wave, dict)] if isinstance(raw, list) else []
    listed = (wave.get("dependsOnWaves") for wave in waves)
    named = [number for numbers in listed if isinstance(numbers, list) for number in numbers]
    taken = {number for number in (*named, *(wave.get("waveNumber") for wave in waves)) if isinstance(number, int)}
    number = next((each for each in range(HIGHEST_WAVE_NUMBER, -1, -1) if each not in taken), HIGHEST_WAVE_NUMBER)
    return {
        **CHANGE,
        "planId": ID,
        "planName": NAME,
        "waves": [{"waveNumber": number, "waveName": NAME}],
        "waves[*].waveNumber": number,
        "waves[*].waveName": NAME,
        "waves[*].healthChecks[*]": OUT,
    }


def judge_plan(fields: Mapping[str, Any], context: Context[ConfigurationApp]) -> Iterator[Violation]:
    """Of a plan to be made."""
    well = well_formed(partial(read_strictly, CreateRecoveryPlan), fields, plan_stand_ins(fields))
    if well is not None:
        broken = broken_rules(well.read.fields(), context.app)
        yield from well.refused
        yield from well.certain(_as_written(broken, written(well.read.waves)), PLANS_REST_ON)


def judge_plan_changes(fields: Mapping[str, Any], context: Context[ConfigurationApp]) -> Iterator[Violation]:
    """Of a plan to be changed, over what is stored; one that is not there is judged as a new one."""
    app = context.app
    well = well_formed(partial(read_strictly, RecoveryPlanChanges), fields, plan_stand_ins(fields))
    if well is None:
        return
    yield from well.refused
    stored = next(iter(app.plans.get_many([] if well.lacks("planId") else [well.read.plan_id])), None)
    if stored is None:
        yield from judge_plan(fields, context)
        return
    changes = well.read
    changed = changes.over(stored)
    # none of waves that it does not mention
    broken = broken_rules(changed, app, stored) if changes.waves else _without_waves(check_plan_rules(changed, stored))
    found = (*check_sent_back(changes, stored), *_as_written(broken, changes.written_waves))
    yield from well.certain(found, PLANS_REST_ON)


def _without_waves(violations: Iterable[Violation]) -> Iterator[Violation]:
    return (each for each in violations if not each.field.startswith("waves"))


def _as_written(violations: Iterable[Violation], waves: Sequence[Any]) -> Iterator[Violation]:
    return (replace(each, field=written_path(each.field, waves)) for each in violations)
