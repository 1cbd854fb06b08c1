"""Who is told of what restoring finds out: the timeline of the execution, and how the server stands by its group."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from data_management.app import ConfigurationApp
from shared.engine.texts import LONGEST_REASON, counted, first_few, servers_in_words, shortened
from shared.launch_config_records import Brought, Cause, ended, in_words
from shared.launch_config_rules import differences, effective_configs
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader
from shared.models.launch_config_state import ConfigOutcome, ConfigStatus
from shared.models.temporary_settings import TemporarySettings
from shared.services.launch_config_orders import Wanted

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

    def is_in_the_way(self, rows: Sequence[TemporarySettings], now: datetime) -> None:
        """A line in the timeline of the execution, unless one has told the same of as many."""
        execution = rows[0].for_execution, rows[0].for_plan
        for header in self._app.executions.get_headers([execution]):
            event = _event(header, rows, now)
            if not self._is_told(header, event):
                self._app.executions.append_events([event])

    def _is_told(self, header: ExecutionHeader, event: ExecutionEvent) -> bool:
        newest = self._app.executions.events(header, _NEWEST, forward=False).items
        same = (each.details for each in newest if each.type is EventType.SETTINGS_LEFT)
        what = ("code", "accountId", "region")
        return any(
            all(details.get(name) == event.details[name] for name in what)
            and details["serverCount"] >= event.details["serverCount"]
            for details in same
        )


def _event(header: ExecutionHeader, rows: Sequence[TemporarySettings], now: datetime) -> ExecutionEvent:
    """Of servers of one account and region, for which the same is in the way."""
    ids, target = sorted(row.server.source_server_id for row in rows), rows[0].server.target
    servers = f"{counted(len(ids), 'server')} in {target}: {servers_in_words(ids)}"
    code, _ = rows[0].in_the_way
    why = shortened(first_few(list(dict.fromkeys(row.in_the_way[1] for row in rows)), str), LONGEST_REASON)
    return ExecutionEvent(
        execution_id=header.execution_id,
        plan_id=header.plan_id,
        time=now,
        step=0,
        index=0,
        type=EventType.SETTINGS_LEFT,
        message=f"DRS still has the launch settings that were for this execution only, of {servers}; "
        f"giving them back is tried again: {in_words(why, code)}",
        details={"code": code, "accountId": target.account_id, "region": target.region, "serverCount": len(ids)},
    )
