"""The published contract as an oracle: an operation answers only what docs/api/openapi.json says that it may answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from jsonschema import Draft202012Validator

from shared.errors import ErrorCode
from tools.contract.prose.field_codes import FIELD_CODES

_DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs/api/openapi.json"
_SHOWN: Final = 5

_Answer = TypeVar("_Answer", bound=Mapping[str, Any])


def kept(operation: str, answer: _Answer) -> _Answer:
    """The answer of a direct call, held against the contract; AssertionError for one that it does not allow.

    A function that is asked for an operation of another says so, which is of no operation.
    """
    if answer.get("error") == ErrorCode.OPERATION_NOT_FOUND:
        return answer
    failed = "error" in answer and "requestId" in answer
    codes, validator = _errors(operation) if failed else _answers(operation)
    if failed:
        assert answer["error"] in codes, (
            f"{operation} answered {answer['error']}, which its declaration does not name in raises=; it may: {codes}"
        )
        unknown = {field["code"] for field in answer["details"].get("fields", ())} - set(FIELD_CODES)
        assert not unknown, f"{operation} answered field codes that nobody explains: {sorted(unknown)}"
    wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)]
    assert not wrong, f"{operation} answered what the contract does not allow: {'; '.join(wrong[:_SHOWN])}"
    return answer


def statuses(operation: str) -> frozenset[int]:
    """Every HTTP status with which the contract lets the operation answer."""
    return frozenset(_responses(operation))


@cache
def _document() -> Any:
    return json.loads(_DOCUMENT.read_text(encoding="utf-8"))


@cache
def _responses(operation: str) -> dict[int, Any]:
    for methods in _document()["paths"].values():
        for described in methods.values():
            if described["operationId"] == operation:
                return {int(status): _resolved(each) for status, each in described["responses"].items()}
    raise AssertionError(f"the contract has no operation {operation}: run make contract")


@cache
def _answers(operation: str) -> tuple[tuple[str, ...], Any]:
    schemas = [
        response["content"]["application/json"]["schema"] if "content" in response else {"maxProperties": 0}
        for status, response in _responses(operation).items()
        if status < 400
    ]
    return (), _validator({"anyOf": schemas} if len(schemas) > 1 and schemas[0] != schemas[1] else schemas[0])


@cache
def _errors(operation: str) -> tuple[tuple[str, ...], Any]:
    failures = [each["content"]["application/json"] for status, each in _responses(operation).items() if status >= 400]
    codes = tuple(sorted({code for failure in failures for code in _codes(failure["schema"])}))
    return codes, _validator({"anyOf": [failure["schema"] for failure in failures]})


def _codes(schema: dict[str, Any]) -> Iterator[str]:
    if "oneOf" in schema:
        for each in schema["oneOf"]:
            yield from _codes(each)
        return
    yield _resolved(schema)["properties"]["error"]["const"]


def _validator(schema: dict[str, Any]) -> Any:
    return Draft202012Validator({**schema, "components": _document()["components"]})


def _resolved(part: dict[str, Any]) -> Any:
    if "$ref" not in part:
        return part
    found = _document()
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found
