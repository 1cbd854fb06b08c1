"""Another Python that plays seeds: over the product's own code, or over a copy of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
FUNCTIONS: Final = (
    "query-handler",
    "data-management-handler",
    "execution-handler",
    "orchestration-stepfunctions",
    "notification-formatter",
)


def environment(code: Path = ROOT / "lambda") -> Mapping[str, str]:
    """What `python -m tests.proof` needs to find the product in this folder."""
    roots = [ROOT, code, *(code / name for name in FUNCTIONS)]
    return {"PYTHONPATH": ":".join(map(str, roots)), "PATH": "/usr/bin:/bin"}
