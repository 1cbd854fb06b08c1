"""A launch event of DRS names a source server; its lock names the execution to wake."""

from typing import Final

from orchestration.dependencies import Dependencies
from shared.errors import ValidationError
from shared.invocation import DrsEvent
from shared.models.lock import OwnerKind
from shared.models.targets import ServerKey
from shared.services.waking import wake

WAKE_WALL_SECONDS: Final = 5
"""A job of a hundred servers brings as many events at once; one step reads what all of them tell."""


def take_event(event: DrsEvent, deps: Dependencies) -> bool:
    """Wake the execution that holds the server, at most once in 5 wall seconds; False if nobody was woken.

    An event decides nothing: it is counted, and what was counted keeps the engine from its next wait.
    """
    _, _, server_id = (event.resources[0] if event.resources else "").rpartition("/")
    if not server_id.startswith("s-"):
        raise ValidationError.one("resources[0]", "is not the ARN of a source server", "INVALID_ARN")
    key = ServerKey(account_id=event.account_id, region=event.region, source_server_id=server_id)
    lock = deps.locks.owner(key)
    if lock is None or lock.owner.kind is not OwnerKind.EXECUTION:
        return False
    inbox = deps.executions.signal(lock.owner.execution_id, lock.owner.plan_id)
    now = deps.clock.now()
    if inbox.last_woken_at is not None and now - inbox.last_woken_at < deps.clock.wall(WAKE_WALL_SECONDS):
        return False
    woken = wake(inbox, deps.runs)
    if woken:
        # only now: an event that met nobody asleep keeps no later one from waking
        deps.executions.note_woken(inbox, now)
    return woken
