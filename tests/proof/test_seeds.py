"""Three hundred seeds: random worlds, functions side by side, and every invariant after every step.

`make bench` plays ten thousand. One that fails is shrunk, and its message says how to play it again.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.proof.coverage import FAULTS, OPERATIONS
from tests.proof.elsewhere import ROOT, environment
from tests.proof.running import Report

SEEDS: Final = 300


def prove(*arguments: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    """What a person sees who types it: in processes of its own, that no coverage slows down."""
    return subprocess.run(
        [sys.executable, "-m", "tests.proof", *arguments],
        cwd=ROOT,
        env={**environment(), "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.requirement("PRD-05", "SRS-E19")
def test_no_seed_breaks_an_invariant_and_every_fault_is_met(tmp_path: Path) -> None:
    told = prove("--seeds", f"0:{SEEDS}", "--processes", "2", "--report", str(tmp_path / "report.json"))

    assert told.returncode == 0, f"{told.stdout}\n{told.stderr[-2000:]}"
    coverage = Report.read(tmp_path / "report.json").coverage
    assert coverage.scenarios == SEEDS
    assert [kind for kind in FAULTS if not coverage.faults[kind]] == []
    assert [operation for operation in OPERATIONS if not coverage.operations[operation]] == []


def test_a_seed_leaves_the_same_record_byte_for_byte_whatever_the_process() -> None:
    one, other = (prove("--seed", "8", "--record", hash_seed=hash_seed) for hash_seed in ("1", "2"))

    assert one.returncode == 0, one.stderr
    assert len(one.stdout) > 10_000
    assert one.stdout == other.stdout
