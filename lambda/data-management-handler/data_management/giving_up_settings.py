"""What executions have left of launch settings in an account that is forgotten, and that nobody restores any more.

An operator names the executions: DRS there keeps what is for these only. Who gave it up and why is a line in the
timeline of each of them and in the history of each server.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from data_management.app import ConfigurationApp
from shared.engine.texts import counted, servers_in_words
from shared.models.event import EventType, ExecutionEvent
from shared.models.launch_config_state import ConfigAction, ConfigDifference, ServerConfigEvent
from shared.models.temporary_settings import TemporarySettings

MOST_GIVEN_UP: Final = 100
"""So many executions are named at once: a query of 5 kB, of the 10 that API Gateway takes with all headers."""

_SHOWN: Final = 100
"""So many servers have their fields in the details of the timeline; each has its own line besides."""


class GivenUp(NamedTuple):
    """By whom, and why."""

    actor: str
    reason: str


def left_in(account_id: str, app: ConfigurationApp) -> list[TemporarySettings]:
    """What executions have left of the servers of an account."""
    return sorted(
        (row for row in app.temporary.all() if row.server.account_id == account_id), key=lambda row: row.server
    )


def give_up(left: Collection[TemporarySettings], by: GivenUp, app: ConfigurationApp) -> None:
    """Let nobody restore these settings, which executions have left; it is told first, and goes then.

    ThrottledError, if DynamoDB wants fewer requests: some may be given up then, and the others are by a repetition.
    """
    rows_of: dict[tuple[str, str], list[TemporarySettings]] = {}
    for row in left:
        rows_of.setdefault((row.for_execution, row.for_plan), []).append(row)
    now = app.clock.now()
    for header in app.executions.get_headers(sorted(rows_of)):
        place = header.execution_id, header.plan_id
        app.executions.append_events([_told(place, rows_of[place], by, now)])
    for rows in rows_of.values():
        for row in rows:
            app.temporary.give_up(row, _line(row, by, now))
    app.temporary.end_lending(rows_of)


def _told(execution: tuple[str, str], rows: Sequence[TemporarySettings], by: GivenUp, now: datetime) -> ExecutionEvent:
    account_id = rows[0].server.account_id
    ids = [row.server.source_server_id for row in rows]
    servers = f"{counted(len(ids), 'server')} in {account_id}: {servers_in_words(ids)}"
    return ExecutionEvent(
        execution_id=execution[0],
        plan_id=execution[1],
        time=now,
        step=0,
        index=0,
        type=EventType.SETTINGS_GIVEN_UP,
        actor=by.actor,
        message=f"the account is to be forgotten, and the launch settings that were for this execution only stay in "
        f"DRS, of {servers}; nobody restores them any more, because {by.reason}",
        details={
            "accountId": account_id,
            "serverCount": len(ids),
            "servers": {row.server.source_server_id: sorted(row.put) for row in rows[:_SHOWN]},
        },
    )


def _line(row: TemporarySettings, by: GivenUp, now: datetime) -> ServerConfigEvent:
    return ServerConfigEvent(
        event_id=f"{row.for_execution}-{ConfigAction.GIVEN_UP.value.lower()}",
        at=now,
        actor=by.actor,
        action=ConfigAction.GIVEN_UP,
        group_id=row.group_id,
        group_version=row.group_version,
        run_id=row.for_execution,
        reason=f"the settings of execution {row.for_execution} stay in DRS: {by.reason}",
        differences=tuple(
            ConfigDifference(field=name, wanted=row.before.get(name), found=put[-1] if put else None)
            for name, put in sorted(row.put.items())
        ),
    )
