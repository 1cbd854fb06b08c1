"""Takes temporary settings away again once their execution has ended, and gives servers back what they had.

Only then, because nothing is launched any more: it has ended, or does not exist any more. A server that another
execution holds, or a job that outlives one, may be launched at any moment: nobody restores it but that execution
itself, before it does. All of it may break off anywhere and be done again. The row of a server goes when a look at it
that began after its writer's time has found everything as it is to be: a slow writer may still write before that.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from shared.clock import Clock
from shared.conflict_detection import Holder
from shared.ids import new_claim
from shared.launch_config_overlays import PutBack
from shared.launch_config_records import Brought
from shared.launch_config_rules import same_value
from shared.models.execution import ExecutionHeader
from shared.models.launch_config_state import ConfigAction, ConfigDifference, ConfigOutcome, ServerConfigEvent
from shared.models.lock import OwnerKind
from shared.models.targets import ServerKey, Target
from shared.models.temporary_settings import TemporarySettings
from shared.services.launch_config_bringing import NOT_AS_WRITTEN, SERVER_NOT_FOUND, bring
from shared.services.launch_config_orders import BringingDeps, How
from shared.stores.table import chunks
from shared.stores.temporary_settings import TemporarySettingsStore

NOT_RESTORED: Final = "NOT_RESTORED"

AT_ONCE: Final = 50
"""So many servers are claimed, restored and written down before the next."""

FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(minutes=30)
"""Between two attempts to restore a server: twice as long each time."""

_NO_TIME: Final = "there was no time to restore it"
_MOST_DOUBLINGS: Final = 10

_BY_HAND: Final = "set it as it is to be in DRS, or make version {} of its launch template the default again"


class EndedExecutions(Protocol):
    """Where executions are looked up."""

    def get_headers(self, executions: Iterable[tuple[str, str]]) -> Sequence[ExecutionHeader]:
        """The headers of these executions, each with its plan, that exist."""
        ...


class Holders(Protocol):
    """Who holds which server."""

    def holders(self, servers: Collection[ServerKey]) -> Mapping[ServerKey, Holder]:
        """The holders of those servers that have one."""
        ...


class Told(Protocol):
    """Who is told of what restoring finds out, beside the history of each server."""

    def keeps_others(self, row: TemporarySettings, brought: Brought, now: datetime) -> None:
        """Nothing is left of a server's temporary settings, but in some of their fields is what others put there."""
        ...

    def is_in_the_way(self, rows: Sequence[TemporarySettings], now: datetime) -> None:
        """For one reason these servers of an execution, of an account and region, could not be restored yet."""
        ...


@dataclass(frozen=True, slots=True)
class RestoringDeps:
    """The rows, what tells whether they may be restored, and what restores them."""

    rows: TemporarySettingsStore
    executions: EndedExecutions
    holders: Holders
    bringing: BringingDeps
    told: Told
    clock: Clock


def restore(
    rows: Sequence[TemporarySettings], until: datetime, ends: datetime, deps: RestoringDeps, by: str = ""
) -> dict[ServerKey, str]:
    """Restore these servers, for the execution `by` if for any; those that are not, and why.

    Nothing is begun after `until`; at `ends` the invocation has ended, and nothing of it writes any more.
    """
    left, hindered = dict[ServerKey, str](), list[TemporarySettings]()
    for part in chunks(rows, AT_ONCE):
        # who may launch a server is asked anew, because the parts before have taken their time
        live = _of_live_executions(part, deps)
        held = _held_by_others([row for row in part if row.server not in live], by, deps)
        due = [row for row in part if row.server not in live and row.server not in held]
        undone = held | _restore_some(due, until, ends, deps)
        hindered += [row for row in part if row.server in undone]
        left |= live | undone
    _tell(hindered, deps)
    deps.rows.end_lending({(row.for_execution, row.for_plan) for row in rows if row.server not in left})
    return left


def _of_live_executions(rows: Sequence[TemporarySettings], deps: RestoringDeps) -> dict[ServerKey, str]:
    """Those that are launched with what is there."""
    executions = {(row.for_execution, row.for_plan) for row in rows}
    live = {one.execution_id for one in deps.executions.get_headers(sorted(executions)) if not one.is_terminal}
    return {row.server: f"execution {row.for_execution} goes on" for row in rows if row.for_execution in live}


def _held_by_others(rows: Sequence[TemporarySettings], by: str, deps: RestoringDeps) -> dict[ServerKey, str]:
    """Those that may still be launched with what is there, by another execution or by a job that outlived one."""
    holders = deps.holders.holders([row.server for row in rows])
    held = {
        key: f"{one.owner.noun} {one.owner.execution_id} may still launch it"
        for key, one in holders.items()
        if one.owner.kind is not OwnerKind.TERMINATION and one.owner.execution_id != by
    }
    for row in rows:
        words = held.get(row.server)
        if words is not None and words != row.waits_for and row.restored_at is None:
            deps.rows.note_waiting(row, words)
    return held


