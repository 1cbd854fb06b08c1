"""What is published: the files of the console and its run-time configuration, each with how long it may be kept."""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

INDEX: Final = "index.html"
CONFIG: Final = "aws-config.json"

ALWAYS_ASK: Final = "no-cache"
FOR_A_YEAR: Final = "public, max-age=31536000, immutable"
FOR_AN_HOUR: Final = "public, max-age=3600"

_HASHED: Final = re.compile(r"assets/(?:.*[.-])[A-Za-z0-9_-]{8,}\.[a-z0-9.]+")
"""How the build names a file after its content: another content is another file."""

_TEXT: Final = frozenset({"application/javascript", "application/json", "application/xml", "image/svg+xml"})
_KINDS: Final[Mapping[str, str]] = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".ico": "image/x-icon",
    ".svg": "image/svg+xml",
}
"""Of what a console is made of; what a machine knows of types beside these differs from one to the next."""


@dataclass(frozen=True)
class Page:
    """One file as it is served."""

    key: str
    content: bytes
    content_type: str
    cache_control: str


def pages(files: Iterable[tuple[str, bytes]], config: Mapping[str, str]) -> list[Page]:
    """Every page in the order in which it is published: the index last, because it names the others.

    ValueError if there is no index, or if a file has the name of the configuration.
    """
    listed = [served(name, content) for name, content in sorted(files)]
    names = {page.key for page in listed}
    if INDEX not in names:
        raise ValueError(f"the console has no {INDEX}")
    if CONFIG in names:
        raise ValueError(f"the console has a file {CONFIG}, which is written for each deployment")
    index = [page for page in listed if page.key == INDEX]
    others = [page for page in listed if page.key != INDEX]
    return [*others, served(CONFIG, json.dumps(config, indent=2, sort_keys=True).encode()), *index]


def left_over(present: Iterable[str], published: Iterable[Page]) -> Iterator[str]:
    """The keys of what an earlier release left and this one does not have."""
    kept = {page.key for page in published}
    yield from (key for key in present if key not in kept)


def served(key: str, content: bytes) -> Page:
    """One file as browsers get it."""
    return Page(key, content, _content_type(key), _cache_control(key))


def _content_type(key: str) -> str:
    suffix = key[key.rfind(".") :] if "." in key.rpartition("/")[2] else ""
    kind = _KINDS.get(suffix) or mimetypes.guess_type(key)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind in _TEXT else kind


def _cache_control(key: str) -> str:
    """What is named after its content never changes; the two files that name the others are asked for each time."""
    if key in (INDEX, CONFIG):
        return ALWAYS_ASK
    return FOR_A_YEAR if _HASHED.fullmatch(key) else FOR_AN_HOUR
