"""Outages: what is down, for how long, and what must hold while it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from shared.aws.ports import HandOverError
from shared.errors import ExecutionError
from tests.support.world.functions import FORMATTER
from tests.support.world.machinery import DATABASE_ACCOUNT, HOUR
from tests.support.world.rest import held_locks
from tests.support.world.world import World

TEN_MINUTES: Final = 600.0
LOOKS: Final = 12
"""How often it is looked for a lock that is free while something is down."""


@dataclass(frozen=True)
class Outage:
    """Something that is down for a while; `seconds` long."""

    name: str
    begin: Callable[[World], None]
    seconds: float = HOUR

    def __str__(self) -> str:
        return self.name

    def pass_over(self, world: World, *execution_ids: str, ending: bool = True) -> None:
        """Let it last, and end; meanwhile no lock of a living execution is free."""
        for _ in range(LOOKS):
            world.advance(self.seconds / LOOKS)
            for execution_id in execution_ids:
                check_locks(world, execution_id)
        if ending:
            world.allow_everything()


def check_locks(world: World, execution_id: str) -> None:
    """A living execution holds every server of its own."""
    header = world.header(execution_id)
    if header.is_terminal:
        return
    held = set(held_locks(world.history.scan()))
    servers = {str(server.server) for server in world.executions.servers(header, None)}
    free = {server for server in servers if f"lock#{server}" not in held}
    assert not free, f"{execution_id} is {header.status} and does not hold {free}"


def _drs_fault(**fault: object) -> Callable[[World], None]:
    return lambda world: world.fault(**fault, times=None)  # type: ignore[arg-type]


def _refuse_topic(world: World) -> None:
    world.seams[FORMATTER].refuse("topic.publish", lambda: HandOverError("SNS did not take the mail: InternalError"))


def _refuse_starts(world: World) -> None:
    def refused() -> ExecutionError:
        return ExecutionError("Step Functions did not carry out StartExecution (ThrottlingException)")

    for seam in world.seams.values():
        seam.refuse("runs.start_run", refused)


DRS_FAILS: Final = Outage("DRS answers 503", _drs_fault(kind="serverError", status=503))
DRS_REFUSES: Final = Outage("DRS accepts no connection", _drs_fault(kind="unreachable"))
DRS_HANGS: Final = Outage("DRS lets connections hang", _drs_fault(kind="unreachable", how="connectTimeout"))
ROLE_REVOKED: Final = Outage("the role is revoked", lambda world: world.revoke_role(DATABASE_ACCOUNT))
TABLE_THROTTLED: Final = Outage("the table is throttled", lambda world: world.throttle_table(), TEN_MINUTES)
WRITES_THROTTLED: Final = Outage(
    "writes are throttled",
    lambda world: world.throttle_table("put", "update", "delete", "transact"),
    TEN_MINUTES,
)
READS_THROTTLED: Final = Outage(
    "reads are throttled", lambda world: world.throttle_table("get", "batch_get", "query"), TEN_MINUTES
)
SNS_DOWN: Final = Outage("SNS is down", _refuse_topic)
NO_STARTS: Final = Outage("Step Functions starts nothing", _refuse_starts, TEN_MINUTES)
