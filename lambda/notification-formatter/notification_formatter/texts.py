"""Words of mails: durations, one-line texts, subjects in ASCII."""

import unicodedata
from typing import Final

SUBJECT_LENGTH: Final = 100
"""SNS takes 100 ASCII characters (API reference of Publish)."""
_ALIKE: Final = {"Pd": "-", "Pi": '"', "Pf": '"', "Zs": " ", "Cc": " ", "Zl": " ", "Zp": " "}
_SPELT: Final = {
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "Œ": "OE",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
}
"""Letters that Unicode does not take apart."""


def one_line(text: str, longest: int = 300) -> str:
    """The text as one line without control characters, so that nobody's reason can look like a command of the mail."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    joined = " ".join(printable.split())
    return joined if len(joined) <= longest else joined[: longest - 1] + "…"


def to_ascii(text: str) -> str:
    """The text in ASCII: accents dropped, dashes and quotes made plain, what is left unknown a question mark."""
    letters = (_SPELT.get(character, character) for character in text)
    plain = (_plain(character) for character in unicodedata.normalize("NFKD", "".join(letters)))
    return " ".join("".join(plain).split())


def _plain(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Mn":
        return ""
    if character.isascii() and kind != "Cc":
        return character
    return _ALIKE.get(kind, "?")


def subject(plan_name: str, event: str) -> str:
    """`[DRS] <plan> - <event>` in at most 100 ASCII characters; a long plan is cut, never the event."""
    tail = f" - {event}"
    return f"[DRS] {to_ascii(plan_name)}"[: SUBJECT_LENGTH - len(tail)].rstrip() + tail


def duration(seconds: float) -> str:
    """Whole seconds in words: 1 h 02 min 03 s."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minute:02d} min {second:02d} s"
    return f"{minute} min {second:02d} s" if minute else f"{second} s"
