"""The oracle of the contract lets through what is published and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from shared.errors import (
    ConflictError,
    ConflictReason,
    DrsOrchestrationError,
    NotFoundError,
    OperationNotFoundError,
    ThrottledError,
    ValidationError,
)
from shared.response_utils import error_object
from tests.support.contract import kept

GROUPS: dict[str, Any] = {"items": []}


def refused(error: DrsOrchestrationError) -> dict[str, Any]:
    return error_object(error, "request-1")


@pytest.mark.parametrize(
    "answer",
    [
        GROUPS,
        {"items": [], "nextToken": "more"},
        refused(ThrottledError("later")),
        refused(ValidationError.one("limit", "too many", "OUT_OF_RANGE")),
        refused(OperationNotFoundError("not here")),
    ],
)
def test_what_is_published_may_be_answered(answer: dict[str, Any]) -> None:
    assert kept("list_protection_groups", answer) is answer


@pytest.mark.parametrize("answer", [{}, {"items": [{}]}, {**GROUPS, "more": 1}, {**GROUPS, "nextToken": None}])
def test_an_answer_of_another_shape_is_told(answer: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="list_protection_groups answered what the contract does not allow"):
        kept("list_protection_groups", answer)


def test_an_error_that_the_declaration_does_not_name_is_told() -> None:
    with pytest.raises(AssertionError, match="answered RESOURCE_NOT_FOUND, which its declaration does not name"):
        kept("list_protection_groups", refused(NotFoundError("gone")))


@pytest.mark.parametrize(
    "change", [{"retryable": True}, {"details": {}}, {"details": {"reason": "BAD_LUCK"}}, {"hint": "none"}]
)
def test_an_envelope_of_another_shape_is_told(change: dict[str, Any]) -> None:
    envelope = refused(ConflictError("taken", reason=ConflictReason.NAME_EXISTS))

    assert kept("create_protection_group", envelope) is envelope
    with pytest.raises(AssertionError, match="what the contract does not allow"):
        kept("create_protection_group", {**envelope, **change})


def test_an_operation_that_was_not_published_is_told() -> None:
    with pytest.raises(AssertionError, match="run make contract"):
        kept("make_coffee", {})
