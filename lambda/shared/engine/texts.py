"""How long the engine's sentences may be: they are stored, listed and mailed, and no item is larger than 4 KB."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

Thing = TypeVar("Thing")

SERVER_REASON: Final = 300
"""EC2 may explain itself at any length, with encoded messages of thousands of characters."""

LONGEST_REASON: Final = 500
"""Of a wave, a gate, an execution: each is stored twice, as state and as event, in up to four bytes a letter."""

COMMAND_DETAIL: Final = 120
"""Of each command of a server, of which there are up to three: what a script prints is of any length."""

DOCUMENT_NAME: Final = 60
"""Of each command that a sentence names: up to three, and a document's ARN is long."""

OVERRIDE_REASON: Final = 300
"""So many bytes of why an operator lets a wave be launched as DRS has it stand with it; the timeline has the whole."""

ALARM_REASON: Final = 200
"""Of a wave's alarms all together, stored beside the wave's own reason."""

SERVER_REASON_TOLD: Final = 120
"""So much of a server's reason stands in its wave's; the whole is with the server."""

GATE_REASON_TOLD: Final = 150
"""So much of a gate's reason stands in the execution's; the whole is with the gate."""

SERVERS_NAMED: Final = 20
"""So many servers are in the sentence of a finding; its `serverIds` are all of them."""

TOLD: Final = 3
"""So many things of a kind one sentence names: more nobody reads, and each of them is told elsewhere."""


def first_few(
    things: Sequence[Thing], told: Callable[[Thing], str], *, most: int = TOLD, apart: str = "; ", rest: str = "more"
) -> str:
    """What is told of the first things, and how many are left out: `a; b; c; and 2 more`, or `a, b, c and 2 more`."""
    words = apart.join(told(thing) for thing in things[:most])
    if len(things) <= most:
        return words
    return f"{words}{' ' if apart == ', ' else apart}and {len(things) - most} {rest}"


def servers_in_words(names: Sequence[str]) -> str:
    """`db-1, db-2, …, db-20 and 3 more`."""
    return first_few(names, str, most=SERVERS_NAMED, apart=", ")


def counted(count: int, noun: str) -> str:
    """`1 server`, `2 servers`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def shortened(text: str, longest: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def shortened_to_bytes(text: str, longest: int) -> str:
    """The text if it has so many bytes as UTF-8, or its beginning with an ellipsis."""
    encoded = text.encode()
    if len(encoded) <= longest:
        return text
    return encoded[: longest - len("…".encode())].decode(errors="ignore") + "…"
