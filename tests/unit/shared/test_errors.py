"""An answer that names what is wrong can be carried, however much that is and whatever was sent."""

import json

from shared.errors import FIELDS_NAMED, LETTERS_NAMED, ValidationError


def wrong(count: int, text: str = "is wrong") -> ValidationError:
    return ValidationError.of(
        [{"field": f"ids[{number}]", "reason": text, "code": "WRONG_FORMAT"} for number in range(count)]
    )


def test_every_wrong_field_is_named_and_the_sentence_says_how_many_it_leaves_out() -> None:
    few, many = wrong(2), wrong(FIELDS_NAMED)

    assert few.message == "ids[0]: is wrong; ids[1]: is wrong"
    assert [each["field"] for each in many.details["fields"]] == [f"ids[{number}]" for number in range(FIELDS_NAMED)]
    assert "fieldCount" not in many.details
    assert many.message.endswith("ids[19]: is wrong; and 980 more")


def test_of_more_fields_than_an_answer_can_carry_the_first_are_named_and_all_are_counted() -> None:
    error = wrong(FIELDS_NAMED + 1)

    assert [each["field"] for each in error.details["fields"]] == [f"ids[{number}]" for number in range(FIELDS_NAMED)]
    assert error.details["fieldCount"] == FIELDS_NAMED + 1


def test_what_repeats_what_was_sent_is_cut_and_the_whole_stays_small() -> None:
    error = ValidationError.of([{"field": "x" * 5_000_000, "reason": "unknown field", "code": "UNKNOWN_FIELD"}])
    long_ones = wrong(FIELDS_NAMED, "r" * 5_000)

    assert error.details["fields"][0]["field"].endswith("x…")
    for each in (error, long_ones):
        assert len(json.dumps(each.details) + each.message) < 2 * LETTERS_NAMED
        assert each.details["fields"]
    assert long_ones.details["fieldCount"] == FIELDS_NAMED


def test_fields_that_are_called_otherwise_are_as_many_as_before() -> None:
    renamed = wrong(FIELDS_NAMED + 7).renamed(lambda path: path.replace("ids", "names"))

    assert renamed.details["fields"][1] == {"field": "names[1]", "reason": "is wrong", "code": "WRONG_FORMAT"}
    assert renamed.details["fieldCount"] == FIELDS_NAMED + 7
    assert renamed.message == wrong(FIELDS_NAMED + 7).message.replace("ids", "names")
