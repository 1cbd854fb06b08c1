"""Reads the lock file: what runs in AWS, each package with its hashes and with what it is needed by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tools.packaging.errors import PackagingError

BROUGHT: Final = "boto3"
"""What Lambda's runtime brings, with all that it needs: none of it is packaged."""

_PIN: Final = re.compile(r"[A-Za-z0-9._-]+==[^\s;\\]+ \\")
_HASH: Final = re.compile(r"    --hash=sha256:(?P<digest>[0-9a-f]{64})(?: \\)?")


@dataclass(frozen=True)
class Locked:
    """One package of the lock; `needed_by` are packages, and nothing for one that is asked for itself."""

    name: str
    version: str
    hashes: frozenset[str]
    needed_by: frozenset[str] = frozenset()


def canonical(name: str) -> str:
    """A package's name in the one form that all its spellings have in common."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(text: str) -> Sequence[Locked]:
    """Every package of the lock, in its order; PackagingError for a line that says something else."""
    blocks: list[list[str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if _PIN.fullmatch(line):
            blocks.append([line])
        elif blocks and (_HASH.fullmatch(line) or line.startswith("    #")):
            blocks[-1].append(line)
        elif line.strip() and not line.startswith("#"):
            raise PackagingError(f"line {number} of the lock is not understood: {line.strip()}")
    return [_locked(block) for block in blocks]


def packaged(locked: Sequence[Locked]) -> Sequence[Locked]:
    """What goes into a zip: everything but what Lambda's runtime brings."""
    above = {package.name: package.needed_by for package in locked}
    return [package for package in locked if not _is_brought(package.name, above)]


def _is_brought(name: str, above: Mapping[str, frozenset[str]]) -> bool:
    """Whether boto3 needs it, at whatever distance."""
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        current = ahead.pop()
        if current == BROUGHT:
            return True
        if current not in seen:
            seen.add(current)
            ahead.extend(above.get(current, ()))
    return False


def _locked(block: Sequence[str]) -> Locked:
    name, _, version = block[0].removesuffix(" \\").partition("==")
    name = canonical(name)
    hashes = frozenset(found["digest"] for line in block if (found := _HASH.fullmatch(line)))
    if not hashes:
        raise PackagingError(f"{name} has no hash in the lock")
    needed_by = {canonical(above) for line in block[1:] if (above := _above(line)) and not above.startswith("-")}
    return Locked(name, version, hashes, frozenset(needed_by))


def _above(line: str) -> str:
    """What a comment names after `via`: a package, or an option such as `-r requirements.in`."""
    return line.strip().removeprefix("#").strip().removeprefix("via").strip() if line.startswith("    #") else ""
