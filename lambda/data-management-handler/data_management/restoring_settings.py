"""When temporary settings are taken away again: at the end of their execution, every minute, and before others need it.

The work `restore-settings` is asked for by the engine at an execution's end; what it leaves, or whoever never asked for
it, the schedule finds. A verification and a run that applies settings restore what is left of ended executions first.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from data_management.app import ConfigurationApp
from data_management.restoring_told import RestoringTold
from shared.launch_config_records import in_words
from shared.models.base import Model
from shared.models.targets import ServerKey
from shared.models.temporary_settings import TemporarySettings
from shared.patience import LONG_CALL_SECONDS, patience_left
from shared.services.restoring import RestoringDeps, restore

LAST_CALL_SECONDS: Final = 45
"""From the end of an invocation's patience until nothing of it takes effect any more.

Lambda ends it after 60 s, and a call that was sent last may take a while within DRS.
"""


class RestoreSettings(Model):
    """An execution that has ended."""

    execution_id: str
    plan_id: str


def restore_settings(fields: Mapping[str, Any], app: ConfigurationApp) -> Mapping[str, Any]:
    """The work: of how many servers of the execution the settings are restored, and of how many not yet."""
    asked = RestoreSettings.model_validate(fields)
    restored = _restored([row for row in app.temporary.all() if row.for_execution == asked.execution_id], app)
    # also of one that lent nothing in the end, or whose last row went with a work that was cut off
    app.temporary.end_lending({(asked.execution_id, asked.plan_id)})
    return restored


def restore_due(app: ConfigurationApp) -> Mapping[str, Any]:
    """The same of all whose time to try has come, those first that wait longest."""
    now = app.clock.now()
    due = [row for row in app.temporary.all() if row.try_at is None or row.try_at <= now]
    return _restored(sorted(due, key=lambda row: (row.try_at or row.at, row.server)), app)


def restored_before(servers: Collection[ServerKey], app: ConfigurationApp, *, by: str = "") -> dict[ServerKey, str]:
    """Restore what other executions have left of these servers; those that have temporary settings of theirs, and why.

    `by` is the execution that is about to launch them; none where settings are applied.
    """
    rows = _of_others(servers, app, by)
    if not rows:
        return {}
    left = restore(rows, until_of(app), ends_of(app), _deps(app), by)
    return {row.server: _why(row, left[row.server]) for row in rows if row.server in left}


def left_before(servers: Collection[ServerKey], app: ConfigurationApp, *, by: str = "") -> dict[ServerKey, str]:
    """The same, and nothing is restored."""
    return {row.server: _why(row, "it may be launched at this moment") for row in _of_others(servers, app, by)}


def _of_others(servers: Collection[ServerKey], app: ConfigurationApp, by: str) -> list[TemporarySettings]:
    return [row for row in app.temporary.of(servers).values() if row.for_execution != by]


def until_of(app: ConfigurationApp) -> datetime:
    """Until when this invocation may begin something, in engine time."""
    left = patience_left()
    return app.clock.now() + app.clock.wall(LONG_CALL_SECONDS if left is None else left)


def ends_of(app: ConfigurationApp) -> datetime:
    """When this invocation has ended for certain: nothing of it writes any more."""
    return until_of(app) + app.clock.wall(LAST_CALL_SECONDS)


def _restored(rows: list[TemporarySettings], app: ConfigurationApp) -> Mapping[str, Any]:
    left = restore(rows, until_of(app), ends_of(app), _deps(app)) if rows else {}
    return {"restored": len(rows) - len(left), "left": len(left)}


def why_left(row: TemporarySettings) -> str:
    """Why DRS still has the temporary settings of a server, of which the last attempt to restore it has failed."""
    return _why(row, in_words(row.reason, row.code))


def _why(row: TemporarySettings, reason: str) -> str:
    return f"DRS has the settings of execution {row.for_execution}, which are not restored yet: {reason}"


def _deps(app: ConfigurationApp) -> RestoringDeps:
    return RestoringDeps(
        rows=app.temporary,
        executions=app.executions,
        holders=app.holders,
        bringing=app.bringing,
        told=RestoringTold(app),
        clock=app.clock,
    )
