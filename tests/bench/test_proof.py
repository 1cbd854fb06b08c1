"""Ten thousand seeds of the proof, and the injected bugs: what was met, and that nothing got through."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest
from rich.console import Console

from tests.bench.areas import Area, Line, at_least, at_most, exactly
from tests.bench.findings import Findings
from tests.proof.catching import catch, show
from tests.proof.coverage import FAULTS, LEAST
from tests.proof.elsewhere import ROOT, environment
from tests.proof.mutants import MUTANTS
from tests.proof.running import Report
from tests.support.world.machinery import load_machine_of_worlds

SEEDS: Final = 10_000
MINUTES: Final = 40
PROCESSES: Final = 2

ON_TWO_CORES: Final = f"all worlds, CPU, on each of {PROCESSES} cores"

NOT_SEEN: Final = f"injected bugs that their invariant did not see, of {len(MUTANTS)}"

SIDE_BY_SIDE: Final = Area(
    "Random worlds, every function side by side, every invariant after every step",
    (
        Line("worlds played, each by its seed", at_least(SEEDS), varies=True),
        Line("worlds in which an invariant was broken", exactly(0), varies=True),
        Line("kinds of fault met fewer than 50 times", exactly(0), varies=True),
        Line("states of the state machine never entered", exactly(0), varies=True),
        Line(NOT_SEEN, exactly(0), varies=True),
        Line("facts checked against thirteen invariants", varies=True),
        Line("times another function went first", varies=True),
        Line("the kind of fault met least, times", at_least(LEAST), varies=True),
        Line("CPU of one world", unit="s", varies=True),
        Line(ON_TWO_CORES, at_most(MINUTES), unit="minutes", varies=True),
        Line("all worlds, of the wall", unit="minutes", varies=True),
    ),
)


@pytest.mark.requirement("SRS-E19")
def test_ten_thousand_seeds_break_no_invariant_and_meet_everything(tmp_path: Path, report: Findings) -> None:
    path, began = tmp_path / "report.json", time.monotonic()
    command = [
        sys.executable,
        "-m",
        "tests.proof",
        "--seeds",
        f"0:{SEEDS}",
        "--processes",
        str(PROCESSES),
        "--report",
        str(path),
    ]
    told = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert path.exists(), told.stderr[-2000:]
    minutes, found = (time.monotonic() - began) / 60, Report.read(path)
    coverage = found.coverage

    coverage.show(Console(width=160))
    rare = [kind for kind in FAULTS if coverage.faults[kind] < LEAST]
    never = [state for state in load_machine_of_worlds().states if not coverage.states[state]]
    report(
        SIDE_BY_SIDE,
        {
            "worlds played, each by its seed": coverage.scenarios,
            "worlds in which an invariant was broken": len(found.failures),
            "kinds of fault met fewer than 50 times": len(rare),
            "states of the state machine never entered": len(never),
            "facts checked against thirteen invariants": coverage.facts,
            "times another function went first": coverage.switches,
            "the kind of fault met least, times": min(coverage.faults[kind] for kind in FAULTS),
            "CPU of one world": found.cpu_seconds / SEEDS,
            ON_TWO_CORES: found.cpu_seconds / 60 / PROCESSES,
            "all worlds, of the wall": minutes,
        },
        why="\n".join([told.stdout, *coverage.missing(LEAST)]),
    )


@pytest.mark.requirement("SRS-E19")
def test_every_injected_bug_is_caught(report: Findings) -> None:
    caught = {mutant.name: catch(mutant) for mutant in MUTANTS}

    show(caught, Console(width=160))
    missed = [name for name, failure in caught.items() if failure is None]
    report(SIDE_BY_SIDE, {NOT_SEEN: len(missed)}, why=", ".join(missed))
