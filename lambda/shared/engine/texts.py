"""How long the engine's sentences may be: they are stored, listed and mailed, and no item is larger than 4 KB."""

from typing import Final

SERVER_REASON: Final = 300
"""EC2 may explain itself at any length, with encoded messages of thousands of characters."""

LONGEST_REASON: Final = 500
"""Of a wave, a gate, an execution: each is stored twice, as state and as event, in up to four bytes a letter."""

COMMAND_DETAIL: Final = 120
"""Of each command of a server, of which there are up to three: what a script prints is of any length."""

DOCUMENT_NAME: Final = 60
"""Of each command that a sentence names: up to three, and a document's ARN is long."""

ALARM_REASON: Final = 200
"""Of a wave's alarms all together, stored beside the wave's own reason."""


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
