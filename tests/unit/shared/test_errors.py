"""An error for wrong fields that are called otherwise by who sent them."""

from shared.errors import MOST_FIELDS, ValidationError


def wrong(count: int, name: str) -> ValidationError:
    return ValidationError.of(
        {"field": f"{name}[{number}]", "reason": "is wrong", "code": "WRONG_FORMAT"} for number in range(count)
    )


def test_fields_that_are_called_otherwise_are_as_many_as_before() -> None:
    for count in (1, MOST_FIELDS, MOST_FIELDS + 7):
        renamed, expected = (
            wrong(count, "ids").renamed(lambda path: path.replace("ids", "names")),
            wrong(count, "names"),
        )

        assert (renamed.message, renamed.details) == (expected.message, expected.details)
