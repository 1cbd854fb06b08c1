"""The zips that `make package` built, unpacked as Lambda unpacks them, for functions that are served from them."""

import hashlib
import json
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.aws_runtime import link_runtime

RUNTIME: Final = (3, 12)
"""The Python that the zips are built for: that of the functions' template."""


class PackagesError(Exception):
    """There are no zips that could be served here, and why."""


@dataclass(frozen=True)
class Packages:
    """Where each function's zip is unpacked, and what Lambda's runtime has beside it."""

    functions: Mapping[str, Path]
    runtime: Path


@contextmanager
def unpacked(build: Path) -> Iterator[Packages]:
    """The zips of a build in a temporary folder that is gone afterwards; PackagesError if they are not to be had."""
    if sys.version_info[:2] != RUNTIME:
        needed, here = (".".join(map(str, version)) for version in (RUNTIME, sys.version_info[:2]))
        raise PackagesError(f"the packages are for Python {needed}, this is {here}")
    keys = _keys(build)
    with tempfile.TemporaryDirectory(prefix="local-packages-") as temporary:
        folder = Path(temporary)
        functions = {name: _unpack(build / key, digest, folder / name) for name, (key, digest) in keys.items()}
        yield Packages(functions, link_runtime(folder / "runtime"))


def _keys(build: Path) -> Mapping[str, tuple[str, str]]:
    """Key and hash of each function's zip, as the build has written them down."""
    try:
        manifest = json.loads((build / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PackagesError(f"{build} holds no packages: run make package") from error
    digests = {artefact["key"]: artefact["sha256"] for artefact in manifest["artefacts"]}
    return {name: (key, digests[key]) for name, key in manifest["functions"].items()}


def _unpack(path: Path, digest: str, folder: Path) -> Path:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise PackagesError(f"{path.name} is missing: run make package") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise PackagesError(f"{path.name} is not what was built: run make package")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder
