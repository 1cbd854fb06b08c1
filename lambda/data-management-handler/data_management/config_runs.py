"""Runs that apply the launch settings of a group: begun by a call, carried on by works of this function.

A run is held for a while by whoever works on it. What breaks off is taken up when that while is over: by the next call
that would begin one, or by the schedule. A chain of works that hand over to one another ends after HOPS of them,
because Lambda stops a function that invokes itself some 16 times in a row; the schedule begins the next chain.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from data_management.app import ConfigurationApp
from data_management.applying import apply_part
from data_management.background import work_later
from shared.aws.ports import HandOverError
from shared.errors import ConflictError, ConflictReason, NotFoundError
from shared.ids import new_claim, new_ulid
from shared.models.base import format_instant
from shared.models.launch_config_state import ConfigRun, ConfigRunStatus
from shared.models.protection_group import ProtectionGroup
from shared.operations import Context
from shared.stores.owned_items import AlsoRefusedError
from shared.stores.table import TransactionRefused, Write, chunks

WORK: Final = "apply-launch-configs"

PART: Final = 50
"""Servers of a part: with its ids a row has some 1,500 bytes, and of so many something is seen every minute."""

WORK_SECONDS: Final = 40
"""Real seconds in which a work begins something; the function has 60, and a call that is begun may take long."""

LEASE_SECONDS: Final = 90
"""Real seconds for which a run is held: longer than a function lives."""

ATTEMPTS: Final = 10
"""So often a run is begun anew without a server being done, before it is given up."""

HOPS: Final = 10


def new_run(group: ProtectionGroup, server_ids: Sequence[str], context: Context[ConfigurationApp]) -> ConfigRun:
    """A run of these servers, which has not begun; without any it has ended."""
    now = context.app.clock.now()
    return ConfigRun(
        run_id=new_ulid(now),
        group_id=group.group_id,
        status=ConfigRunStatus.RUNNING if server_ids else ConfigRunStatus.COMPLETED,
        actor=context.actor,
        request_id=context.request_id,
        started_at=now,
        ended_at=None if server_ids else now,
        total=len(server_ids),
        parts=-(-len(server_ids) // PART),
    )


def begin(
    run: ConfigRun, group: ProtectionGroup, server_ids: Sequence[str], app: ConfigurationApp, also: Sequence[Write] = ()
) -> None:
    """Write the run and hand it over; ConflictError SYNC_IN_PROGRESS names the one that goes on.

    AlsoRefusedError if what is to be written with it was refused.
    """
    check_none_runs(group, app)
    try:
        if not app.launch_configs.start_run(run, list(chunks(server_ids, PART)), also):
            raise _runs_already(group, app.launch_configs.run(group.group_id))
    except TransactionRefused as refused:
        raise AlsoRefusedError("what belongs to the run was refused") from refused
    if run.is_running:
        _hand_over(run, app)


def begin_if_none_runs(
    group: ProtectionGroup, server_ids: Sequence[str], context: Context[ConfigurationApp]
) -> ConfigRun | None:
    """Begin a run of what has just been saved; None if somebody else's was faster, then it is PENDING."""
    run = new_run(group, server_ids, context)
    try:
        begin(run, group, server_ids, context.app)
    except ConflictError:
        return None
    return run


def check_none_runs(group: ProtectionGroup, app: ConfigurationApp) -> None:
    """ConflictError SYNC_IN_PROGRESS if a run of the group goes on; one that broke off is taken up."""
    running = app.launch_configs.run(group.group_id)
    if running is None or not running.is_running:
        return
    if is_free(running, app.clock.now()):
        _hand_over(running, app)
    raise _runs_already(group, running)


def is_free(run: ConfigRun, now: datetime) -> bool:
    """Whether nobody works on it."""
    return run.lease_until is None or run.lease_until < now


def work_on(fields: Mapping[str, Any], app: ConfigurationApp) -> Mapping[str, Any]:
    """Carry a run on until it is done or time is over; then hand it to the next work."""
    clock, owner = app.clock, new_claim()
    group_id, run_id, hop = (str(fields.get(name, "")) for name in ("groupId", "runId", "hop"))
    now = clock.now()
    until, lease = now + clock.wall(WORK_SECONDS), clock.wall(LEASE_SECONDS)
    before = app.launch_configs.run(group_id)
    run = app.launch_configs.claim(group_id, run_id, owner, now, now + lease)
    if run is None:
        return {"runId": run_id, "outcome": "is not to be had"}
    if before is not None and before.lease_until is not None:
        # who does not break off gives it back
        app.observability.logger.warning(
            "a work on a run was cut off", runId=run_id, groupId=group_id, hadUntil=format_instant(before.lease_until)
        )
    ending = _reason_to_end(run, app)
    if ending:
        app.launch_configs.end(run, ConfigRunStatus.FAILED, now, ending)
        return {"runId": run_id, "outcome": ending}
    while run.next_part < run.parts and clock.now() < until:
        progress = apply_part(run, app.launch_configs.part(run, run.next_part), app, until)
        held = app.launch_configs.advance(run, progress, clock.now() + lease)
        if held is None:
            return {"runId": run_id, "outcome": "is somebody else's by now"}
        run = held
    if run.next_part >= run.parts:
        app.launch_configs.end(run, ConfigRunStatus.COMPLETED, clock.now())
        return {"runId": run_id, "outcome": "is done", "servers": run.done}
    app.launch_configs.release(run)
    if int(hop or 0) < HOPS:
        _hand_over(run, app, int(hop or 0) + 1)
    return {"runId": run_id, "outcome": "goes on", "servers": run.done}


def take_up_runs(app: ConfigurationApp) -> int:
    """Hand over every run that nobody works on; how many."""
    free = [run for run in app.launch_configs.running() if is_free(run, app.clock.now())]
    for run in free:
        _hand_over(run, app)
    return len(free)


def _reason_to_end(run: ConfigRun, app: ConfigurationApp) -> str:
    if run.attempts > ATTEMPTS:
        return f"broke off {ATTEMPTS} times without a server being done"
    try:
        app.groups.get(run.group_id)
    except NotFoundError:
        return "the group was deleted"
    return ""


def _hand_over(run: ConfigRun, app: ConfigurationApp, hop: int = 0) -> None:
    try:
        work_later(app, WORK, groupId=run.group_id, runId=run.run_id, hop=str(hop))
    except HandOverError as error:
        # the schedule finds it within a minute
        app.observability.logger.warning("a run waits for its schedule", runId=run.run_id, reason=error.message)


def _runs_already(group: ProtectionGroup, run: ConfigRun | None) -> ConflictError:
    which = {"runId": run.run_id, "done": run.done, "total": run.total} if run is not None else {}
    return ConflictError(
        f"the launch settings of the group {group.group_name} are being applied: wait for that run to end",
        reason=ConflictReason.SYNC_IN_PROGRESS,
        groupId=group.group_id,
        **which,
    )
