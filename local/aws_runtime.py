"""What Lambda's own runtime brings to every function: its client and boto3, as links to what is installed here."""

import re
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

_BROUGHT: Final = ("awslambdaric", "boto3")
_NEEDED: Final = re.compile(r"[A-Za-z0-9._-]+")


def link_runtime(folder: Path) -> Path:
    """Makes a folder that a Python without its own libraries finds exactly these packages in, and answers it."""
    folder.mkdir(parents=True)
    for name in sorted(_with_what_they_need(_BROUGHT)):
        for top in _top_level(name):
            (folder / top.name).symlink_to(top)
    return folder


def _with_what_they_need(names: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += _needs(name)
    return found


def _needs(name: str) -> Iterator[str]:
    """What a package needs on any platform; what only an extra of it needs is left out."""
    for requirement in distribution(name).requires or []:
        if "extra ==" not in requirement and (needed := _NEEDED.match(requirement)):
            yield needed.group().lower()


def _top_level(name: str) -> set[Path]:
    """The packages and modules of a distribution, and its metadata."""
    files = distribution(name).files or []
    roots = {file.parts[0] for file in files if file.parts[0] not in {"..", "__pycache__"}}
    return {Path(str(distribution(name).locate_file(root))) for root in roots}
