"""What `make package` built, held to its manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from tools.deployment.errors import DeploymentError
from tools.packaging.build import MANIFEST
from tools.packaging.templates import FOLDER, MASTER


@dataclass(frozen=True)
class Built:
    """A build: its manifest, and every object by its key."""

    manifest: Mapping[str, Any]
    objects: Mapping[str, bytes]

    @property
    def prefix(self) -> str:
        """The folder of the bucket that it was built for."""
        return str(self.manifest["sourcePrefix"])

    @property
    def master(self) -> str:
        """The template of everything."""
        return self.objects[f"{FOLDER}/{MASTER}"].decode()

    def templates(self) -> Iterator[tuple[str, str]]:
        """Every template by its file name."""
        for key, content in self.objects.items():
            if PurePosixPath(key).suffix == ".yaml":
                yield PurePosixPath(key).name, content.decode()


_HELP: Final = "run make package"


def read_build(folder: Path) -> Built:
    """The build in this folder; DeploymentError if there is none, or if it is not what was built."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DeploymentError(f"nothing is built: {_HELP}") from error
    return Built(manifest, {one["key"]: _content(folder, one) for one in manifest["artefacts"]})


def _content(folder: Path, artefact: Mapping[str, str]) -> bytes:
    try:
        content = (folder / artefact["key"]).read_bytes()
    except FileNotFoundError as error:
        raise DeploymentError(f"{artefact['key']} is missing: {_HELP}") from error
    if hashlib.sha256(content).hexdigest() != artefact["sha256"]:
        raise DeploymentError(f"{artefact['key']} is not what was built: {_HELP}")
    return content
