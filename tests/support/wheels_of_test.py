"""Wheels with what a test says that is in them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping


def wheel(files: Mapping[str, bytes]) -> bytes:
    """A wheel of these files; nothing reads a record of them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
