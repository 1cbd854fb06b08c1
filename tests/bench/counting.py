"""What an execution spends, counted where it leaves our functions, and never in seconds.

- state transitions: states that runs of the state machine entered, as AWS bills them;
- Lambda invocations: of the orchestration function and the formatter, whoever invoked them: the state machine, an
  event of DRS, we ourselves;
- DRS calls: requests that reached DRS, each page of a list is one;
- DynamoDB calls: those of every function and of the state machine itself; each is one request, for nothing here fills
  a page;
- of these, account rows: reads of a target account's row, one a minute while that account is called;
- STS calls: AssumeRole, by one process of the orchestration function that lives as long as the execution;
- clients made: by one process of a function, those of its wiring and those of its sessions in target accounts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from botocore.handlers import BUILTIN_HANDLERS

from execution.wiring import build as wire_execution
from notification_formatter.wiring import formatter as wire_formatter
from orchestration.wiring import dependencies as wire_orchestration
from shared.clock import VirtualClock
from shared.operations import EXECUTION
from shared.settings import ExecutionSettings, NotificationSettings, OrchestrationSettings
from tests.support.parts import ENVIRONMENT, every_part
from tests.support.world import START, World
from tests.support.world.functions import FORMATTER, ORCHESTRATION

TRANSITIONS: Final = "state transitions"
INVOCATIONS: Final = "Lambda invocations"
DRS: Final = "DRS calls"
TABLES: Final = "DynamoDB calls"
ACCOUNT_ROWS: Final = "  of these, account rows"
STS: Final = "STS calls"
ABROAD: Final = "clients made for sessions in target accounts"

_TABLES: Final = ("history", "plans", "groups", "accounts")


def spent(world: World) -> Counter[str]:
    """Everything that a world has spent so far; the difference of two is what the time between them has cost."""
    drs = Counter(call.operation for call in world.simulator_record.calls())
    return Counter(
        {
            TRANSITIONS: sum(run.transitions for run in world.runs.runs),
            INVOCATIONS: len(world.functions.invocations),
            DRS: drs.total(),
            **{f"  {operation}": count for operation, count in drs.items()},
            TABLES: table_calls(world).total() + world.cloud.account_reads,
            ACCOUNT_ROWS: world.cloud.account_reads,
            STS: len(world.cloud.roles.asked),
            ABROAD: world.cloud.clients_asked.total(),
        }
    )


def table_calls(world: World) -> Counter[str]:
    """DynamoDB calls by verb, of all functions and of the state machine itself."""
    calls = (call.split(".") for seam in world.seams.values() for call in seam.calls)
    return Counter(verb for port, verb in calls if port in _TABLES)


def clients_of(function: str) -> str:
    """The name under which a function's clients are counted."""
    return f"clients made: {function}"


@cache
def clients_of_wiring() -> Mapping[str, int]:
    """How many clients of the hub each function that takes part in an execution makes at most, whatever it is asked."""
    made, clock = {}, VirtualClock(START)
    with _clients_counted() as clients:
        wire_orchestration(OrchestrationSettings.from_env(ENVIRONMENT), clock)
        made[ORCHESTRATION] = clients.total()
        every_part(wire_execution(ExecutionSettings.from_env(ENVIRONMENT), clock))
        made[EXECUTION] = clients.total() - made[ORCHESTRATION]
        wire_formatter(NotificationSettings.from_env(ENVIRONMENT), clock)
        made[FORMATTER] = clients.total() - made[ORCHESTRATION] - made[EXECUTION]
    return made


@contextmanager
def _clients_counted() -> Iterator[Counter[str]]:
    """Counts the clients of all sessions that begin meanwhile, where botocore itself makes them."""
    made: Counter[str] = Counter()

    def count(event_name: str, **_: Any) -> None:
        made[event_name.rpartition(".")[2]] += 1

    listener = ("creating-client-class", count)
    BUILTIN_HANDLERS.append(listener)
    try:
        yield made
    finally:
        BUILTIN_HANDLERS.remove(listener)
