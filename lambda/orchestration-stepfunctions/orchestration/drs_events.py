"""A launch event of DRS names a source server; its lock names the execution to wake."""

from typing import Final

from orchestration.dependencies import Dependencies
from shared.errors import ValidationError
from shared.invocation import DrsEvent
from shared.models.lock import LockOwner, OwnerKind
from shared.models.targets import ServerKey
from shared.services.waking import wake

WAKE_WALL_SECONDS: Final = 5
"""A wave of many jobs brings as many events at once; one step reads what all of them tell."""


def take_event(event: DrsEvent, deps: Dependencies) -> bool:
    """Wake the execution that holds the server, once a job's last server has reported, or one has failed.

    At most once in 5 wall seconds; False if nobody was woken. An event decides nothing: one that tells of the end of a
    job is counted as a signal, which keeps the engine from its next wait, and the others are only counted by job.
    """
    _, _, server_id = (event.resources[0] if event.resources else "").rpartition("/")
    if not server_id.startswith("s-"):
        raise ValidationError.one("resources[0]", "is not the ARN of a source server", "INVALID_ARN")
    key = ServerKey(account_id=event.account_id, region=event.region, source_server_id=server_id)
    lock = deps.locks.owner(key)
    if lock is None or lock.owner.kind is not OwnerKind.EXECUTION:
        return False
    if not _tells_of_an_end(event, key, lock.owner, deps):
        return False
    now = deps.clock.now()
    inbox = deps.executions.signal(lock.owner.execution_id, lock.owner.plan_id, now)
    if inbox.last_woken_at is not None and now - inbox.last_woken_at < deps.clock.wall(WAKE_WALL_SECONDS):
        return False
    woken = wake(inbox, deps.runs)
    if woken:
        # only now: an event that met nobody asleep keeps no later one from waking
        deps.executions.note_woken(inbox, now)
    return woken


def _tells_of_an_end(event: DrsEvent, key: ServerKey, owner: LockOwner, deps: Dependencies) -> bool:
    """Whether this is the event of a job's last server or of a failed one; what names no job may be."""
    if not event.job_id:
        return True
    report = deps.executions.count_report(owner.execution_id, owner.plan_id, event.job_id)
    if report.reported == 1:
        deps.executions.hear(key.target, deps.clock.now())
    return event.tells_of_failure or report.is_complete
