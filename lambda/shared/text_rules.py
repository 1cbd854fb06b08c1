"""The rules of texts that people write: names that differ look different, and nothing holds what no text needs.

What is stored already passes, as it was taken before these rules: who reads a thing can send it back.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Final

from shared.models.violation import Violation

_DEFAULT_IGNORABLE: Final = (
    *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFEFF, 0xFFA0),
    *range(0x180B, 0x1810),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
    *range(0xFFF0, 0xFFF9),
    *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B),
    *range(0xE0000, 0xE1000),
)
"""Default_Ignorable_Code_Point (https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt)."""

_UNSEEN: Final = frozenset(map(chr, (*_DEFAULT_IGNORABLE, 0x2800, 0x1D159)))
"""With the blank of Braille and the notehead that is none, of which nothing is drawn either."""

_UNSEEN_CATEGORIES: Final = frozenset(("Cc", "Cf", "Cn", "Zl", "Zp", "Zs"))
"""Controls, formats, what no font has a shape for, and blanks, of which the space alone is taken."""

_EMOJI_SELECTOR: Final = "\ufe0f"
"""After a symbol it asks for the one in colours, and many keyboards write it."""

_JOINER: Final = "\u200d"
"""Between two emoji it makes one of them, and after a virama a shape of letters: https://www.rfc-editor.org/rfc/rfc5892
takes it there in names of hosts."""

_VIRAMA: Final = 9
"""The canonical combining class of those signs."""

_COLOURS_OF_SKIN: Final = range(0x1F3FB, 0x1F400)

UNSEEN_MARKS: Final = (_EMOJI_SELECTOR, _JOINER)
"""What a name may hold and nobody sees by itself: two names do not differ by it."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_LINES: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def check_name(field: str, name: str, stored: Collection[str] = ()) -> Iterator[Violation]:
    """A violation for a character that nobody sees or can tell from a blank; `stored` names pass in whatever case."""
    neighbours = zip(f" {name}", name, f"{name[1:]} ", strict=False)
    unseen = next((each for before, each, after in neighbours if _is_unseen(each, before, after)), None)
    if unseen is not None and name.casefold() not in {each.casefold() for each in stored}:
        reason = (
            f"holds {_code_point(unseen)}, which nobody sees or can tell from a blank: "
            "names that differ are to look different"
            + ("; it is taken between two emoji and after a virama" if unseen == _JOINER else "")
        )
        yield Violation(field, reason, "WRONG_FORMAT")


def check_text(field: str, text: str, stored: Collection[str] = ()) -> Iterator[Violation]:
    """A violation for a control character that is no tab and no end of a line."""
    yield from _without(_CONTROL_BUT_LINES, "a text has tabs and ends of lines alone", field, text, stored)


def check_line(field: str, text: str, stored: Collection[str] = ()) -> Iterator[Violation]:
    """A violation for any control character."""
    yield from _without(_CONTROL, "this is one line", field, text, stored)


def _without(
    refused: re.Pattern[str], words: str, field: str, text: str, stored: Collection[str]
) -> Iterator[Violation]:
    found = refused.search(text)
    if found is not None and text not in stored:
        yield Violation(field, f"holds {_code_point(found[0])}, a control character: {words}", "WRONG_FORMAT")


def _is_unseen(character: str, before: str, after: str) -> bool:
    if character == _JOINER:
        return not _joins(before, after)
    if character == _EMOJI_SELECTOR and unicodedata.category(before) == "So":
        return False
    return character in _UNSEEN or (character != " " and unicodedata.category(character) in _UNSEEN_CATEGORIES)


def _joins(before: str, after: str) -> bool:
    """Whether a joiner between these is to be seen, by what becomes of them."""
    if unicodedata.combining(before) == _VIRAMA:
        return True
    is_emoji = unicodedata.category(before) == "So" or before == _EMOJI_SELECTOR or ord(before) in _COLOURS_OF_SKIN
    return is_emoji and unicodedata.category(after) == "So"


def _code_point(character: str) -> str:
    return f"U+{ord(character):04X}"
