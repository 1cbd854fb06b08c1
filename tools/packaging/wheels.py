"""The wheels of the lock for Lambda's platform, fetched by pip and held to the lock's hashes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tools.packaging.errors import PackagingError
from tools.packaging.lock import Locked, canonical

PYTHON: Final = "3.12"
ARCHITECTURES: Final[Mapping[str, str]] = {"arm64": "aarch64", "x86_64": "x86_64"}
"""Lambda's word for each architecture, and Python's."""

# Lambda's Python 3.12 runs on Amazon Linux 2023, whose glibc is 2.34; wheels for an older one run there too.
_PLATFORMS: Final = ("manylinux_2_34", "manylinux_2_28", "manylinux2014")


def fetch(locked: Sequence[Locked], folder: Path) -> None:
    """Let pip fetch what is not there yet, a folder for each architecture; PackagingError if pip cannot."""
    for architecture in ARCHITECTURES:
        if not _missing(locked, folder / architecture):
            continue
        shutil.rmtree(folder / architecture, ignore_errors=True)
        _download(locked, architecture, folder / architecture)


def open_wheels(locked: Sequence[Locked], folder: Path) -> Mapping[str, Mapping[str, bytes]]:
    """For each architecture the wheels by package; PackagingError for one that is missing or not what is locked."""
    return {architecture: _opened(locked, folder / architecture) for architecture in ARCHITECTURES}


def _opened(locked: Sequence[Locked], folder: Path) -> Mapping[str, bytes]:
    if missing := _missing(locked, folder):
        raise PackagingError(f"no wheel for {folder.name} of {', '.join(missing)}: run make wheels")
    found = _found(folder)
    opened = {}
    for package in locked:
        content = found[package.name, package.version].read_bytes()
        if hashlib.sha256(content).hexdigest() not in package.hashes:
            raise PackagingError(f"{found[package.name, package.version].name} has not the hash that is locked")
        opened[package.name] = content
    return opened


def _missing(locked: Sequence[Locked], folder: Path) -> Sequence[str]:
    found = _found(folder)
    return [package.name for package in locked if (package.name, package.version) not in found]


def _found(folder: Path) -> Mapping[tuple[str, str], Path]:
    """The wheels of a folder by name and version, which their file names begin with."""
    wheels = sorted(folder.glob("*.whl"))
    return {(canonical(wheel.name.split("-")[0]), wheel.name.split("-")[1]): wheel for wheel in wheels}


def _download(locked: Sequence[Locked], architecture: str, folder: Path) -> None:
    machine = ARCHITECTURES[architecture]
    platforms = [word for name in _PLATFORMS for word in ("--platform", f"{name}_{machine}")]
    abis = [word for abi in (f"cp{PYTHON.replace('.', '')}", "abi3", "none") for word in ("--abi", abi)]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as wanted:
        wanted.write("".join(_requirement(package) for package in locked))
        wanted.flush()
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
        command += ["--no-deps", "--require-hashes", "--only-binary=:all:", "--implementation", "cp"]
        command += ["--python-version", PYTHON, *abis, *platforms, "--dest", str(folder), "-r", wanted.name]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise PackagingError(f"pip cannot fetch the wheels for {architecture}: {ran.stderr.strip()}")


def _requirement(package: Locked) -> str:
    return (
        " ".join((f"{package.name}=={package.version}", *(f"--hash=sha256:{one}" for one in sorted(package.hashes))))
        + "\n"
    )
