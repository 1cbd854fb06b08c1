"""A termination with a client token: repeated within a day it is the first one, also when that has long ended."""

import hashlib
import json
from collections.abc import Sequence
from typing import Final

from shared.engine.survivors import LEFT
from shared.models.base import Instant, Model
from shared.models.recovery_plan import WaveNumber
from shared.models.server_record import ServerRecord
from shared.models.targets import AccountId, Region
from shared.models.termination import Termination, TerminationStatus
from shared.stores.execution_store import ExecutionStore
from shared.stores.table import PutItem

SCOPE: Final = "terminate_instances"


class LeftInstance(Model):
    """An instance that is left as it is, because a server was launched into it that was there before."""

    source_server_id: str
    server_name: str
    account_id: AccountId
    region: Region
    wave_number: WaveNumber
    instance_id: str
    reason: str


class TerminationStarted(Model):
    """The termination that is under way, be it this call's or an earlier one's.

    Of `server_count` servers it terminates the instances, but those of `left_instances`.
    """

    execution_id: str
    number: int
    status: TerminationStatus
    requested_by: str
    requested_at: Instant
    server_count: int
    left_instances: tuple[LeftInstance, ...] = ()


def left_instance(server: ServerRecord, instance_id: str) -> LeftInstance:
    """The instance of that id, into which the server was launched."""
    return LeftInstance(
        source_server_id=server.server.source_server_id,
        server_name=server.name,
        account_id=server.server.account_id,
        region=server.server.region,
        wave_number=server.wave_number,
        instance_id=instance_id,
        reason=LEFT.format(instance_id),
    )


def started(termination: Termination, left: Sequence[LeftInstance]) -> TerminationStarted:
    """The answer for a termination, be it new or found, that leaves these."""
    return TerminationStarted(
        execution_id=termination.execution_id,
        number=termination.number,
        status=termination.status,
        requested_by=termination.requested_by,
        requested_at=termination.requested_at,
        server_count=termination.server_count,
        left_instances=tuple(left),
    )


class Once:
    """What is kept under the client token of a request; nothing, if it has none."""

    left: Sequence[LeftInstance] = ()
    """The instances that the termination leaves, part of every answer."""

    def __init__(self, request: Model, client_token: str | None, executions: ExecutionStore) -> None:
        meaning = request.model_dump(mode="json", exclude={"client_token"})
        self._token = client_token
        self._fingerprint = hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()
        self._executions = executions

    def first(self) -> TerminationStarted | None:
        """The answer to the first call; ConflictError IN_USE if the token belongs to another request."""
        if self._token is None:
            return None
        kept = self._executions.find_idempotency_result(SCOPE, self._token, self._fingerprint)
        return None if kept is None else TerminationStarted.model_validate(kept)

    def keeping(self, new: Termination) -> Sequence[PutItem]:
        """What is written with a new termination, so that there is never one without the other."""
        if self._token is None:
            return ()
        answer = started(new, self.left).wire()
        return (self._executions.keeping_idempotency_result(SCOPE, self._token, self._fingerprint, answer),)

    def keep(self, found: Termination) -> None:
        """Keep the answer for a termination that another call has begun."""
        if self._token is not None:
            answer = started(found, self.left).wire()
            self._executions.keep_idempotency_result(SCOPE, self._token, self._fingerprint, answer)

    def forget(self) -> None:
        """Let the same call be made again: its termination failed before it began."""
        if self._token is not None:
            self._executions.drop_idempotency_result(SCOPE, self._token, self._fingerprint)
