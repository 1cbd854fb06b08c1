"""Which libraries of npm are in the built console: those whose notices its build has written, as the lock has them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.packaging.errors import PackagingError

NOTICES: Final = "licences.md"
"""What frontend/vite.config.ts calls the file of notices."""

_HEADING: Final = re.compile(
    r"^## (?P<name>(?:@[\w.-]+/)?[\w.-]+) - (?P<version>\S+) \((?P<licence>[^)]+)\)$", re.MULTILINE
)
_INTEGRITY: Final = "sha512-"


@dataclass(frozen=True)
class Bundled:
    """A library whose code is in the files of the console; the hash is that of its package."""

    name: str
    version: str
    licence: str
    sha512: str


def read_bundled(console: Path, lock: Path) -> Sequence[Bundled]:
    """The libraries in a built console; PackagingError if it tells of none, or of one that is not locked."""
    notices = console / NOTICES
    if not notices.is_file():
        raise PackagingError(f"the console has no {NOTICES}: run make frontend")
    return bundled(notices.read_text(encoding="utf-8"), json.loads(lock.read_text(encoding="utf-8")))


def bundled(notices: str, lock: Mapping[str, Any]) -> Sequence[Bundled]:
    """The libraries of which there are notices, by name."""
    locked = {
        (place.rpartition("node_modules/")[2], package.get("version")): str(package.get("integrity", ""))
        for place, package in lock["packages"].items()
        if place
    }
    found = [_one(heading, locked) for heading in _HEADING.finditer(notices)]
    if len(found) != notices.count("\n## ") or not found:
        raise PackagingError(f"{NOTICES} has a heading that names no library with its version and licence")
    return sorted(found, key=lambda library: (library.name, library.version))


def _one(heading: re.Match[str], locked: Mapping[tuple[str, Any], str]) -> Bundled:
    name, version = heading["name"], heading["version"]
    integrity = locked.get((name, version), "")
    if not integrity.startswith(_INTEGRITY):
        raise PackagingError(f"{name} {version} is in the console and not in its lock")
    digest = base64.b64decode(integrity.removeprefix(_INTEGRITY)).hex()
    return Bundled(name, version, heading["licence"], digest)
