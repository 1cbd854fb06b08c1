"""Whatever a caller may meet has its words, and no words are of nothing."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from shared.errors import ConflictReason, ErrorCode
from shared.models.finding import FindingCode
from tools.contract.collect import operations
from tools.contract.errors import error_classes
from tools.contract.prose.answers import ANSWERS, TYPES
from tools.contract.prose.codes import CODES
from tools.contract.prose.conflicts import CONFLICTS
from tools.contract.prose.field_codes import FIELD_CODES
from tools.contract.prose.findings import FINDINGS
from tools.contract.prose.requests import REQUESTS
from tools.contract.schemas import schemas_of


@pytest.mark.parametrize(
    ("words", "vocabulary"), [(CODES, ErrorCode), (CONFLICTS, ConflictReason), (FINDINGS, FindingCode)]
)
def test_every_word_is_explained(words: Any, vocabulary: type[StrEnum]) -> None:
    assert set(words) == set(vocabulary)


def test_field_codes_stand_in_alphabetical_order() -> None:
    assert list(FIELD_CODES) == sorted(FIELD_CODES)


def test_examples_are_of_operations_and_types_that_exist() -> None:
    names = {one.name for one in operations()}

    assert set(REQUESTS) <= names
    assert set(ANSWERS) <= names
    assert set(TYPES) <= set(schemas_of(operations()).components)


def test_every_code_has_one_class() -> None:
    assert set(error_classes()) == set(ErrorCode)
