"""Each function has in memory exactly the operations that the table of homes gives it."""

import json
import subprocess
import sys

import pytest

from shared.operations import DATA_MANAGEMENT, EXECUTION, HOMES, QUERY

_SCRIPT = """
import json, index
from shared.operations import OPERATIONS
print(json.dumps([one.name for one in OPERATIONS.all()]))
"""


@pytest.mark.parametrize("function", [QUERY, DATA_MANAGEMENT, EXECUTION])
def test_a_function_declares_exactly_the_operations_it_is_home_of(function: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env={"PYTHONPATH": f"lambda:lambda/{function}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert set(json.loads(ran.stdout)) == {name for name, homes in HOMES.items() if function in homes}
