"""Pages of a listing: short, complete, each item once, with tokens that belong to one query only."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from local.drs_simulator.errors import DrsError, invalid_field
from local.drs_simulator.settings import PageSizes
from local.drs_simulator.state import Cell

T = TypeVar("T")
_SEAL: Final = 12
_NOT_PART_OF_THE_QUERY: Final = frozenset({"nextToken", "maxResults"})


def page(
    cell: Cell,
    sizes: PageSizes,
    operation: str,
    parameters: dict[str, Any],
    items: Sequence[T],
    *,
    position: Callable[[T], int],
    show: Callable[[T], dict[str, Any]],
    newest_first: bool = False,
) -> dict[str, Any]:
    """One page of `items`, which come by rising `position`, or by falling if `newest_first`.

    The token names the last position shown, so items that come or go between two pages disturb no other item.
    Raises Validation for a token of another query.
    """
    query = _query(cell, operation, parameters)
    rest = items
    if "nextToken" in parameters:
        after = _open_token(parameters["nextToken"], query)
        rest = [item for item in items if (position(item) < after if newest_first else position(item) > after)]
    size = min(parameters.get("maxResults") or _varied(cell, sizes), sizes.most)
    shown = rest[:size]
    output: dict[str, Any] = {"items": [show(item) for item in shown]}
    if len(rest) > size:
        output["nextToken"] = _seal_token(position(shown[-1]), query)
    return output


def _varied(cell: Cell, sizes: PageSizes) -> int:
    cell.pages += 1
    return sizes.without_limit[cell.pages % len(sizes.without_limit)]


def _query(cell: Cell, operation: str, parameters: dict[str, Any]) -> bytes:
    asked = {name: value for name, value in parameters.items() if name not in _NOT_PART_OF_THE_QUERY}
    return json.dumps([cell.account, cell.region, operation, asked], sort_keys=True).encode()


def _seal(position: bytes, query: bytes) -> bytes:
    return hashlib.blake2b(position + query, digest_size=_SEAL).digest()


def _seal_token(position: int, query: bytes) -> str:
    raw = position.to_bytes(8, "big")
    return base64.urlsafe_b64encode(_seal(raw, query) + raw).decode()


def _open_token(token: str, query: bytes) -> int:
    try:
        raw = base64.urlsafe_b64decode(token.encode())
    except (binascii.Error, ValueError) as error:
        raise _bad_token() from error
    seal, position = raw[:_SEAL], raw[_SEAL:]
    if seal != _seal(position, query):
        raise _bad_token()
    return int.from_bytes(position, "big")


def _bad_token() -> DrsError:
    return invalid_field("nextToken", "the token belongs to no page of this query")
