"""The built console: every file of it, in the zip of the function that publishes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tools.packaging.errors import PackagingError

PUBLISHER: Final = "frontend-deployer"
FOLDER: Final = "console/"

_INDEX: Final = "index.html"
_NAMED: Final = re.compile(r'(?:src|href)="/([^"?#]+)')
_AT_RUN_TIME: Final = "aws-config.json"
"""Written for each deployment when the pages are published."""


def with_console(files: Mapping[str, bytes], built: Path) -> Mapping[str, bytes]:
    """These files with the built console in place of the page that the sources have for it."""
    others = {name: content for name, content in files.items() if not name.startswith(FOLDER)}
    return {**others, **{f"{FOLDER}{name}": content for name, content in console_files(built).items()}}


def console_files(built: Path) -> Mapping[str, bytes]:
    """Every file of the built console; PackagingError if it is not built, or not all of it is there."""
    if not (built / _INDEX).is_file():
        raise PackagingError(f"the console is not built into {built}: run make frontend")
    paths = [path for path in sorted(built.rglob("*")) if not path.is_dir()]
    if links := [path for path in paths if path.is_symlink()]:
        raise PackagingError(f"{links[0]} is a link: a zip holds files")
    files = {path.relative_to(built).as_posix(): path.read_bytes() for path in paths}
    named = set(_NAMED.findall(files[_INDEX].decode())) - {_AT_RUN_TIME}
    if missing := sorted(named - files.keys()):
        raise PackagingError(f"the console has no {missing[0]}, which its {_INDEX} names: run make frontend")
    return files
