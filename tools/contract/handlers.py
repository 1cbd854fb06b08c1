"""The analysis of the functions: what each answers, is entered by, asks of AWS, and which tests prove it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from shared.catalogue import Entry
from shared.operations import DATA_MANAGEMENT, EXECUTION, QUERY, Operation
from tools.contract.markdown import code, generated, table
from tools.contract.naming import in_order
from tools.contract.requirements import FUNCTIONS

PATH: Final = "docs/analysis/LAMBDA_HANDLERS_COMPLETE_ANALYSIS.md"
CALLS: Final = "tests/least_privilege/calls.json"

_INTRO: Final = """What each function answers, is entered by and asks of AWS, read from the declarations of operations,
from the calls that were recorded while all tests ran (`tests/least_privilege/calls.json`), and from the marks of the
tests. How a call goes through one is in
[LAMBDA_HANDLERS_ARCHITECTURE.md](../architecture/LAMBDA_HANDLERS_ARCHITECTURE.md), why it may call what it calls in
[DRS_IAM_AND_PERMISSIONS_REFERENCE.md](../reference/DRS_IAM_AND_PERMISSIONS_REFERENCE.md)."""

_API: Final = "API Gateway by the alias `live-api`, direct callers by `live`"
ENTRIES: Final[Mapping[str, str]] = {
    QUERY: f"{_API}. It reads and checks; what it writes is what it remembers of AWS.",
    DATA_MANAGEMENT: f"{_API}, itself for work that nobody waits for, and EventBridge: every minute for work that "
    "was left, every hour for the copying of tags.",
    EXECUTION: f"{_API}, and EventBridge for a drill by the clock, where one is configured. It writes what people "
    "decide, and starts and wakes runs of the state machine.",
    "orchestration-stepfunctions": "The state machine for each step of an execution, a gate and a termination, "
    "EventBridge every minute for what a crash left, and for launch events of DRS.",
    "notification-formatter": "`orchestration-stepfunctions`, asynchronously, once for each mail.",
    "frontend-deployer": "CloudFormation, as a custom resource, where there is a console.",
}
_WRITES: Final = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}
_TABLE: Final = re.compile(r":table/aws-drs-orchestration-([a-z-]+)-dev$")
_ROLES: Final = {"orchestration": "in the hub", "recovery": "in accounts of servers", "staging": "in staging accounts"}


def text(operations: Sequence[Operation], tests: Mapping[str, list[str]], root: Path) -> str:
    """The document."""
    calls = json.loads((root / CALLS).read_text(encoding="utf-8"))
    blocks = []
    for function, entry in ENTRIES.items():
        blocks += [f"## {function}", f"Entered by: {entry}"]
        if answered := [one for one in in_order(operations) if function in one.homes]:
            blocks += [f"It answers {len(answered)} operations.", _operations(answered, function, tests)]
        mine = [call for call in calls if function in call["by"]]
        if stores := _stores(mine):
            blocks += ["Tables:", table(("table", "reads", "writes"), stores)]
        blocks += ["Calls of AWS beside them:", table(("where", "service", "calls"), _asked(mine))]
    return generated("# The functions, one by one", _INTRO, *blocks)


def _operations(answered: Sequence[Operation], function: str, tests: Mapping[str, list[str]]) -> str:
    rows = []
    for one in answered:
        proved = tests.get(f"SRS-F{FUNCTIONS.index(one.name) + 1:02}", []) if one.name in FUNCTIONS else []
        door = "both" if one.homes[0] == function else "direct"
        files = sorted({test.partition("::")[0] for test in proved})
        module = Entry.of(one).module
        rows.append((code(one.name), code(module), code(one.permission.value), door, ", ".join(map(code, files))))
    return table(("operation", "module", "permission", "doors", "proved in"), rows)


def _stores(calls: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    found: dict[str, set[str]] = {}
    for call in calls:
        if named := _TABLE.search(call["resource"].partition("/index/")[0]):
            found.setdefault(named[1], set()).add(call["action"].removeprefix("dynamodb:"))
    return [
        (code(name), ", ".join(sorted(asked - _WRITES)), ", ".join(sorted(asked & _WRITES)))
        for name, asked in sorted(found.items())
    ]


def _asked(calls: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for call in calls:
        service, _, action = call["action"].partition(":")
        if service != "dynamodb":
            found.setdefault((call["role"], service), set()).add(action)
    for role, where in _ROLES.items():
        for (held, service), actions in sorted(found.items()):
            if held == role:
                yield where, code(service), ", ".join(sorted(actions))