def _restore_some(
    rows: Sequence[TemporarySettings], until: datetime, ends: datetime, deps: RestoringDeps
) -> dict[ServerKey, str]:
    left, parts = dict[ServerKey, str](), dict[tuple[Target, str], list[TemporarySettings]]()
    for row in rows:
        now = deps.clock.now()
        if now >= until:
            left[row.server] = _NO_TIME
        elif (held := deps.rows.claim(row, new_claim(), now, ends)) is None:
            left[row.server] = "somebody else restores it"
        else:
            parts.setdefault((row.server.target, row.for_execution), []).append(held)
    # the sessions and the versions that are made bear the name of the execution
    for (target, execution_id), held_rows in sorted(parts.items()):
        began = deps.clock.now()
        aims = {row.server.source_server_id: PutBack(row) for row in held_rows}
        how = How(note=f"DRS Orchestration, after execution {execution_id}", until=until)
        brought = bring(target, aims, how, deps.bringing.named(f"restore-{execution_id}"))
        for row in held_rows:
            reason = _settle(row, brought.get(row.server.source_server_id), began, deps)
            left |= {row.server: reason} if reason else {}
    return left


def _tell(left: Sequence[TemporarySettings], deps: RestoringDeps) -> None:
    """Tell the executions of these what is in the way, with all of their servers for which that holds.

    That one waits for somebody is told when it does so still at the next attempt.
    """
    executions = {row.for_execution for row in left}
    waited = {row.server for row in left if row.waits_for}
    found = dict[tuple[str, Target, str], list[TemporarySettings]]()
    for row in deps.rows.all() if executions else ():
        code, _ = row.in_the_way
        is_told = row.server in waited or not row.waits_for
        if row.for_execution in executions and code and is_told and row.restored_at is None:
            found.setdefault((row.for_execution, row.server.target, code), []).append(row)
    for _, rows in sorted(found.items()):
        deps.told.is_in_the_way(rows, deps.clock.now())


def _has_failed(brought: Brought) -> bool:
    return brought.outcome is ConfigOutcome.FAILED and brought.code != SERVER_NOT_FOUND


def _settle(row: TemporarySettings, brought: Brought | None, began: datetime, deps: RestoringDeps) -> str:
    """Write down what came of a server; why it is not restored yet, or nothing."""
    now = deps.clock.now()
    if brought is None:
        deps.rows.postpone(row)
        return _NO_TIME
    if _has_failed(brought):
        return _put_off(row, _told(row, brought), now, deps)
    if began <= row.until:
        known = {"try_at": row.until, "restored_at": now, "code": "", "reason": ""}
        deps.rows.postpone(row.model_copy(update=known))
        return f"they were given back, but who has written for execution {row.for_execution} may still do so"
    given_back = _given_back(row, brought)
    if brought.found and not row.put.keys() <= given_back:
        deps.told.keeps_others(row, brought, now)
    deps.rows.finish(row, _event(row, ConfigAction.RESTORED, brought, now, given_back))
    return ""


def _given_back(row: TemporarySettings, brought: Brought) -> set[str]:
    """The fields that have again what they had; in the others is what somebody else has put there since."""
    found = brought.found
    return {name for name in row.put if found and same_value(name, row.before.get(name), found.get(name))}


def _put_off(row: TemporarySettings, failed: Brought, now: datetime, deps: RestoringDeps) -> str:
    """The next attempt comes later; what is in the way is told once."""
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts, _MOST_DOUBLINGS), LONGEST_PAUSE)
    known = {
        "attempts": row.attempts + 1,
        "code": failed.code,
        "reason": failed.reason,
        "try_at": now + pause,
        "restored_at": None,
    }
    is_told = row.code == failed.code
    event = None if is_told else _event(row, ConfigAction.FAILED, failed, now, row.put)
    deps.rows.postpone(row.model_copy(update=known), event)
    return f"{failed.reason} ({failed.code})"


def _told(row: TemporarySettings, failed: Brought) -> Brought:
    """What failed, in words that say what is to be done."""
    if failed.code != NOT_AS_WRITTEN:
        return failed
    way_out = _BY_HAND.format(row.template_version)
    return replace(failed, code=NOT_RESTORED, reason=f"{failed.reason}; {way_out}")


def _event(
    row: TemporarySettings, action: ConfigAction, brought: Brought, now: datetime, fields: Collection[str]
) -> ServerConfigEvent:
    words = f"the settings of execution {row.for_execution} are gone"
    if brought.code == SERVER_NOT_FOUND:
        words = "DRS does not know the server any more: there is nothing to restore"
    return ServerConfigEvent(
        event_id=f"{row.for_execution}-{action.value.lower()}",
        at=now,
        actor=f"execution {row.for_execution}",
        action=action,
        group_id=row.group_id,
        group_version=row.group_version,
        run_id=row.for_execution,
        code=brought.code or None,
        reason=words if action is ConfigAction.RESTORED else brought.reason,
        differences=tuple(
            ConfigDifference(field=name, wanted=row.before.get(name), found=put[-1] if put else None)
            for name, put in sorted(row.put.items())
            if name in fields
        ),
        template_version=brought.template_version or None,
    )
