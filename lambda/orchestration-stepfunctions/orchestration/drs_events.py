"""A launch event of DRS names a source server; its lock names the execution to wake."""

from typing import Annotated, Any

from pydantic import Field

from orchestration.dependencies import Dependencies
from shared.errors import ValidationError
from shared.models.base import Model
from shared.models.lock import OwnerKind
from shared.models.targets import ServerKey
from shared.services.waking import wake


class LaunchEvent(Model):
    """What is read of "DRS Source Server Launch Result"; `resources` holds the server's ARN."""

    account: str
    region: str
    resources: Annotated[tuple[str, ...], Field(min_length=1)]


def take_event(event: dict[str, Any], deps: Dependencies) -> bool:
    """Wake the execution that holds the server; False if none does. An event decides nothing."""
    facts = LaunchEvent.model_validate({name: event.get(name) for name in ("account", "region", "resources")})
    _, _, server_id = facts.resources[0].rpartition("/")
    if not server_id.startswith("s-"):
        raise ValidationError.one("resources[0]", "is not the ARN of a source server", "INVALID_ARN")
    key = ServerKey(account_id=facts.account, region=facts.region, source_server_id=server_id)
    lock = deps.locks.owner(key)
    if lock is None or lock.owner.kind is not OwnerKind.EXECUTION:
        return False
    inbox = deps.executions.signal(lock.owner.execution_id, lock.owner.plan_id)
    return wake(inbox, deps.runs)
