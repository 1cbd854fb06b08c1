"""A function starts without its use cases, and has each in memory when it is asked for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shared.catalogue import CATALOGUE
from shared.errors import OperationNotFoundError
from shared.operations import DATA_MANAGEMENT, EXECUTION, QUERY
from tools.contract import index
from tools.contract.collect import operations

_SCRIPT = """
import json, sys, index
from shared.catalogue import CATALOGUE
from shared.operations import OPERATIONS
before = len(OPERATIONS.all())
function = sys.argv[1]
found = [CATALOGUE.by_name(name, function).name for name, entry in CATALOGUE.entries.items() if function in entry.homes]
print(json.dumps([before, found]))
"""


@pytest.mark.parametrize("function", [QUERY, DATA_MANAGEMENT, EXECUTION])
def test_a_function_imports_its_operations_when_they_are_called(function: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _SCRIPT, function],
        env={"PYTHONPATH": f"lambda:lambda/{function}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    before, found = json.loads(ran.stdout)
    assert before == 0
    assert set(found) == {name for name, entry in CATALOGUE.entries.items() if function in entry.homes} != set()


def test_the_index_has_what_the_declarations_say() -> None:
    assert Path(index.PATH).read_text() == index.text(operations())


def test_every_operation_is_declared_in_a_package_of_each_function_that_answers_it() -> None:
    rooms = {QUERY: "query", DATA_MANAGEMENT: "data_management", EXECUTION: "execution"}

    for entry in CATALOGUE.entries.values():
        room = entry.module.partition(".")[0]
        assert (room == "shared") == (len(entry.homes) > 1)
        assert room in ("shared", rooms[entry.homes[0]])


def test_reads_live_in_the_query_handler_first() -> None:
    reads = {
        name
        for name in CATALOGUE.entries
        if name.startswith(("get_", "list_", "discover_", "resolve_", "validate_", "preflight_", "check_", "export_"))
        or name == "health"
    }

    assert {CATALOGUE.entries[name].homes[0] for name in reads} == {QUERY}
    assert all(QUERY not in entry.homes for name, entry in CATALOGUE.entries.items() if name not in reads)


def test_an_operation_of_another_function_is_refused_without_being_imported() -> None:
    with pytest.raises(OperationNotFoundError, match="execution-handler answers it"):
        CATALOGUE.by_name("start_execution", QUERY)
