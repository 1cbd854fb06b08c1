"""What a function of the API costs to start, and what it costs to read: in CPU of this machine, held as ratios.

A fresh interpreter first imports what any function in AWS would, boto3, pydantic and Powertools, then our entry: our
share is what the second takes of what the first took. Of pydantic `BaseModel` is asked for, because the package alone
loads nothing before it is asked for a name. Both are the least of several interpreters, so that whatever else
the machine does counts for neither. The first call is of an empty table, by a client whose answers are made up.

A read is a call by the direct door whose tables and gateways answer again what they answered once; it is measured
beside turning its answer into JSON and back. It may take twice what the dearest took in three runs of this bench.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from time import process_time
from typing import Any, Final

import pytest

from shared.catalogue import CATALOGUE
from shared.models.launch_config_state import ConfigAction, ConfigDifference, ServerConfigEvent
from shared.models.targets import ServerKey, Target
from shared.operations import DATA_MANAGEMENT, EXECUTION, QUERY
from shared.stores.execution_store import ExecutionStore
from shared.stores.launch_configs import LaunchConfigStore
from shared.stores.target_account_store import TargetAccountStore
from tests.bench.areas import Area, Line, at_most
from tests.bench.findings import Findings
from tests.bench.replayed import replayed_queries
from tests.functional.contract.seeded import DATABASES, REGION, Seeded
from tests.integration.configuration.conftest import account
from tests.support.parts import ENVIRONMENT
from tests.support.store_contract.samples import header
from tests.support.world import START, World, wave
from tests.support.world.functions import FORMATTER, ORCHESTRATION

PROMISED: Final = 25
"""Our share of the import, in percent."""

ROUNDS: Final = 7
FIRST_CALLS: Final = {
    QUERY: "list_protection_groups",
    DATA_MANAGEMENT: "list_protection_groups",
    EXECUTION: "list_executions",
}
THEIRS: Final = "import of boto3, pydantic and Powertools"
CLIENT: Final = "making a bare client of DynamoDB"
STARTS: Final = Area(
    "Starting a function: CPU",
    (
        Line(THEIRS, unit="ms", varies=True),
        *(Line(f"{name}, import, of that", at_most(PROMISED), "%", varies=True) for name in FIRST_CALLS),
        *(Line(f"{name}, import, of that", None, "%", varies=True) for name in (ORCHESTRATION, FORMATTER)),
        Line(CLIENT, unit="ms", varies=True),
        *(Line(f"{name}, first call after the import", unit="ms", varies=True) for name in FIRST_CALLS),
        *(Line(f"{name}, import and first call", unit="ms", varies=True) for name in FIRST_CALLS),
    ),
)

_IMPORT: Final = """
from time import process_time
begun = process_time()
import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from pydantic import BaseModel
theirs = process_time()
import index
ours = process_time()
spent = {"theirs": theirs - begun, "ours": ours - theirs}
"""
_CALL: Final = """
import sys
from io import BytesIO
from types import SimpleNamespace
from botocore.awsrequest import AWSResponse
from botocore.handlers import BUILTIN_HANDLERS

class Body(BytesIO):
    def stream(self):
        yield self.read()

def nothing_there(request, **_):
    return AWSResponse(request.url, 200, {}, Body(b'{"Items": [], "Count": 0, "ScannedCount": 0}'))

