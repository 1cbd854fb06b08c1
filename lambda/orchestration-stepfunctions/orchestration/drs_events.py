"""A launch event of DRS names a source server; its lock names the execution to wake."""

from orchestration.dependencies import Dependencies
from shared.errors import ValidationError
from shared.invocation import DrsEvent
from shared.models.lock import OwnerKind
from shared.models.targets import ServerKey
from shared.services.waking import wake


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
    return wake(inbox, deps.runs)
