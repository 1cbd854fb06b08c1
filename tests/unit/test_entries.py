"""The entry of a function of the API starts with what every call needs, and with nothing else.

What is imported is counted and named, never timed: a module that comes back into the start of a function is named by
the test that fails. What the start costs in CPU is in the bench.
"""

import json
import subprocess
import sys
from typing import Final

import pytest

from shared.operations import DATA_MANAGEMENT, EXECUTION, QUERY

EVERY_ENTRY: Final = frozenset(
    {
        "index",
        "shared",
        "shared.audit_subjects",
        "shared.catalogue",
        "shared.clock",
        "shared.cross_account",
        "shared.direct",
        "shared.dispatch",
        "shared.errors",
        "shared.invocation",
        "shared.json_input",
        "shared.models",
        "shared.models.base",
        "shared.models.forms",
        "shared.models.targets",
        "shared.models.violation",
        "shared.observability",
        "shared.operation_index",
        "shared.operations",
        "shared.patience",
        "shared.response_utils",
        "shared.rest",
        "shared.roles",
        "shared.settings",
        "shared.wiring",
    }
)
"""What a call needs whatever it asks for: its door, its right, its settings, its log, and a client of AWS."""

OWN: Final = {
    QUERY: {"query", "query.application", "query.wiring"},
    DATA_MANAGEMENT: {"data_management", "data_management.application", "data_management.wiring"},
    EXECUTION: {"execution", "execution.application", "execution.wiring"},
}

_IMPORTED: Final = """
import json, sys
import botocore.client, botocore.session

def forbid(event, arguments):
    if event.startswith("socket."):
        raise AssertionError(f"the import used the network: {event} {arguments}")

def refuse(*arguments, **named):
    raise AssertionError(f"the import made a client: {arguments[1:]}")

sys.addaudithook(forbid)
botocore.session.Session.create_client = refuse
botocore.client.ClientCreator.create_client = refuse
"""
_SHOWN: Final = """
ours = ("index", "shared", "query", "data_management", "execution", "orchestration", "notification_formatter")
print(json.dumps([name for name in sys.modules if name.partition(".")[0] in ours]))
"""


def in_a_fresh_interpreter(script: str, function: str) -> subprocess.CompletedProcess[str]:
    """Run a script where the function's code is and no setting, no credential and no network are."""
    return subprocess.run(
        [sys.executable, "-c", _IMPORTED + script],
        env={"PYTHONPATH": f"lambda:lambda/{function}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("function", [QUERY, DATA_MANAGEMENT, EXECUTION])
def test_an_entry_imports_what_every_call_needs_makes_no_client_and_asks_nobody(function: str) -> None:
    ran = in_a_fresh_interpreter(f"import index{_SHOWN}", function)

    assert ran.returncode == 0, ran.stderr
    loaded = set(json.loads(ran.stdout))
    assert loaded == EVERY_ENTRY | OWN[function]


@pytest.mark.parametrize("function", [QUERY, DATA_MANAGEMENT, EXECUTION])
def test_a_function_without_its_settings_says_at_its_first_call_which_are_missing(function: str) -> None:
    ran = in_a_fresh_interpreter("import index; index.lambda_handler({}, None)", function)

    assert ran.returncode != 0
    last = ran.stderr.strip().splitlines()[-1]
    assert "SettingsError" in last
    assert "PROJECT_NAME: " in last
    assert "EXECUTION_HISTORY_TABLE: " in last


@pytest.mark.parametrize("what", ["import boto3; boto3.client('sts', 'eu-west-1')", "import socket; socket.socket()"])
def test_what_is_forbidden_to_an_entry_is_noticed(what: str) -> None:
    ran = in_a_fresh_interpreter(what, QUERY)

    assert ran.returncode != 0
    assert "AssertionError: the import" in ran.stderr
