"""JSON examples of documents are what the published contract takes and answers."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from tests.unit.docs.markdown import ROOT, Document, documents
from tests.unit.docs.test_documents import ELIDED, PLACEHOLDERS
from tools.contract.collect import operations
from tools.contract.reference import PATHS

CONTRACT: Final[dict[str, Any]] = json.loads((ROOT / "docs/api/openapi.json").read_text(encoding="utf-8"))
DIRECT: Final = {"operation", "parameters", "requestedBy"}
"""What a direct call has and a request of the API has not."""


@cache
def _published() -> dict[str, dict[str, Any]]:
    """What OpenAPI says of each operation."""
    declared = [one for path in CONTRACT["paths"].values() for one in path.values() if "operationId" in one]
    return {one["operationId"]: one for one in declared}


def _errors(value: Any, schema: dict[str, Any]) -> list[str]:
    whole = {**schema, "components": CONTRACT["components"]}
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(whole).iter_errors(value)]


def _filled(text: str) -> Any:
    for name, value in PLACEHOLDERS.items():
        text = text.replace(name, value)
    return json.loads(text)


def _calls() -> Iterator[tuple[str, dict[str, Any]]]:
    for document in documents():
        texts = [*document.fences("json"), *(call.text for call in document.calls())]
        for text in texts:
            example = _filled(text)
            if isinstance(example, dict) and "operation" in example and document.path not in ELIDED:
                yield document.path, example


def _request_errors(operation: str, given: dict[str, Any]) -> list[str]:
    """What the contract says against a request: its parameters in path and query, and its body."""
    published = _published()[operation]
    parameters = {one["name"]: one["schema"] for one in published.get("parameters", []) if one["in"] != "header"}
    errors = [error for name in given if name in parameters for error in _errors(given[name], parameters[name])]
    body = {name: value for name, value in given.items() if name not in parameters}
    if "requestBody" in published:
        return errors + _errors(body, published["requestBody"]["content"]["application/json"]["schema"])
    return errors + [f"{name} is no parameter of it" for name in body]


@pytest.mark.parametrize(("path", "example"), list(_calls()))
def test_a_call_is_what_the_published_contract_takes(path: str, example: dict[str, Any]) -> None:
    given = example.get("parameters", {name: value for name, value in example.items() if name not in DIRECT})

    assert _request_errors(example["operation"], given) == [], path


HELD_BY: Final = {
    "docs/iam/CALLER_POLICY.md": "tools/contract/role_policy.py",
    "docs/iam/ORCHESTRATION_ROLE_POLICY.md": "tools/contract/role_policy.py",
    "local/drs_simulator/README.md": "tests/unit/drs_simulator/test_deviations.py",
}
"""Which test or generator has the examples of a document that are none of the API."""


def _others() -> Iterator[tuple[str, dict[str, Any]]]:
    """What is no call, and in no reference of a function, whose examples are all calls and answers."""
    for document in documents():
        for text in document.fences("json"):
            example = _filled(text)
            is_call = isinstance(example, dict) and "operation" in example
            if not is_call and document.path not in {*HELD_BY, *PATHS.values()}:
                yield document.path, example


def _other_errors(path: str, example: dict[str, Any]) -> list[str]:
    schemas: dict[str, Any] = CONTRACT["components"]["schemas"]
    if "error" in example:
        found = [one for one in schemas.values() if example["error"] in _codes(one)]
        return [error for one in found for error in _errors(example, one)] if found else ["no error of ours"]
    if path == "examples/stepfunctions/README.md":
        machine = (ROOT / "examples/stepfunctions/drill.asl.json").read_text(encoding="utf-8")
        return [f"the machine takes no {name}" for name in example if f'"$.{name}"' not in machine]
    wave: dict[str, Any] = schemas["NewWave"]["properties"]
    unknown = [f"{name} is no field of a wave" for name in example if name not in wave]
    return unknown + [error for name in example if name in wave for error in _errors(example[name], wave[name])]


def _codes(schema: dict[str, Any]) -> list[str]:
    declared = schema.get("properties", {}).get("error", {})
    return [*declared.get("enum", []), declared.get("const", "")]


@pytest.mark.parametrize(("path", "example"), list(_others()))
def test_an_example_that_is_no_call_is_an_error_or_of_a_wave_as_the_contract_has_them(
    path: str, example: dict[str, Any]
) -> None:
    assert _other_errors(path, example) == []
    assert all((ROOT / holder).is_file() for holder in HELD_BY.values())


def _answers() -> Iterator[tuple[str, Any]]:
    """What the references of the functions show as the answer of each operation."""
    for path in PATHS.values():
        text = Document(path).text
        for name, section in re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL):
            for shown in re.findall(r"for example:\n\n```json\n(.*?)^```", section, re.MULTILINE | re.DOTALL):
                yield name, json.loads(shown)


@pytest.mark.parametrize(("operation", "answer"), list(_answers()))
def test_an_answer_is_what_the_published_contract_answers(operation: str, answer: Any) -> None:
    responses = _published()[operation]["responses"]
    schemas = [
        response["content"]["application/json"]["schema"]
        for status, response in responses.items()
        if status.startswith("2") and "content" in response
    ]

    assert schemas
    assert [] in [_errors(answer, schema) for schema in schemas], operation


def test_each_operation_that_answers_something_shows_what() -> None:
    silent = {one.name for one in operations() if "204" in _published()[one.name]["responses"]}

    assert {name for name, _ in _answers()} == {one.name for one in operations()} - silent


def test_what_is_wrong_is_found() -> None:
    assert _request_errors("get_execution", {"executionId": "exec-1", "wave": 1}) == ["wave is no parameter of it"]
    assert _request_errors("list_executions", {"limit": 1000}) != []
    assert _request_errors("start_execution", {"planId": "a", "executionType": "TEST"}) != []
    assert _other_errors("a.md", {"error": "NO_ERROR"}) == ["no error of ours"]
    assert _other_errors("a.md", {"error": "CONFLICT_ERROR"}) != []
    assert _other_errors("a.md", {"healthCheck": []}) == ["healthCheck is no field of a wave"]
    assert _other_errors("a.md", {"healthChecks": [{"alarm": "a"}]}) != []
