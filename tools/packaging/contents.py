"""Which files go into the zip of a function: its own, the shared library, and the libraries of the lock."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tools.packaging.errors import PackagingError

_LEFT_OUT: Final = re.compile(r"(^|/)(__pycache__|tests?)/|\.(pyc|pyi|c|h)$|(^|/)py\.typed$|(^|/)\.")
# ulid asks for its version when it is imported; licences go where the code goes.
_KEPT_OF_METADATA: Final = re.compile(r"\.dist-info/(METADATA|entry_points\.txt|NOTICE|LICEN[CS]E.*|licenses/.*)$")


def function_names(source: Path) -> Sequence[str]:
    """The functions of a source root: every folder that has an entry."""
    return sorted(entry.parent.name for entry in source.glob("*/index.py"))


def own_files(source: Path, function: str) -> Mapping[str, bytes]:
    """A function's own files at the root, and the shared library beside them."""
    own = {name: path.read_bytes() for name, path in _walk(source / function)}
    shared = {f"shared/{name}": path.read_bytes() for name, path in _walk(source / "shared")}
    return _joined(own, shared, function)


def library_files(wheels: Mapping[str, Mapping[str, bytes]]) -> Mapping[str, bytes]:
    """The files of all wheels of all architectures.

    What is compiled carries its architecture in its name, so that both lie side by side and Python takes its own; every
    other file is the same in both, or PackagingError.
    """
    files: dict[str, bytes] = {}
    for architecture, packages in wheels.items():
        for package, wheel in packages.items():
            files = dict(_joined(files, _unpacked(wheel, package), f"{package} for {architecture}"))
    return files


def service_model(data: Path, service: str) -> Mapping[str, bytes]:
    """The description of an AWS service out of botocore's data, as its loader finds it in the folder `models`."""
    found = {
        f"models/{service}/{name}": path.read_bytes()
        for name, path in _walk(data / service)
        if not path.name.startswith("examples-")
    }
    if not found:
        raise PackagingError(f"botocore knows no service {service}")
    return found


def _unpacked(wheel: bytes, package: str) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if elsewhere := [name for name in names if ".data/" in name]:
            raise PackagingError(f"{package} has files that belong elsewhere: {elsewhere[0]}")
        return {name: archive.read(name) for name in names if _is_kept(name)}


def _is_kept(name: str) -> bool:
    if ".dist-info/" in name:
        return bool(_KEPT_OF_METADATA.search(name))
    return not _LEFT_OUT.search(name)


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise PackagingError(f"{path} is a link: a zip holds files")
        if path.is_file() and not _LEFT_OUT.search(name):
            yield name, path


def _joined(files: Mapping[str, bytes], more: Mapping[str, bytes], what: str) -> Mapping[str, bytes]:
    for name in files.keys() & more.keys():
        if files[name] != more[name]:
            raise PackagingError(f"{name} of {what} is there already, with another content")
    return {**files, **more}
