"""The body of a request over HTTP, whose length its sender says before it or chunk by chunk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase
from typing import Final

from local.api.gateway import MOST_BYTES
from local.api.responses import Refusal

_DRAINED_BYTES: Final = 8 * MOST_BYTES
"""So much of a body that is too large is read and dropped, so that its sender hears the answer."""

_PIECE: Final = 1 << 16
_LONGEST_LINE: Final = 1 << 12
_MOST_TRAILERS: Final = 100
_SIZE: Final = re.compile(rb"(?P<size>[0-9A-Fa-f]{1,8})[ \t]*(;[^\r\n]*)?\r\n")
_ENCODING: Final = "Transfer-Encoding"


def read_body(headers: Message, stream: BufferedIOBase) -> bytes:
    """The body behind these headers.

    Refusal if it is too large or cannot be read; the connection is of no more use then.

    A body in chunks is put together, as API Gateway does.
    """
    lengths, encodings = headers.get_all("Content-Length", []), headers.get_all(_ENCODING, [])
    if not encodings:
        return _joined(_pieces(stream, _length(lengths)))
    if lengths or [each.strip().lower() for each in encodings] != ["chunked"]:
        raise _unreadable()
    return _joined(_chunks(stream))


def without_encoding(headers: Message) -> tuple[tuple[str, str], ...]:
    """The headers as a function is given them: API Gateway drops that of the transfer."""
    return tuple((name, value) for name, value in headers.items() if name.lower() != _ENCODING.lower())


def _unreadable() -> Refusal:
    return Refusal("BAD_REQUEST_BODY")


def _length(said: list[str]) -> int:
    values = {each.strip() for each in said} or {"0"}
    value = values.pop()
    if values or not re.fullmatch(r"[0-9]{1,18}", value):
        raise _unreadable()
    return int(value)


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while True:
        found = _SIZE.fullmatch(stream.readline(_LONGEST_LINE))
        if found is None:
            raise _unreadable()
        size = int(found["size"], 16)
        if size == 0:
            break
        yield from _pieces(stream, size)
        if stream.read(2) != b"\r\n":
            raise _unreadable()
    for _ in range(_MOST_TRAILERS):
        if stream.readline(_LONGEST_LINE) in (b"\r\n", b""):
            return
    raise _unreadable()


def _pieces(stream: BufferedIOBase, size: int) -> Iterator[bytes]:
    """So many bytes; a connection that ends before them leaves a body that cannot be read."""
    while size > 0:
        piece = stream.read(min(size, _PIECE))
        if not piece:
            raise _unreadable()
        size -= len(piece)
        yield piece


def _joined(pieces: Iterator[bytes]) -> bytes:
    found, taken = bytearray(), 0
    for piece in pieces:
        taken += len(piece)
        if taken <= MOST_BYTES:
            found += piece
        if taken > _DRAINED_BYTES:
            break
    if taken > MOST_BYTES:
        raise Refusal("REQUEST_TOO_LARGE")
    return bytes(found)
