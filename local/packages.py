"""What `make package` built, for a system that is deployed from it: templates, and zips as Lambda unpacks them."""

import hashlib
import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from local.aws_runtime import link_runtime

RUNTIME: Final = (3, 12)
"""The Python that the zips are built for: that of the functions' template."""


class PackagesError(Exception):
    """There is nothing built that could be served here, and why."""


@dataclass(frozen=True)
class Packages:
    """Where each function's zip is unpacked, what Lambda's runtime has beside it, and the templates."""

    functions: Mapping[str, Path]
    runtime: Path
    templates: Path

    @property
    def console(self) -> Path:
        """The pages in the zip of the function that publishes them."""
        return self.functions["frontend-deployer"] / "console"


@contextmanager
def unpacked(build: Path) -> Iterator[Packages]:
    """A build in a temporary folder that is gone afterwards; PackagesError if they are not to be had."""
    if sys.version_info[:2] != RUNTIME:
        needed, here = (".".join(map(str, version)) for version in (RUNTIME, sys.version_info[:2]))
        raise PackagesError(f"the packages are for Python {needed}, this is {here}")
    manifest = _manifest(build)
    contents = {artefact["key"]: _content(build, artefact) for artefact in manifest["artefacts"]}
    with tempfile.TemporaryDirectory(prefix="local-packages-") as temporary:
        folder = Path(temporary)
        yield Packages(
            functions={name: _unpack(contents[key], folder / name) for name, key in manifest["functions"].items()},
            runtime=link_runtime(folder / "runtime"),
            templates=_lay_out(contents, manifest["stateMachine"], folder / "templates"),
        )


def _manifest(build: Path) -> dict[str, Any]:
    """What the build has written down of itself."""
    try:
        manifest: dict[str, Any] = json.loads((build / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PackagesError(f"{build} holds no packages: run make package") from error
    return manifest


def _content(build: Path, artefact: Mapping[str, str]) -> bytes:
    key = artefact["key"]
    try:
        content = (build / key).read_bytes()
    except FileNotFoundError as error:
        raise PackagesError(f"{key} is missing: run make package") from error
    if hashlib.sha256(content).hexdigest() != artefact["sha256"]:
        raise PackagesError(f"{key} is not what was built: run make package")
    return content


def _unpack(content: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    return folder


def _lay_out(contents: Mapping[str, bytes], state_machine: str, folder: Path) -> Path:
    """The templates, and the definition of the state machine beside them by the name that it has among the sources."""
    folder.mkdir()
    for key, content in contents.items():
        if key.endswith(".yaml"):
            (folder / PurePosixPath(key).name).write_bytes(content)
    (folder / "state-machine.asl.json").write_bytes(contents[state_machine])
    return folder
