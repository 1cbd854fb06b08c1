"""What this function does while nobody waits: works that it hands to itself, and what the rules of EventBridge start.

Whoever may invoke the function may send such an event, whatever role it gives to direct callers. So an event says at
most with which row of a table to go on: what is to be done, and by whose word, was written there by an operation.
A work is handed over once and not tried again by Lambda. One that breaks off, or is not handed on, is found by the
schedule `configuration` within minutes: the rows of the tables say what is left.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from data_management.app import ConfigurationApp
from shared.invocation import ScheduleInvocation, WorkInvocation, unknown
from shared.patience import HAND_OVER_SECONDS, LONG_CALL_SECONDS, patience, somebody_waits

Work: TypeAlias = Callable[[Mapping[str, Any], ConfigurationApp], Mapping[str, Any]]
"""Gets the fields of its event, none from a schedule; what it answers is for the log.

Within, `patience_left` says for how many seconds it may begin something; what is left then it hands on.
"""

WORKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "apply-launch-configs": "data_management.config_runs:work_on",
        "restore-settings": "data_management.restoring_settings:restore_settings",
        "staging-sync": "data_management.extending:extend_servers",
        "tag-sync": "data_management.tag_sync_work:work",
        "verify-settings": "data_management.verifying_settings:verify_settings",
    }
)
"""The function that does it, as module:name, by the name of a work; it is imported when it is called."""

SCHEDULES: Final[Mapping[str, str]] = MappingProxyType(
    {"configuration": "data_management.taking_up:take_up", "tag-sync": "data_management.tag_sync_work:strike"}
)
"""The same by the name of a schedule, as the Input of its rule has it (cfn/eventbridge-stack.yaml)."""


def run(
    background: ScheduleInvocation | WorkInvocation,
    app: ConfigurationApp,
    works: Mapping[str, str] = WORKS,
    schedules: Mapping[str, str] = SCHEDULES,
) -> dict[str, Any]:
    """Do it; ValidationError for a name that is not known. What it raises is Lambda's to count."""
    match background:
        case WorkInvocation(work, fields):
            where = _known("work", work, works)
        case ScheduleInvocation(schedule):
            where, fields = _known("schedule", schedule, schedules), MappingProxyType({})
    try:
        with patience(LONG_CALL_SECONDS):
            return dict(work_of(where)(fields, app))
    except Exception:
        # Broad, and raised again: nobody waits for this answer, so the log must have its stack; Lambda counts it.
        app.observability.logger.exception("background work broke off", function=where)
        raise
    finally:
        app.observability.flush()


def work_later(app: ConfigurationApp, work: str, /, **fields: str | int) -> None:
    """Hand a work to another invocation of this function; HandOverError if Lambda did not take it."""
    _known("work", work, WORKS)
    # what was begun is to go on, although there is no time any more for anything else
    with somebody_waits(HAND_OVER_SECONDS, anew=True):
        app.functions.invoke_later(app.own_function, {"work": work, **fields})


def work_of(where: str) -> Work:
    """The function that `module:name` means."""
    module, _, name = where.partition(":")
    work: Work = getattr(import_module(module), name)
    return work


def _known(kind: str, name: str, table: Mapping[str, str]) -> str:
    if name not in table:
        raise unknown(kind, name, table)
    return table[name]
