"""Builds everything that is deployed out of the sources, the lock and its wheels."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import botocore

from tools.packaging.archive import Artefact, hashed, zipped
from tools.packaging.bundled import Bundled, read_bundled
from tools.packaging.console import PUBLISHER, with_console
from tools.packaging.contents import function_names, library_files, own_files, service_model
from tools.packaging.errors import PackagingError
from tools.packaging.lock import Locked, packaged, read_lock
from tools.packaging.sbom import bill_of_materials
from tools.packaging.templates import FOLDER as TEMPLATES
from tools.packaging.templates import build as build_templates
from tools.packaging.wheels import open_wheels

ZIPS: Final = "lambda"
STATE_MACHINE: Final = "state-machine"
MANIFEST: Final = "manifest.json"
SBOM: Final = "sbom.cdx.json"
MOST_BYTES: Final = 15 * 1024 * 1024
"""So large a zip may be; Lambda takes 50 MB, but each MB is fetched at each cold start."""


@dataclass(frozen=True)
class Build:
    """What was built: every object of the bucket, the zips by function, and two documents beside them."""

    prefix: str
    functions: Mapping[str, Artefact]
    state_machine: Artefact
    templates: Sequence[Artefact]
    sbom: str

    @property
    def artefacts(self) -> Sequence[Artefact]:
        """What is uploaded, the templates last: they name the others."""
        return [*self.functions.values(), self.state_machine, *self.templates]

    def manifest(self) -> str:
        """What was built, for whoever uploads it or serves it."""
        listed = [{"key": one.key, "sha256": one.sha256, "bytes": len(one.content)} for one in self.artefacts]
        document = {
            "sourcePrefix": self.prefix,
            "functions": {name: artefact.key for name, artefact in self.functions.items()},
            "stateMachine": self.state_machine.key,
            "artefacts": listed,
        }
        return json.dumps(document, indent=2) + "\n"


@dataclass(frozen=True)
class Sources:
    """Where everything is that goes into a build."""

    root: Path
    wheels: Path

    @property
    def console(self) -> Path:
        """The built console."""
        return self.root / "frontend/dist"

    @property
    def lock(self) -> Sequence[Locked]:
        """What the lock has for the zips."""
        return packaged(self.whole_lock)

    @property
    def whole_lock(self) -> Sequence[Locked]:
        """The lock with what Lambda's runtime brings."""
        return read_lock((self.root / "requirements-lambda.txt").read_text(encoding="utf-8"))


def build(sources: Sources, prefix: str) -> Build:
    """Builds everything in memory; PackagingError for whatever is missing, unlocked or too large."""
    locked = sources.lock
    wheels = open_wheels(locked, sources.wheels)
    common = {**library_files(wheels), **_service_models(sources)}
    functions = {name: _zip(sources, name, common) for name in function_names(sources.root / "lambda")}
    machine = (sources.root / "cfn/state-machine.asl.json").read_bytes()
    state_machine = hashed(STATE_MACHINE, STATE_MACHINE, ".asl.json", machine)
    keys = {name: artefact.key for name, artefact in functions.items()} | {STATE_MACHINE: state_machine.key}
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted((sources.root / "cfn").glob("*.yaml"))}
    return Build(
        prefix=prefix,
        functions=functions,
        state_machine=state_machine,
        templates=build_templates(texts, keys, prefix),
        sbom=bill_of_materials(locked, _by_package(wheels), _bundled(sources, functions), _version(sources.root)),
    )


def write(built: Build, folder: Path) -> None:
    """Writes a build into its folder, in place of the one before."""
    for name in (ZIPS, TEMPLATES, STATE_MACHINE):
        shutil.rmtree(folder / name, ignore_errors=True)
    for artefact in built.artefacts:
        path = folder / artefact.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(artefact.content)
    (folder / SBOM).write_text(built.sbom, encoding="utf-8")
    (folder / MANIFEST).write_text(built.manifest(), encoding="utf-8")


def _zip(sources: Sources, function: str, common: Mapping[str, bytes]) -> Artefact:
    own = own_files(sources.root / "lambda", function)
    if function == PUBLISHER:
        own = with_console(own, sources.console)
    if doubled := sorted(own.keys() & common.keys()):
        raise PackagingError(f"{doubled[0]} of {function} has the name of a library's file")
    content = zipped({**common, **own})
    if len(content) > MOST_BYTES:
        raise PackagingError(f"the zip of {function} has {len(content)} bytes, {MOST_BYTES} are allowed")
    return hashed(ZIPS, function, ".zip", content)


def _bundled(sources: Sources, functions: Mapping[str, Artefact]) -> Sequence[Bundled]:
    if PUBLISHER not in functions:
        return []
    return read_bundled(sources.console, sources.root / "frontend/package-lock.json")


def _by_package(wheels: Mapping[str, Mapping[str, bytes]]) -> Mapping[str, Sequence[bytes]]:
    names = {name for packages in wheels.values() for name in packages}
    return {name: [packages[name] for packages in wheels.values()] for name in sorted(names)}


def _service_models(sources: Sources) -> Mapping[str, bytes]:
    """The description of DRS as it is locked: the runtime's own boto3 may be older than a field that is set."""
    locked = {package.name: package.version for package in sources.whole_lock}
    if botocore.__version__ != locked.get("botocore"):
        raise PackagingError(f"botocore {locked.get('botocore')} is locked, {botocore.__version__} is installed")
    return service_model(Path(botocore.__file__).parent / "data", "drs")


def _version(root: Path) -> str:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])
