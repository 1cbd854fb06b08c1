"""Who is told of what restoring finds out: the timeline of the execution, and how the server stands by its group."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from data_management.app import ConfigurationApp
from shared.engine.texts import counted, servers_in_words
from shared.launch_config_records import Brought, Cause, ended, in_words
from shared.launch_config_rules import differences, effective_configs
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader
from shared.models.launch_config_state import ConfigOutcome, ConfigStatus
from shared.models.temporary_settings import TemporarySettings
from shared.services.launch_config_bringing import Wanted

_NEWEST: Final = 100
"""Among so many events of an execution is looked for one that has told the same: few come after its end."""


class RestoringTold:
    """Writes to the execution what is in the way of restoring, and of a server what others have made of it."""

    def __init__(self, app: ConfigurationApp) -> None:
        self._app = app

    def keeps_others(self, row: TemporarySettings, brought: Brought, now: datetime) -> None:
        """A server of which everything was applied is DRIFTED, if it has other settings than its group now."""
        state = self._app.launch_configs.states([row.server]).get(row.server)
        if state is None or state.status is not ConfigStatus.APPLIED or state.applied is None:
            return
        for group in self._app.groups.get_many([state.group_id]):
            server_id = row.server.source_server_id
            config = effective_configs(group, [server_id])[server_id]
            goals = Wanted(config, state.applied.static_private_ip).goals(brought.found)
            found = differences(goals, brought.found)
            if not found or state.applied.digest != config.digest:
                return
            run_id = f"restore-{row.for_execution}"
            cause = Cause(group.group_id, group.version, run_id, f"execution {row.for_execution}", now)
            drifted, _ = ended(row.server, config, Brought(ConfigOutcome.DRIFTED, tuple(found)), cause, state)
            self._app.launch_configs.put_states([drifted], before={row.server: state})

    def is_in_the_way(self, rows: Sequence[TemporarySettings], code: str, reason: str, now: datetime) -> None:
        """A line in the timeline of the execution, unless one has told the same."""
        execution = rows[0].for_execution, rows[0].for_plan
        for header in self._app.executions.get_headers([execution]):
            if not self._is_told(header, code):
                self._app.executions.append_events([_event(header, rows, code, reason, now)])

    def _is_told(self, header: ExecutionHeader, code: str) -> bool:
        newest = self._app.executions.events(header, _NEWEST, forward=False).items
        return any(each.type is EventType.SETTINGS_LEFT and each.details.get("code") == code for each in newest)


def _event(
    header: ExecutionHeader, rows: Sequence[TemporarySettings], code: str, reason: str, now: datetime
) -> ExecutionEvent:
    ids = sorted(row.server.source_server_id for row in rows)
    servers = f"{counted(len(ids), 'server')}: {servers_in_words(ids)}"
    return ExecutionEvent(
        execution_id=header.execution_id,
        plan_id=header.plan_id,
        time=now,
        step=0,
        index=0,
        type=EventType.SETTINGS_LEFT,
        message=f"DRS still has the launch settings that were for this execution only, of {servers}; "
        f"giving them back is tried again: {in_words(reason, code)}",
        details={"code": code, "serverCount": len(ids)},
    )
