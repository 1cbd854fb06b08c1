"""The opaque `nextToken` of a list: where to go on, bound to the list and its filters."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from pydantic_core import PydanticCustomError

from shared.errors import ValidationError
from shared.stores.table import Item

_REASON: Final = "is not a token of this list with these filters"


def encode(list_name: str, filters: Mapping[str, Any], start: Item) -> str:
    """The token of the page that begins after `start`."""
    text = _canonical({"start": start, "digest": _digest(list_name, filters, start)})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(
    token: str, list_name: str, filters: Mapping[str, Any], names: Collection[str], *, maybe: Collection[str] = ()
) -> Item:
    """Where the page begins: texts by exactly these names, and perhaps those.

    ValidationError naming nextToken if the token is not of this list with these filters. The digest is no signature:
    anybody can make a token of any texts, and whoever reads them has to expect that.
    """
    start, digest = _content(token)
    if digest != _digest(list_name, filters, start) or not {*names} <= {*start} <= {*names, *maybe}:
        raise refused()
    return start


def check_form(token: str) -> str:
    """The token, if it may be one of any list; a pydantic error with the words of `refused` if it is none of all."""
    try:
        _content(token)
    except ValidationError as error:
        raise PydanticCustomError("invalid_next_token", _REASON) from error
    return token


def _content(token: str) -> tuple[Item, Any]:
    """Where the page begins and the digest; ValidationError naming nextToken if it can be no token of ours."""
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeError, binascii.Error, ValueError, RecursionError) as error:
        raise refused() from error
    start = content.get("start") if isinstance(content, dict) else None
    if not isinstance(start, dict) or not all(isinstance(value, str) and value for value in start.values()):
        raise refused()
    return start, content.get("digest")


def number_of(text: str) -> int:
    """The number from zero that a text of a token is; ValidationError naming nextToken."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise refused()
    return int(text)


def refused() -> ValidationError:
    """What a token is answered with that is not of this list."""
    return ValidationError.one("nextToken", _REASON, "INVALID_NEXT_TOKEN")


def _digest(list_name: str, filters: Mapping[str, Any], start: Item) -> str:
    return hashlib.sha256(_canonical([list_name, filters, start]).encode()).hexdigest()[:32]


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
