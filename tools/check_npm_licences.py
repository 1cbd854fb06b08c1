"""Fails when a package of an npm lock is not under a permissive licence, unless its exception says why.

python -m tools.check_npm_licences frontend/package-lock.json
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tools.check_licences import is_allowed

PERMISSIVE: Final = frozenset({"ISC", "0BSD", "BlueOak-1.0.0", "CC0-1.0", "Unlicense", "MIT-0", "Python-2.0"})
"""Beside those of the Python packages: what npm's authors use, each as permissive as MIT."""

EXCEPTIONS: Final[Mapping[str, str]] = {
    "caniuse-lite": "CC-BY-4.0, a table of browsers that is read while the console is linted and is no part of it",
}


def is_permissive(licence: str) -> bool:
    """Whether every part that must be kept is permissive; of alternatives one is enough."""
    choices = re.split(r"\s+OR\s+", licence.strip("()"))
    return any(
        all(part.strip("()") in PERMISSIVE or is_allowed(part) for part in re.split(r"\s+AND\s+", choice))
        for choice in choices
    )


def violations(lock: Mapping[str, Any], exceptions: Mapping[str, str] = EXCEPTIONS) -> list[str]:
    """One sentence for each package whose licence is neither permissive nor excepted; one without any is not."""
    found = []
    for place, package in lock["packages"].items():
        name = place.rpartition("node_modules/")[2]
        licence = str(package.get("license", "unknown"))
        if place and name not in exceptions and not is_permissive(licence):
            found.append(f"{name} {package.get('version')}: licence {licence} is not allowed")
    return sorted(set(found))


def main(path: Path, write: Callable[[str], object] = sys.stdout.write) -> int:
    """Checks the packages of a lock and answers the exit status."""
    lock = json.loads(path.read_text(encoding="utf-8"))
    found = violations(lock)
    for sentence in found:
        write(f"{sentence}\n")
    write(f"licences: {len(lock['packages']) - 1} packages of npm, {len(found)} not allowed\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
