"""The OpenAPI document is valid and whole: every operation, route, error and example, and each example is true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from shared.errors import ErrorCode
from shared.models.base import read_strictly
from shared.operations import Operation, Route, Success
from shared.response_utils import STATUSES, SUCCESSES, headers
from shared.roles import Permission
from tools.contract.__main__ import ROOT
from tools.contract.collect import operations

DOCUMENT: Final[dict[str, Any]] = json.loads((ROOT / "docs/api/openapi.json").read_text())
OPERATIONS: Final = operations()
ROUTES: Final = [(route, operation) for operation in OPERATIONS for route in operation.routes]
EVERY_ROUTE: Final = pytest.mark.parametrize(
    ("route", "operation"), ROUTES, ids=[f"{one.name}-{route.method}" for route, one in ROUTES]
)
TOLD_ELSEWHERE: Final = {"Content-Type"}


def described(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][route.path][route.method.lower()]
    return found


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """What a reference means."""
    if "$ref" not in part:
        return part
    found: Any = DOCUMENT
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return resolved(found)


def violations(value: Any, schema: dict[str, Any]) -> list[str]:
    validator = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    return [error.message for error in validator.iter_errors(value)]


def examples(body: dict[str, Any]) -> list[Any]:
    given = [resolved(each)["value"] for each in body.get("examples", {}).values()]
    return [*given, body["example"]] if "example" in body else given


def test_it_is_a_valid_document_of_openapi() -> None:
    validate(DOCUMENT)


def test_it_has_every_route_and_no_other() -> None:
    listed = {f"{method.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods}

    assert listed == {str(route) for route, _ in ROUTES}


@EVERY_ROUTE
def test_a_route_names_its_operation_its_permission_and_what_it_does(route: Route, operation: Operation) -> None:
    one = described(route)

    assert one["x-operation"] == operation.name
    assert one["x-permission"] == operation.permission.value
    assert one["x-functions"] == list(operation.homes)
    assert one["summary"] == operation.summary != ""
    assert one.get("deprecated", False) == (route != operation.routes[0])
    assert (one.get("security") == []) == (operation.permission is Permission.PUBLIC)


def test_ids_are_the_names_of_the_operations_and_used_once() -> None:
    ids = [described(route)["operationId"] for route, _ in ROUTES]

    assert len(set(ids)) == len(ids)
    assert {operation.name for operation in OPERATIONS} <= set(ids)


@EVERY_ROUTE
def test_every_field_of_the_request_can_be_sent_and_nothing_else(route: Route, operation: Operation) -> None:
    one = described(route)
    by_place: dict[str, set[str]] = {"path": set(), "query": set(), "header": set()}
    for parameter in one.get("parameters", ()):
        by_place[parameter["in"]].add(parameter["name"])
    body = one["requestBody"]["content"]["application/json"]["schema"] if "requestBody" in one else {}
    in_body = set(resolved(body).get("properties", {}))
    fields = {field.alias or name for name, field in operation.request_model.model_fields.items()}

    assert by_place["path"] == route.parameters
    assert by_place["query"] | in_body >= fields - route.parameters
    assert not (by_place["path"] & by_place["query"] or by_place["path"] & in_body)
    assert not (by_place["query"] and in_body)
    assert by_place["header"] == ({"Idempotency-Key"} if "clientToken" in fields else set())


@EVERY_ROUTE
def test_the_examples_together_are_a_request_that_the_operation_takes(route: Route, operation: Operation) -> None:
    one = described(route)
    request = {each["name"]: each["example"] for each in one.get("parameters", ()) if "example" in each}
    if "requestBody" in one:
        body = one["requestBody"]["content"]["application/json"]
        assert violations(body["example"], body["schema"]) == []
        request |= body["example"]

    read_strictly(operation.request_model, request)


@EVERY_ROUTE
def test_the_answers_are_the_operations_success_and_each_of_its_errors(route: Route, operation: Operation) -> None:
    responses = {HTTPStatus(int(status)): resolved(each) for status, each in described(route)["responses"].items()}

    expected = {SUCCESSES[operation.success], *(STATUSES[code] for code in operation.errors)}
    if "dry_run" in operation.request_model.model_fields:
        expected.add(HTTPStatus.OK)
    by_the_gateway = {HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
    assert set(responses) == expected | by_the_gateway
    shown = {
        value["error"]
        for status, each in responses.items()
        if status >= HTTPStatus.BAD_REQUEST
        for value in examples(each["content"]["application/json"])
    }
    assert shown == {code.value for code in (*operation.errors, ErrorCode.AUTHORIZATION_ERROR)}


@pytest.mark.parametrize("route", [route for route, _ in ROUTES], ids=str)
def test_every_answer_has_its_schema_an_example_that_keeps_it_and_the_headers(route: Route) -> None:
    wanted = set(headers("", "")) - TOLD_ELSEWHERE

    for status, each in described(route)["responses"].items():
        response = resolved(each)
        assert wanted <= set(response["headers"]), status
        if int(status) == HTTPStatus.NO_CONTENT:
            assert "content" not in response
            continue
        content = response["content"]["application/json"]
        assert examples(content), status
        for example in examples(content):
            assert violations(example, content["schema"]) == [], status


def test_what_is_deleted_has_no_answer_and_all_else_has_a_model() -> None:
    assert {one.name for one in OPERATIONS if one.answer_model is None} == {
        one.name for one in OPERATIONS if one.success is Success.DELETED
    }


def test_every_error_has_an_example() -> None:
    assert set(DOCUMENT["components"]["examples"]) == {code.value for code in ErrorCode}


def test_headers_that_are_always_the_same_are_told_with_their_value() -> None:
    told = {
        name: each["schema"]["const"]
        for name, each in DOCUMENT["components"]["headers"].items()
        if "const" in each["schema"]
    }

    assert told == {name: value for name, value in headers("", "").items() if value and name != "Content-Type"}


def links(method: str, path: str, status: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][path][method]["responses"][status].get("links", {})
    return found


def test_what_was_made_leads_to_whatever_can_be_done_with_it() -> None:
    started = links("post", "/executions", "202")
    group = links("post", "/protection-groups", "201")
    plan = links("post", "/recovery-plans", "201")

    assert {"get_execution", "pause_execution", "cancel_execution"} <= set(started)
    assert "get_protection_group" in group
    assert {"get_recovery_plan", "preflight_recovery_plan"} <= set(plan)
    assert group["get_protection_group"] == {
        "operationId": "get_protection_group",
        "parameters": {"groupId": "$response.body#/groupId"},
    }


def _all_links() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for _, operation in ROUTES:
        for response in described(operation.routes[0])["responses"].values():
            for link in response.get("links", {}).values():
                yield response, link


def test_what_was_made_leads_to_requests_that_speak_of_it() -> None:
    group = links("post", "/protection-groups", "201")
    plan = links("post", "/recovery-plans", "201")

    [wave] = group["create_recovery_plan"]["requestBody"]["waves"]
    assert wave["protectionGroupIds"] == ["$response.body#/groupId"]
    assert group["list_recovery_plans"]["parameters"] == {"groupId": "$response.body#/groupId"}
    assert plan["start_execution"]["requestBody"] == {"planId": "$response.body#/planId"}
    assert "create_recovery_plan" not in plan


@pytest.mark.parametrize("method", ["get", "put"])
def test_a_version_that_was_read_is_the_one_that_is_changed(method: str) -> None:
    read = links(method, "/protection-groups/{groupId}", "200")

    assert set(read) == {"update_protection_group", "delete_protection_group"}
    assert read["update_protection_group"]["requestBody"] == {"version": "$response.body#/version"}
    assert read["delete_protection_group"]["parameters"] == {
        "groupId": "$response.body#/groupId",
        "version": "$response.body#/version",
    }


def test_a_page_leads_to_the_next() -> None:
    jobs = links("get", "/drs/jobs", "200")["list_drs_jobs"]
    events = links("get", "/executions/{executionId}/events", "200")["get_execution_events"]
    resolved_tags = links("post", "/protection-groups/resolve", "200")["resolve_protection_group_tags"]

    assert jobs["parameters"] == {"nextToken": "$response.body#/nextToken", "region": "$request.query.region"}
    assert events["parameters"]["executionId"] == "$request.path.executionId"
    assert resolved_tags["requestBody"]["region"] == "$request.body#/region"


def _expressions(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.startswith("$"):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _expressions(each)


def test_every_link_names_an_operation_fills_its_path_and_takes_what_there_is() -> None:
    by_id = {operation.name: operation for operation in OPERATIONS}

    for response, link in _all_links():
        answered = resolved(response["content"]["application/json"]["schema"])["properties"]
        target, taken = by_id[link["operationId"]], set(_expressions(link))
        known = {each["name"] for each in described(target.routes[0]).get("parameters", [])}
        assert target.routes[0].parameters <= set(link.get("parameters", {})) <= known
        from_answer = {each.removeprefix("$response.body#/") for each in taken if each.startswith("$response")}
        assert from_answer and from_answer <= set(answered)


def test_every_schema_is_used() -> None:
    text = json.dumps(DOCUMENT)

    unused = [name for name in DOCUMENT["components"]["schemas"] if f'"#/components/schemas/{name}"' not in text]

    assert [name for name in unused if not name.endswith("Error")] == []


def test_no_description_shows_a_name_that_is_not_on_the_wire() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for word in schema.get("properties", {}):
            assert "_" not in word, name
