"""What a browser gets for an address of the console: a built file with its headers, as CloudFront answers it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from frontend_deployer.pages import CONFIG, INDEX, served
from local.console.headers import Headers

_COMPRESSED: Final = ("text/", "application/json", "image/svg+xml")
_SMALLEST: Final = 1_000
"""CloudFront compresses no smaller file (its developer guide, "Serving compressed files")."""


@dataclass(frozen=True)
class Page:
    """A file as it is sent."""

    status: int
    headers: Headers
    body: bytes


class ConsolePages:
    """The built console in a folder; what it is told at run time is known once the system is deployed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._config: Mapping[str, str] = {}
        self._headers: Headers = ()

    def tell(self, config: Mapping[str, str], headers: Headers) -> None:
        """What the pages read at run time, and what is sent with every answer."""
        self._config, self._headers = config, headers

    def page(self, path: str, takes_gzip: bool) -> Page:
        """The answer to GET; an address without a file's name is the console's one page."""
        name = path.lstrip("/")
        if "." not in name.rpartition("/")[2]:
            name = INDEX
        content = json.dumps(self._config, indent=2).encode() if name == CONFIG else self._read(name)
        if content is None:
            return Page(404, (("Content-Type", "text/plain; charset=utf-8"), *self._headers), b"not found")
        file = served(name, content)
        headers = [("Content-Type", file.content_type), ("Cache-Control", file.cache_control)]
        if takes_gzip and len(content) >= _SMALLEST and file.content_type.startswith(_COMPRESSED):
            content = _compressed(content)
            headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        return Page(200, (*headers, *self._headers), content)

    def _read(self, name: str) -> bytes | None:
        file = (self._folder / name).resolve()
        return file.read_bytes() if file.is_relative_to(self._folder) and file.is_file() else None


@cache
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)
