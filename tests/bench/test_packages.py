"""What a zip costs to fetch and to start: its size, and the CPU until its process asks AWS's runtime client for work.

Each is started as Lambda starts it: from its unpacked zip alone, beside boto3 and the runtime client, by an interpreter
that may not keep what it compiles, because a function's folder cannot be written to there. A bare function, which
imports nothing, is started in the same way. The least of several starts counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from local.clock import ClockDescription
from local.function_process import ROOT, FunctionProcess, RuntimeSettings
from local.functions import FunctionSpec
from local.packages import Packages, unpacked
from local.runtime_api import Ready
from tests.bench.areas import Area, Line, below
from tests.bench.findings import Findings
from tests.support.packages import FOR_THIS_PYTHON, built_into
from tests.support.parts import ENVIRONMENT
from tools.packaging.build import Build
from tools.packaging.contents import function_names

FUNCTIONS: Final = tuple(function_names(ROOT / "lambda"))
ROUNDS: Final = 5
PATIENCE: Final = 60.0
BARE: Final = "a bare function"
ZIPS: Final = Area(
    "Packages: size, and CPU of a cold start",
    (
        Line("largest zip", below(15), "MB", varies=True),
        Line(BARE, unit="ms", varies=True),
        *(Line(f"{name}, beyond a bare one", unit="ms", varies=True) for name in FUNCTIONS),
    ),
)


@pytest.fixture
def built() -> Iterator[tuple[Build, Packages]]:
    """What `make package` builds of this tree, unpacked."""
    with TemporaryDirectory() as folder:
        build = built_into(Path(folder))
        with unpacked(Path(folder)) as packages:
            yield build, packages


def cpu_until_ready(folder: Path, settings: RuntimeSettings) -> float:
    """Milliseconds of CPU that a process has taken when it first asks for work."""
    environment = {**ENVIRONMENT, "PYTHONDONTWRITEBYTECODE": "1"}
    spec = FunctionSpec(folder.name, "1", folder, "index.lambda_handler", 30, 512, "role", environment)
    process = FunctionProcess(spec, settings)
    try:
        report = process.report(PATIENCE)
        assert isinstance(report, Ready), report
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2].split()
    finally:
        process.kill()
        process.close()
    ticks = int(fields[11]) + int(fields[12])
    return 1000 * ticks / os.sysconf("SC_CLK_TCK")


@pytest.mark.wheels
@FOR_THIS_PYTHON
def test_a_zip_is_small_and_what_its_start_costs_is_told_beside_a_bare_function(
    built: tuple[Build, Packages], tmp_path: Path, report: Findings
) -> None:
    build, packages = built
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "index.py").write_text("def lambda_handler(event, context):\n    return {}\n")
    (bare / "shared").symlink_to(ROOT / "lambda/shared")  # the clock of the local system is in it
    settings = RuntimeSettings(
        clock=ClockDescription.starting_now(1.0),
        region="us-east-1",
        endpoint="http://127.0.0.1:9",
        drs_endpoint="http://127.0.0.1:9",
        credentials_of=lambda _role, _session: {},
        log_folder=tmp_path / "logs",
        library_root=packages.runtime,
        only_library=True,
    )
    folders = {BARE: bare, **packages.functions}

    spent = {name: [cpu_until_ready(folder, settings) for _ in range(ROUNDS)] for name, folder in folders.items()}

    least = {name: min(rounds) for name, rounds in spent.items()}
    report(
        ZIPS,
        {
            "largest zip": max(len(artefact.content) for artefact in build.functions.values()) / 1e6,
            BARE: least[BARE],
            **{f"{name}, beyond a bare one": least[name] - least[BARE] for name in FUNCTIONS},
        },
        why=str(spent),
    )
