"""Zips that are the same bytes whenever and wherever the same files go in, and keys that carry their hash."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can say."""

_UNIX: Final = 3
_READABLE: Final = 0o100644 << 16
"""A plain file that everybody may read: the user that Lambda runs a function as is not its owner."""

_DIGITS: Final = 16
"""So much of a hash tells any two artefacts apart, and a key with it fits into the description of a version."""


@dataclass(frozen=True)
class Artefact:
    """One object of the bucket: its key under the folder of the deployment, and its content."""

    key: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The hash of the content, of which the key carries the beginning."""
        return hashlib.sha256(self.content).hexdigest()


def hashed(folder: str, name: str, suffix: str, content: bytes) -> Artefact:
    """The artefact under a key that carries the hash of its content."""
    digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
    return Artefact(f"{folder}/{name}-{digest}{suffix}", content)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files by name: sorted, of one time, readable by all."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = _UNIX
            entry.external_attr = _READABLE
            archive.writestr(entry, files[name], compresslevel=6)
    return buffer.getvalue()
