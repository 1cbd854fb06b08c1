"""Values that may be larger than an item should be, as texts that each fit into one, and back."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable
from typing import Any, Final

WHOLE_BYTES: Final = 3_000
"""As JSON: a value up to this size is kept as it is; no item is larger than 4 KB (engine.md, section 9)."""

PIECE_BYTES: Final = 3_500


def fits_whole(value: dict[str, Any]) -> bool:
    """Whether the value may stand in an item as it is."""
    return len(_json(value)) <= WHOLE_BYTES


def pieces_of(value: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """A name for exactly this content, and its pieces in their order."""
    text = _json(value)
    packed = base64.b64encode(zlib.compress(text)).decode()
    pieces = tuple(packed[start : start + PIECE_BYTES] for start in range(0, len(packed), PIECE_BYTES))
    return hashlib.sha256(text).hexdigest(), pieces


def whole_of(name: str, pieces: Iterable[str]) -> dict[str, Any]:
    """The value of these pieces; ValueError if they are not all of what has this name."""
    try:
        text = zlib.decompress(base64.b64decode("".join(pieces)))
    except zlib.error as error:
        raise ValueError(f"the pieces of {name} are not whole") from error
    if hashlib.sha256(text).hexdigest() != name:
        raise ValueError(f"the pieces of {name} are those of another")
    value: dict[str, Any] = json.loads(text)
    return value


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
