"""What things may be called: names that differ look different."""

import pydantic
import pytest

from shared.models.base import Model, Name, read_strictly
from shared.models.violation import violations_of


class Named(Model):
    group_name: Name


@pytest.mark.parametrize(
    "name", ["Web 1", "Büro", "Rechenzentrum № 2", "データベース", "⚠️ Payroll", "cafe\u0301", "שרת"]
)
def test_a_name_that_can_be_seen_is_taken(name: str) -> None:
    assert read_strictly(Named, {"groupName": f"  {name} "}).group_name == name


@pytest.mark.parametrize(
    "character",
    [
        "\u00a0",  # no-break space
        "\u2007",  # figure space
        "\u3000",  # ideographic space
        "\u200b",  # zero-width space
        "\u200d",  # zero-width joiner
        "\u202e",  # right-to-left override
        "\u2066",  # left-to-right isolate
        "\ufeff",  # byte order mark
        "\u00ad",  # soft hyphen
        "\u0085",  # next line
        "\u2028",  # line separator
        "\u3164",  # Hangul filler
        "\u2800",  # blank of Braille
        "\U000e0041",  # a tag
    ],
)
def test_a_name_with_a_character_that_nobody_sees_is_refused_and_the_character_named(character: str) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        read_strictly(Named, {"groupName": f"Pay{character}roll"})

    [violation] = violations_of(caught.value)
    assert (violation.field, violation.code) == ("groupName", "WRONG_FORMAT")
    assert violation.reason.startswith(f"holds U+{ord(character):04X}, which nobody sees")


def test_a_row_that_is_called_so_is_read_all_the_same() -> None:
    assert Named.model_validate({"group_name": "Pay\u00a0roll"}).group_name == "Pay\u00a0roll"
