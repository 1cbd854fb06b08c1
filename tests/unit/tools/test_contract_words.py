"""Whatever a caller may meet has its words, and no words are of nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import pydantic
import pytest
from pydantic_core import PydanticCustomError

from shared.errors import ConflictReason, ErrorCode
from shared.json_input import MOST_VALUES
from shared.models.finding import FindingCode
from shared.models.forms import has_words
from shared.models.violation import violations_of
from tools.contract import error_codes, openapi
from tools.contract import reference as references
from tools.contract.collect import operations
from tools.contract.errors import error_classes
from tools.contract.prose.answers import ANSWERS, TYPES
from tools.contract.prose.codes import CODES
from tools.contract.prose.conflicts import CONFLICTS
from tools.contract.prose.field_codes import FIELD_CODES
from tools.contract.prose.findings import FINDINGS
from tools.contract.prose.requests import REQUESTS
from tools.contract.schemas import schemas_of

ROOT: Final = Path(__file__).resolve().parents[3]

INSIDE: Final = {"UNKNOWN_EVENT"}
"""Of events that no caller sends."""


@pytest.mark.parametrize(
    ("words", "vocabulary"), [(CODES, ErrorCode), (CONFLICTS, ConflictReason), (FINDINGS, FindingCode)]
)
def test_every_word_is_explained(words: Any, vocabulary: type[StrEnum]) -> None:
    assert set(words) == set(vocabulary)


def test_field_codes_stand_in_alphabetical_order() -> None:
    assert list(FIELD_CODES) == sorted(FIELD_CODES)


def test_every_code_that_our_rules_give_a_field_is_explained() -> None:
    """Those of the state machine's own function are answered to nobody."""
    sources = [path for path in (ROOT / "lambda").rglob("*.py") if "orchestration-stepfunctions" not in path.parts]
    given = {code for path in sources for code in _codes_given(ast.parse(path.read_text(encoding="utf-8")))}

    assert given - set(FIELD_CODES) == INSIDE


def _codes_given(module: ast.Module) -> Iterator[str]:
    """The codes of violations, and of what a model refuses by itself, where they are written out."""
    for call in ast.walk(module):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in ("Violation", "one"):
            yield from (str(each.value) for each in call.args[2:3] if isinstance(each, ast.Constant))
        if name == "PydanticCustomError":
            yield from (_code(each.value) for each in call.args[:1] if isinstance(each, ast.Constant))
        yield from (
            _code(each.value.value)
            for each in call.keywords
            if each.arg == "custom_error_type" and isinstance(each.value, ast.Constant)
        )


def _code(kind: Any) -> str:
    error = pydantic.ValidationError.from_exception_data("", [{"type": PydanticCustomError(kind, ""), "input": None}])
    return violations_of(error, None)[0].code


def test_examples_are_of_operations_and_types_that_exist() -> None:
    names = {one.name for one in operations()}

    assert set(REQUESTS) <= names
    assert set(ANSWERS) <= names
    assert set(TYPES) <= set(schemas_of(operations()).components)


@pytest.mark.parametrize("path", [*references.PATHS.values(), openapi.PATH, error_codes.PATH])
def test_whoever_reads_the_contract_learns_how_much_a_request_may_hold(path: str) -> None:
    assert "300,000 values" in " ".join((ROOT / path).read_text(encoding="utf-8").split())
    assert MOST_VALUES == 300_000


def test_every_code_has_one_class() -> None:
    assert set(error_classes()) == set(ErrorCode)


def test_every_form_that_a_text_must_have_is_told_in_words() -> None:
    schemas = schemas_of(operations())
    asked = [schemas.request(each.request_model) for each in operations()]
    below = [schemas.components[name] for schema in asked for name in schemas.below(schema)]
    patterns = {pattern for schema in (*asked, *below) for pattern in _patterns(schema)}

    # of a percentage the model tells by itself that it may be a count too
    assert {each for each in patterns if not has_words(each)} == {"^([1-9]|[1-9][0-9]|100)%$"}
    assert has_words("^[0-9]{12}$")


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for part in schema.values():
            yield from _patterns(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _patterns(part)
