"""A run in a process of its own: its system, and what schemathesis keeps, are nobody else's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.fuzz.tally import Tally
from tests.proof.elsewhere import ROOT, environment

_PATIENCE: Final = 600
"""Seconds beside those of the calls, to start, furnish and stop the system; on an idle machine 20, and 10 a minute."""


def played(seconds: int, folder: Path, seed: int = 1) -> Tally:
    """What a run met; logs stay in the folder, beside its output. AssertionError if it came to no end of its own."""
    report, output = folder / "report.json", folder / "output.txt"
    command = [sys.executable, "-m", "tests.fuzz", "--seconds", str(seconds), "--seed", str(seed)]
    command += ["--report", str(report), "--state", str(folder / "system")]
    with (
        output.open("wb") as out,
        subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=out, stderr=subprocess.STDOUT) as process,
    ):
        try:
            process.wait(seconds + _PATIENCE)
        except subprocess.TimeoutExpired:
            process.terminate()
            raise
    assert report.exists(), output.read_text(encoding="utf-8")[-4000:]
    return Tally.read(report)
