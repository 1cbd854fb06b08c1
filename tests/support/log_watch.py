"""Reads every log line of a test session, and finds what must be in none: tokens, external ids, claims, task tokens.

It knows secrets by their shape and by the names that stand before them, and the external ids of the tests by heart: it
does not ask the code that is to keep them out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

EXTERNAL_IDS: Final = (
    "an-external-id",
    "a-secret-of-this-account",
    "external-id-of-the-test",
    "database-external-id",
    "frontends-external-id",
    "application-external-id",
    "roleless-external-id",
    "expiring-external-id",
    "what-the-role-asks-for",
    "what-the-hub-believes",
    "not-what-it-asks-for",
    "agreed-id-0001",
    "a-wrong-external-id",
    "a-secret-of-its-own",
)
"""Those that accounts of tests and of the demo have, or are believed to have."""

_GONE: Final = r"""(?!\\?["']?(?:\[redacted\]|null\b|None\b))\\?["']?[^\s"',}\\]"""
"""A value that somebody can read, after the name of a secret."""

_SHAPES: Final = {
    "an ID token or another JWT": re.compile(r"eyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]+"),
    "a long token": re.compile(r"[A-Za-z0-9+/=_-]{100,}"),
    "an access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    "a task token in a command": re.compile(r"--task-token " + _GONE),
    "a task token": re.compile(r"""\btask_?token\\?["']?\s*[:=]\s*""" + _GONE, re.IGNORECASE),
    "an external id": re.compile(
        r"""\bexternal_?id\\?["']?\s*[:=]\s*""" + _GONE + "|" + "|".join(map(re.escape, EXTERNAL_IDS)), re.IGNORECASE
    ),
    "a claim": re.compile(r"""cognito:(?:groups|username)|\btoken_use\b|\bclaims\\?["']?\s*[:=]\s*""" + _GONE),
}


def secrets_in(line: str) -> list[str]:
    """What a line holds that no log may."""
    return [what for what, shape in _SHAPES.items() if shape.search(line)]


@dataclass
class LogWatch:
    """What was seen: how many lines, and where a secret was."""

    lines: int = 0
    found: list[str] = field(default_factory=list)

    def see(self, line: str, where: str) -> None:
        """Read a line of that test or file."""
        self.lines += 1
        self.found += [f"{what} in a log line of {where}: {line[:500]}" for what in secrets_in(line)]

    def read_files(self, folder: Path) -> None:
        """Read the logs that local systems have left in a folder or below it."""
        for path in sorted(folder.rglob("logs/*.log")):
            where = str(path.relative_to(folder))
            with path.open(encoding="utf-8", errors="replace") as log:
                for line in log:
                    self.see(line, where)

    def check(self) -> None:
        """Fail with the first secrets that were seen, if any was."""
        if self.found:
            pytest.fail(f"{len(self.found)} secrets in logs:\n" + "\n".join(self.found[:10]), pytrace=False)


@contextmanager
def watching() -> Iterator[LogWatch]:
    """While it lasts, every line that a logger of Powertools writes is read as it is written."""
    watch, write = LogWatch(), LambdaPowertoolsFormatter.format

    def read_and_write(self: LambdaPowertoolsFormatter, record: Any) -> str:
        line = write(self, record)
        watch.see(line, os.environ.get("PYTEST_CURRENT_TEST", "no test"))
        return line

    patch = pytest.MonkeyPatch()
    patch.setattr(LambdaPowertoolsFormatter, "format", read_and_write)
    try:
        yield watch
    finally:
        patch.undo()