BUILTIN_HANDLERS.append(("before-send.dynamodb", nothing_there))
call = SimpleNamespace(aws_request_id="1", invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:f:live")
begun = process_time()
answer = index.lambda_handler({"operation": sys.argv[1]}, call)
spent["call"] = process_time() - begun
assert answer == {"items": []}, answer
"""
_MAKE_A_CLIENT: Final = """
from time import process_time
import boto3
begun = process_time()
boto3.client("dynamodb", "us-east-1")
spent = {"client": process_time() - begun}
"""
_TELL: Final = """
import json
print(json.dumps(spent))
"""


def spent(script: str, function: str, operation: str = "") -> Mapping[str, float]:
    """What a fresh interpreter has spent on each part of a script, in milliseconds of CPU."""
    ran = subprocess.run(
        [sys.executable, "-c", script + _TELL, operation],
        env={
            **ENVIRONMENT,
            "PYTHONPATH": f"lambda:lambda/{function}",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return {what: seconds * 1000 for what, seconds in told.items()}


def least(rounds: list[Mapping[str, float]], what: str) -> float:
    """The least of a part in all rounds, the first of which may have compiled what it imported."""
    return min(each[what] for each in rounds[1:])


@pytest.mark.requirement("SRS-Q11")
def test_our_share_of_what_an_entry_imports_is_a_quarter_at_most(report: Findings) -> None:
    scripts = {
        name: _IMPORT + (_CALL if name in FIRST_CALLS else "") for name in (*FIRST_CALLS, ORCHESTRATION, FORMATTER)
    }
    told: dict[str, list[Mapping[str, float]]] = {name: [] for name in scripts}
    clients: list[Mapping[str, float]] = []
    for _ in range(ROUNDS):
        clients.append(spent(_MAKE_A_CLIENT, QUERY))
        for name, script in scripts.items():
            told[name].append(spent(script, name, FIRST_CALLS.get(name, "")))

    theirs = min(least(rounds, "theirs") for rounds in told.values())
    ours = {name: least(rounds, "ours") for name, rounds in told.items()}
    calls = {name: least(told[name], "call") for name in FIRST_CALLS}
    report(
        STARTS,
        {
            THEIRS: theirs,
            **{f"{name}, import, of that": 100 * amount / theirs for name, amount in ours.items()},
            CLIENT: least(clients, "client"),
            **{f"{name}, first call after the import": calls[name] for name in FIRST_CALLS},
            **{f"{name}, import and first call": theirs + ours[name] + calls[name] for name in FIRST_CALLS},
        },
        why=str(told),
    )


ENTERS_ANEW: Final = "validate_target_account"
"""It makes the clients of the account anew each time: to see whether that can be done is what it is for."""

READS: Final = tuple(
    sorted(name for name, entry in CATALOGUE.entries.items() if entry.homes[0] == QUERY and name != ENTERS_ANEW)
)
MANY: Final = 100
"""The longest page."""

LISTS: Final = (
    "export_configuration",
    "get_drs_source_servers",
    "get_execution",
    "get_execution_events",
    "get_job_logs",
    "get_launch_config_status",
    "get_recovery_instances",
    "get_server_config_history",
    "get_source_server_inventory",
    "list_drs_jobs",
    "list_executions",
    "list_protection_groups",
    "list_recovery_plans",
    "list_target_accounts",
    "resolve_protection_group_tags",
)
DEAREST_OF_ONE: Final = 360
"""Nearly all of it is what every call costs, its audit line above all, beside answers of a few words.

The dearest is `check_existing_instances`, which asks three times, each time with threads of its own, so that a place
that does not answer holds up no other.
"""

DEAREST_OF_MANY: Final = 25
FEWEST: Final = "what every call costs (get_user_permissions)"
OF_ONE: Final = Area(
    "Reads of one of everything: CPU as a multiple of JSON and back of the same answer",
    (
        Line(FEWEST, unit="ms", varies=True),
        *(Line(name, at_most(DEAREST_OF_ONE), varies=True) for name in READS),
    ),
)
OF_MANY: Final = Area(
    f"Reads of pages of {MANY}: CPU as a multiple of JSON and back of the same answer",
    tuple(Line(name, at_most(DEAREST_OF_MANY), varies=True) for name in LISTS),
)


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of a piece of work, once it has been done before: the least mean of several rows of it."""
    work()
    begun = process_time()
    work()
    times = max(1, round(0.02 / max(process_time() - begun, 1e-6)))

    def mean() -> float:
        start = process_time()
        for _ in range(times):
            work()
        return (process_time() - start) / times

    return min(mean() for _ in range(7))


def measured(world: World, calls: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    """CPU seconds of each call, and of JSON and back of what it answers."""
    handle = replayed_queries(world)
    found = {}
    for operation, parameters in calls.items():
        event = {"operation": operation, "parameters": json.loads(json.dumps(parameters))}
        answer = handle(event)
        assert "error" not in answer, f"{operation}: {answer}"
        found[operation] = (
            seconds(lambda event=event: handle(event)),  # type: ignore[misc]
            seconds(lambda answer=answer: json.loads(json.dumps(answer))),  # type: ignore[misc]
        )
    return found


def test_reads_of_one_of_everything(report: Findings) -> None:
    seeded = Seeded()
    assert seeded.world.run_until_end(seeded.execution) == "COMPLETED"
    there: dict[str, dict[str, Any]] = {
        "list_executions": {"planId": seeded.plan, "status": "COMPLETED"},
        "resolve_protection_group_tags": {
            "accountId": DATABASES,
            "region": REGION,
            "serverSelectionTags": {"Tier": "data"},
        },
    }

    found = measured(seeded.world, {name: seeded.good(name) for name in READS} | there)

    report(
        OF_ONE,
        {
            FEWEST: found["get_user_permissions"][0] * 1000,
            **{name: ours / json_ for name, (ours, json_) in found.items()},
        },
    )


def many_of_launch_settings(world: World) -> dict[str, str]:
    """A group of many servers with launch settings, and one of them with a long history; and as many accounts."""
    servers = world.add_servers(DATABASES, MANY, name="configured")
    group = world.create_group("configured", servers, launchConfig={"copyTags": True})
    store, accounts = (
        LaunchConfigStore(world.tables.execution_history),
        TargetAccountStore(world.tables.target_accounts),
    )
    key = ServerKey(account_id=DATABASES, region=REGION, source_server_id=servers[0])
    for number in range(MANY):
        event = ServerConfigEvent(
            event_id=f"event-{number:03d}",
            at=START - timedelta(days=1, seconds=number),
            actor="ann@example.com",
            action=ConfigAction.APPLIED,
            group_id=group,
            group_version=1,
            differences=(ConfigDifference(field="copyTags", wanted=True, found=False),),
        )
        store.append(key, event)
        accounts.put_new(account(Target(account_id=f"{number:012d}", region=REGION)))
    return {"groupId": group, "serverId": servers[0]}


def test_reads_of_pages_of_a_hundred(report: Findings) -> None:
    world = World(seed=1)
    servers = world.add_servers(DATABASES, 3 * MANY, tags={"Tier": "data"})
    groups = [world.create_group(f"group {number}", servers[3 * number : 3 * number + 3]) for number in range(MANY)]
    for number, group in enumerate(groups):
        world.create_plan(f"plan {number}", wave(0, group), wave(1, groups[number - 1], after=[0]))
    execution = world.start(world.create_plan("everything", wave(0, *groups)))
    assert world.run_until_end(execution) == "COMPLETED"
    store = ExecutionStore(world.tables.execution_history, world.clock)
    for number in range(MANY):
        store.create(header(f"exec-{number}", started_at=START - timedelta(days=1, seconds=number)))
    configured = many_of_launch_settings(world)
    page = {"limit": MANY}
    place = {"accountId": DATABASES, "region": REGION}
    of_execution = ("get_execution", "get_execution_events", "get_job_logs", "get_recovery_instances")
    of: dict[str, dict[str, Any]] = {
        **dict.fromkeys(of_execution, {"executionId": execution}),
        "get_drs_source_servers": place,
        "get_launch_config_status": {"groupId": configured["groupId"]},
        "get_server_config_history": configured,
        "get_source_server_inventory": place,
        "list_drs_jobs": place,
        "resolve_protection_group_tags": {**place, "serverSelectionTags": {"Tier": "data"}},
    }

    found = measured(world, {name: of.get(name, {}) | page for name in LISTS})

    report(OF_MANY, {name: ours / json_ for name, (ours, json_) in found.items()})
