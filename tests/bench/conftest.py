"""Gives every test of the bench its `report`, prints one table at the end, and writes the document if asked to."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from rich.console import Console

from tests.bench.areas import Area, declared
from tests.bench.findings import Findings

DOCUMENT: Final = Path(__file__).parents[2] / "docs/benchmarks.md"
FINDINGS: Final = pytest.StashKey[Findings]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--document`: write docs/benchmarks.md, which `make bench` does."""
    parser.addoption(
        "--document",
        action="store_true",
        help="write docs/benchmarks.md: every area of which all figures were measured, if nothing failed",
    )


def pytest_configure(config: pytest.Config) -> None:
    """A session begins with nothing measured."""
    config.stash[FINDINGS] = Findings()


@pytest.fixture(scope="session", autouse=True)
def log_watch() -> None:
    """Nobody reads the logs here: it would be measured too."""


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Findings:
    """Takes what a test has measured of an area: `report(AREA, {"what": figure})`, and fails beyond what is allowed."""
    return request.config.stash[FINDINGS]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """One table of everything that was measured; then the document, unless something failed."""
    findings = config.stash[FINDINGS]
    if not findings.measured:
        return
    areas = declared()
    terminalreporter.section("bench")
    terminalreporter.write_line(_printed(findings, areas))
    if not config.getoption("--document"):
        return
    if exitstatus != pytest.ExitCode.OK:
        terminalreporter.write_line(f"{DOCUMENT.name} is left as it is: something failed", red=True)
        return
    DOCUMENT.write_text(findings.document(areas, _before()), encoding="utf-8")
    for area in areas:
        if findings.missing(area):
            terminalreporter.write_line(f"not all of it was measured, left as it was: {area.title}", yellow=True)


def _printed(findings: Findings, areas: Iterable[Area]) -> str:
    printed = StringIO()
    Console(width=120, file=printed).print(findings.table(tuple(areas)))
    return printed.getvalue()


def _before() -> str:
    return DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
