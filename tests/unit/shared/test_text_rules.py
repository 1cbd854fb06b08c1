"""What people may write: names that differ look different, and no text holds what terminals obey."""

from collections.abc import Callable, Iterator

import pytest

from shared.models.violation import Violation
from shared.text_rules import check_line, check_name, check_text

IGNORED_BY_DEFAULT = """
00AD 034F 061C 115F-1160 17B4-17B5 180B-180D 180E 180F 200B-200F 202A-202E 2060-2064 2065 2066-206F 3164 FE00-FE0F FEFF
FFA0 FFF0-FFF8 1BCA0-1BCA3 1D173-1D17A E0000 E0001 E0002-E001F E0020-E007F E0080-E00FF E0100-E01EF E01F0-E0FFF
"""
"""The lines of Default_Ignorable_Code_Point in DerivedCoreProperties.txt of Unicode 15.1."""


def ignored_by_default() -> Iterator[str]:
    for line in IGNORED_BY_DEFAULT.split():
        first, _, last = line.partition("-")
        yield from map(chr, range(int(first, 16), int(last or first, 16) + 1))


@pytest.mark.parametrize(
    "name", ["Web 1", "Büro", "Rechenzentrum № 2", "データベース", "⚠️ Payroll", "cafe\u0301", "שרת"]
)
def test_a_name_that_can_be_seen_is_taken(name: str) -> None:
    assert list(check_name("groupName", name)) == []


@pytest.mark.parametrize(
    "character",
    [
        "\u00a0",  # no-break space
        "\u2007",  # figure space
        "\u3000",  # ideographic space
        "\u200b",  # zero-width space
        "\u202e",  # right-to-left override
        "\u0085",  # next line
        "\u2028",  # line separator
        "\u2800",  # blank of Braille
        "\U0001d159",  # a notehead that is none
        "\u0378",  # no character yet
    ],
)
def test_a_name_with_a_character_that_nobody_sees_is_refused_and_the_character_named(character: str) -> None:
    [violation] = check_name("groupName", f"Pay{character}roll")

    assert (violation.field, violation.code) == ("groupName", "WRONG_FORMAT")
    assert violation.reason.startswith(f"holds U+{ord(character):04X}, which nobody sees")


@pytest.mark.parametrize(
    "name",
    [
        "👩\u200d💻 desk",  # a woman at a computer
        "👩🏽\u200d🚒",  # with a colour of the skin
        "🏳\ufe0f\u200d🌈",  # after a variation selector
        "👨\u200d👩\u200d👧",  # three of them
        "👁\ufe0f\u200d🗨\ufe0f",
        "ක්\u200dරියා",  # after the virama of Sinhala
        "നന്\u200d",  # a chillu of Malayalam at the end
        "क्\u200d",  # a half letter of Devanagari
    ],
)
def test_a_joiner_is_taken_where_it_changes_what_is_seen(name: str) -> None:
    assert list(check_name("groupName", name)) == []


@pytest.mark.parametrize(
    "name",
    [
        "Pay\u200droll",
        "\u200d",
        "\u200d💻",
        "👩\u200d",
        "👩\u200d\u200d💻",
        "👩\u200d desk",
        "a\u200d💻",
        "👩\u200dx",
        "క\u200d",
    ],
)
def test_a_joiner_that_joins_nothing_is_refused_and_where_it_may_stand_is_said(name: str) -> None:
    [violation] = check_name("groupName", name)

    assert violation.code == "WRONG_FORMAT"
    assert violation.reason.startswith("holds U+200D, which nobody sees")
    assert violation.reason.endswith("it is taken between two emoji and after a virama")


def test_a_name_holds_nothing_that_unicode_says_is_drawn_as_nothing() -> None:
    ignored = list(ignored_by_default())

    assert len(ignored) == 4174
    assert [f"U+{ord(each):04X}" for each in ignored if not list(check_name("groupName", f"Plan{each}"))] == []


@pytest.mark.parametrize("name", ["Pay\u00a0roll", "PAY\u00a0ROLL"])
def test_a_name_that_is_stored_passes_whatever_its_case(name: str) -> None:
    assert list(check_name("groupName", name, ["Web", "Pay\u00a0roll"])) == []
    assert list(check_name("groupName", name, ["Payroll"])) != []


CONTROLS = [chr(number) for number in (*range(0x20), *range(0x7F, 0xA0))]


@pytest.mark.parametrize(("check", "taken"), [(check_text, {"\t", "\n", "\r"}), (check_line, set())])
def test_of_control_characters_a_text_has_tabs_and_ends_of_lines_and_a_line_none(
    check: Callable[[str, str], Iterator[Violation]], taken: set[str]
) -> None:
    assert {each for each in CONTROLS if not list(check("description", f"a{each}b"))} == taken


def test_a_control_character_is_named() -> None:
    [violation] = check_text("description", "one\x00two\x07")

    assert violation == Violation(
        "description", "holds U+0000, a control character: a text has tabs and ends of lines alone", "WRONG_FORMAT"
    )


@pytest.mark.parametrize("text", ["", "Ünïcode – “quotes” 🚒", "zero\u200bwidth\u00a0blank", "\U000e0041"])
def test_a_text_is_otherwise_free(text: str) -> None:
    assert list(check_text("description", text)) == []
    assert list(check_line("owner", text)) == []


def test_a_text_that_is_stored_passes() -> None:
    assert list(check_text("description", "a\x00", ["a\x00"])) == []
    assert list(check_text("description", "a\x00", ["b\x00"])) != []
