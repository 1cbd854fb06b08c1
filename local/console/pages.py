"""What a browser gets for an address of the console: a built file with its headers, as CloudFront answers it."""

from __future__ import annotations

import gzip
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

CONFIG: Final = "aws-config.json"
_INDEX: Final = "index.html"
_KINDS: Final[Mapping[str, str]] = {".js": "text/javascript", ".json": "application/json", ".svg": "image/svg+xml"}
_COMPRESSED: Final = ("text/", "application/json", "image/svg+xml")
_SMALLEST: Final = 1_000
"""CloudFront compresses no smaller file (its developer guide, "Serving compressed files")."""


@dataclass(frozen=True)
class Page:
    """A file as it is sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class ConsolePages:
    """The built console in a folder; what it is told at run time is known once the system is deployed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._config: Mapping[str, str] = {}
        self._origins: tuple[str, ...] = ()

    def tell(self, config: Mapping[str, str], origins: tuple[str, ...]) -> None:
        """What the pages read at run time, and which origins they may call beside their own."""
        self._config, self._origins = config, origins

    def page(self, path: str, takes_gzip: bool) -> Page:
        """The answer to GET; an address without a file's name is the console's one page."""
        name = path.lstrip("/")
        if "." not in name.rpartition("/")[2]:
            name = _INDEX
        content = json.dumps(self._config, indent=2).encode() if name == CONFIG else self._read(name)
        if content is None:
            return Page(404, (("Content-Type", "text/plain; charset=utf-8"), *self._security()), b"not found")
        kind = _KINDS.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = [("Content-Type", f"{kind}; charset=utf-8" if kind.startswith(_COMPRESSED) else kind)]
        headers.append(("Cache-Control", _cache_control(name)))
        if takes_gzip and len(content) >= _SMALLEST and kind.startswith(_COMPRESSED):
            content = _compressed(content)
            headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        return Page(200, (*headers, *self._security()), content)

    def _read(self, name: str) -> bytes | None:
        file = (self._folder / name).resolve()
        return file.read_bytes() if file.is_relative_to(self._folder) and file.is_file() else None

    def _security(self) -> tuple[tuple[str, str], ...]:
        """The headers of the distribution, but the one that would forbid plain HTTP on this machine."""
        connected = " ".join(("'self'", *self._origins))
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "font-src 'self' data:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
            f"connect-src {connected}"
        )
        return (
            ("Content-Security-Policy", policy),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "no-referrer"),
        )


def _cache_control(name: str) -> str:
    """Files are named after their content; the two that name the others are asked for each time."""
    return "public, max-age=31536000, immutable" if name.startswith("assets/") else "no-cache"


@cache
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)
