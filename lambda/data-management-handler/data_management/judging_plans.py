"""The rules that plans break in a request which its model refused (judging)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from data_management.app import ConfigurationApp
from data_management.changes import RecoveryPlanChanges
from data_management.judging import NAME, VERSION, taken_by
from data_management.plan_checks import broken_rules
from data_management.requests import CreateRecoveryPlan, written, written_path
from data_management.sent_back import check_sent_back
from shared.models.base import read_strictly
from shared.models.recovery_plan import RecoveryPlan
from shared.models.violation import Violation
from shared.operations import Context
from shared.plan_rules import check_plan_rules

_NO_WAVES: Final = ({"waveNumber": 0, "waveName": NAME, "protectionGroupIds": [NAME]},)


def judge_plan(
    fields: Mapping[str, Any], _refused: frozenset[str], context: Context[ConfigurationApp]
) -> Iterator[Violation]:
    """Of a plan to be made."""
    request = read_strictly(CreateRecoveryPlan, {"planName": NAME, "waves": _NO_WAVES, **fields})
    if "waves" not in fields:
        return _without_waves(check_plan_rules(request.fields()))
    return _as_written(broken_rules(request.fields(), context.app), written(request.waves))


def judge_plan_changes(
    fields: Mapping[str, Any], refused: frozenset[str], context: Context[ConfigurationApp]
) -> Iterator[Violation]:
    """Of a plan to be changed, over what is stored; one that is not there is judged as a new one."""
    app = context.app
    stored = next(iter(app.plans.get_many([fields["planId"]] if "planId" in fields else [])), None)
    if stored is None:
        yield from judge_plan(taken_by(CreateRecoveryPlan, fields), refused, context)
        return
    changes = read_strictly(RecoveryPlanChanges, {**VERSION, **fields})
    yield from check_sent_back(changes, stored)
    if "waves" in fields:
        yield from _as_written(broken_rules(changes.over(stored), app, stored), changes.written_waves)
    else:
        yield from changed_plan_rules(changes, stored)


def new_plan_rules(fields: Mapping[str, Any], stored: RecoveryPlan | None) -> Iterator[Violation]:
    """Of a plan of a document; texts of a `stored` plan of its name pass."""
    request = read_strictly(CreateRecoveryPlan, {"planName": NAME, "waves": _NO_WAVES, **fields})
    broken = check_plan_rules(request.fields(), stored)
    return iter(broken) if "waves" in fields else _without_waves(broken)


def changed_plan_rules(changes: RecoveryPlanChanges, stored: RecoveryPlan) -> Iterator[Violation]:
    """Every rule that the change breaks by itself; none of waves that it does not mention."""
    broken = check_plan_rules(changes.over(stored), stored)
    return iter(broken) if changes.waves else _without_waves(broken)


def _without_waves(violations: Iterable[Violation]) -> Iterator[Violation]:
    return (each for each in violations if not each.field.startswith("waves"))


def _as_written(violations: Iterable[Violation], waves: Sequence[Any]) -> Iterator[Violation]:
    return (Violation(written_path(each.field, waves), each.reason, each.code) for each in violations)
