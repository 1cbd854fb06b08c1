"""How long the engine's sentences may be: they are stored, listed and mailed, and no item is larger than 4 KB."""

from typing import Final

SERVER_REASON: Final = 300
"""EC2 may explain itself at any length, with encoded messages of thousands of characters."""

LONGEST_REASON: Final = 500
"""Of a wave, a gate, an execution: each is stored twice, as state and as event, in up to four bytes a letter."""


def shortened(text: str, longest: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
