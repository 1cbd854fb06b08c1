"""Plays seeds over a copy of lambda/ with a bug in it, until the bug is seen."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.proof.elsewhere import ROOT, environment
from tests.proof.mutating import Mutant
from tests.proof.running import Failure, Report

SEARCHED: Final = 300
"""So many seeds are played before a bug counts as not caught."""


def catch(mutant: Mutant, first: Sequence[int] = (), seeds: int = SEARCHED) -> Failure | None:
    """The first seed in which the mutant's own invariant sees the bug, of the hints, then of all; None if none does.

    That the broken code falls over, or breaks another invariant first, does not count.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy, report = Path(folder) / "lambda", Path(folder) / "report.json"
        # with what is compiled, so that it need not be anew, but for what another process is just writing
        shutil.copytree(ROOT / "lambda", copy, ignore=shutil.ignore_patterns("*.pyc.*"))
        for change in mutant.changes:
            change.apply(copy)
        hints = ",".join(map(str, first or mutant.hints))
        what = [
            "--worlds",
            mutant.worlds,
            "--first",
            hints,
            "--seeds",
            f"0:{seeds}",
            "--until",
            str(mutant.number),
            "--report",
            str(report),
        ]
        run = subprocess.run(
            [sys.executable, "-m", "tests.proof", *what],
            cwd=ROOT,
            env=environment(copy),
            capture_output=True,
            text=True,
            check=False,
        )
        if not report.exists():
            raise AssertionError(f"the seeds of {mutant.name!r} could not be played:\n{run.stderr[-2000:]}")
        failures = Report.read(report).failures
        return next((failure for failure in failures if failure.number == mutant.number), None)


def show(caught: Mapping[str, Failure | None], console: Console) -> None:
    """Print which invariant caught what, at which seed."""
    table = Table("bug", "invariant", "seed", "words", title="injected bugs", title_justify="left")
    for name, failure in caught.items():
        words = (str(failure.number), str(failure.seed), failure.words[:90]) if failure else ("-", "-", "not caught")
        table.add_row(name, *words)
    console.print(table)
