"""Bad input by both doors: the right code, every wrong field by its path, nothing written, nothing of us shown."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from shared.catalogue import CATALOGUE
from shared.operations import wire_names
from tests.functional.contract.seeded import Seeded, content
from tests.support.doors import Answer, home_of

OPERATIONS: Final = tuple(CATALOGUE.entries)
DOORS: Final = ("direct", "api")


@pytest.fixture(scope="module")
def seeded() -> Seeded:
    """Only for calls that are refused."""
    return Seeded()


class Untouched:
    """Worlds that nothing was written in: those who only read share one, and whoever may write has one of his own."""

    def __init__(self) -> None:
        self._seed()

    def world_of(self, operation: str) -> Seeded:
        """A world for calls of an operation, as it was seeded."""
        if not CATALOGUE.entries[operation].routes[0].startswith("GET"):
            return Seeded()
        if content(self._shared.world) != self._content:
            # reading notes what was found of regions and accounts
            self._seed()
        return self._shared

    def _seed(self) -> None:
        self._shared = Seeded()
        self._content = content(self._shared.world)


@pytest.fixture(scope="module")
def untouched() -> Untouched:
    return Untouched()


def fields_of(operation: str) -> frozenset[str]:
    model = CATALOGUE.by_name(operation, home_of(operation)).request_model
    return wire_names(model)


def ask(seeded: Seeded, door: str, operation: str, parameters: dict[str, Any]) -> Answer:
    doors = seeded.doors
    return doors.direct(operation, parameters) if door == "direct" else doors.api(operation, parameters)


def in_body(operation: str) -> bool:
    return CATALOGUE.entries[operation].routes[0].startswith(("POST", "PUT"))


def in_path(operation: str, name: str) -> bool:
    return f"{{{name}}}" in CATALOGUE.entries[operation].routes[0]


def refused(answer: Answer, **fields: str) -> None:
    assert (answer.code, answer.fields) == ("VALIDATION_ERROR", fields)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_good_call_of_each_operation_breaks_no_rule_of_form(operation: str, door: str) -> None:
    seeded = Seeded()

    assert ask(seeded, door, operation, seeded.good(operation)).code not in ("VALIDATION_ERROR", "INTERNAL_ERROR")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_unknown_field_is_named(seeded: Seeded, operation: str, door: str) -> None:
    before = content(seeded.world)

    answer = ask(seeded, door, operation, {**seeded.good(operation), "colour": "red", "__class__": "x"})

    refused(answer, colour="UNKNOWN_FIELD", __class__="UNKNOWN_FIELD")
    assert content(seeded.world) == before


HOSTILE: Final[dict[str, Any]] = {
    "an object": {"a": {"b": 1}},
    "a list of lists": [[1]],
    "half a surrogate pair": "\ud800",
    "half a pair in a list": ["\udfff"],
    "no number": float("nan"),
    "a number of 40 digits": 10**40,
    "less than nothing": -1,
    "a broken number": 1.5,
    "no text": "",
    "blanks": "   ",
    "3,000 bytes": "ü" * 1500,
    "5,000 characters": "x" * 5000,
    "letters that end": "a\x00b",
    "lines": "a\r\nb",
    "digits of another alphabet": "١٢٣٤٥٦٧٨٩٠١٢",
    "a path": "../../etc/passwd",
    "a key of ours": "lock#1",
    "true": True,
    "a word for nothing": "null",
    "an empty list": [],
    "a long list": ["x"] * 1001,
}
NEVER: Final = frozenset(
    {"half a surrogate pair", "half a pair in a list", "no number", "a number of 40 digits", "a list of lists"}
)
"""What no field takes."""

FREE: Final = frozenset({("import_configuration", "metadata")})
"""What is an object of anything, and is not read."""

IDS: Final = frozenset({"accountId", "groupId", "planId", "executionId", "jobId"})
PAIRS: Final = [(operation, name) for operation in OPERATIONS for name in sorted(fields_of(operation))]


def hostile_for(operation: str, name: str, door: str) -> Iterator[tuple[str, Any]]:
    """What can be sent so: a query holds text, and a path never an empty one."""
    for what, value in HOSTILE.items():
        written = door == "direct" or in_body(operation)
        if in_path(operation, name) and door == "api" and str(value).strip() == "":
            continue
        if door == "api" and what == "no number":
            continue  # it is no JSON: the body is refused as a whole
        if written and not in_path(operation, name) or door == "direct" or isinstance(value, str):
            yield what, value


@pytest.mark.requirement("SRS-I03")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("operation", "name"), PAIRS)
def test_a_hostile_value_is_refused_by_its_name_or_does_no_harm(
    untouched: Untouched, operation: str, name: str, door: str
) -> None:
    seeded = untouched.world_of(operation)

    for what, value in hostile_for(operation, name, door):
        before = content(seeded.world)
        answer = ask(seeded, door, operation, {**seeded.good(operation), name: value})

        assert answer.code != "INTERNAL_ERROR", f"{what}: {answer.value}"
        if answer.code is not None:
            assert content(seeded.world) == before, f"{what} was refused and yet written"
        if answer.code == "VALIDATION_ERROR":
            about = {field.partition(".")[0].partition("[")[0] for field in answer.fields}
            assert name in about, f"{what}: {answer.fields}"
        if what in NEVER and (operation, name) not in FREE:
            assert answer.code == "VALIDATION_ERROR", f"{what} went through: {answer.value}"
        if name in IDS and what in ("no text", "3,000 bytes", "letters that end", "a path", "lines"):
            assert answer.code == "VALIDATION_ERROR", f"{what} is no id: {answer.value}"
