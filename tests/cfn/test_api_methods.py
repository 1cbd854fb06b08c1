"""The API that the templates make is the index of operations: every route once, nothing else, each behind its door."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from shared.catalogue import CATALOGUE
from shared.response_utils import headers
from shared.roles import Permission
from tests.support.templates import TEMPLATES, Template, load_template
from tools.contract.collect import operations

WHERE: Final[dict[str, Any]] = {"ProjectName": "some-project", "Environment": "test"}
ACCOUNT: Final = "us-east-1:123456789012"
ORIGIN: Final = "https://console.example.com"

paths = load_template("api-gateway-resources-stack.yaml", **WHERE)
functions = load_template("lambda-stack.yaml", **WHERE)
STACKS: Final = [name for name in TEMPLATES if name.endswith("-methods-stack.yaml")]
METHODS: Final = [load_template(name, ConsoleOrigin=ORIGIN) for name in STACKS]
OPERATIONS: Final = {str(route): one for one in operations() for route in one.routes}


def _path(logical_name: str) -> str:
    """The path of a resource, from its parents."""
    resource = paths.properties(logical_name)
    parent = re.fullmatch(r"\$\{(\w+Resource)\}", resource["ParentId"])
    if parent is None:
        assert resource["ParentId"] == "${RestApiRootResourceId}"
        return f"/{resource['PathPart']}"
    return f"{_path(parent[1])}/{resource['PathPart']}"


PATHS: Final = {
    name: _path(value.removeprefix("${").removesuffix("}"))
    for name, value in paths.outputs().items()
    if name.endswith("ResourceId")
}


def _methods(template: Template) -> list[tuple[str, dict[str, Any]]]:
    """Route and properties of every method."""
    found = []
    for method in template.of_type("AWS::ApiGateway::Method").values():
        path = PATHS[method["ResourceId"].removeprefix("${").removesuffix("}")]
        found.append((f"{method['HttpMethod']} {path}", method))
    return found


ALL: Final = [each for template in METHODS for each in _methods(template)]
CALLS: Final = [(route, method) for route, method in ALL if not route.startswith("OPTIONS")]
PREFLIGHTS: Final = [(route, method) for route, method in ALL if route.startswith("OPTIONS")]


def test_every_route_of_the_index_is_a_method_of_exactly_one_stack_and_there_is_no_other() -> None:
    declared = [route for entry in CATALOGUE.entries.values() for route in entry.routes]

    assert sorted(route for route, _ in CALLS) == sorted(declared)


def test_every_path_is_there_once() -> None:
    resources = paths.of_type("AWS::ApiGateway::Resource")

    made = [_path(name) for name in resources]

    assert len(set(made)) == len(made)
    assert len(PATHS) == len(resources)
    assert {path for _, _, path in (route.partition(" ") for route, _ in CALLS)} <= set(made)


def test_beside_one_variable_of_a_path_stands_no_other() -> None:
    variables = [path.rpartition("/")[0] for path in PATHS.values() if path.endswith("}")]

    assert len(set(variables)) == len(variables)


@pytest.mark.parametrize(("route", "method"), CALLS, ids=[route for route, _ in CALLS])
def test_a_method_invokes_the_gateways_alias_of_the_operations_function(route: str, method: dict[str, Any]) -> None:
    operation = OPERATIONS[route]
    uri = method["Integration"]["Uri"].removeprefix("${").removesuffix("}")
    function = f"arn:aws:lambda:{ACCOUNT}:function:some-project-{operation.homes[0]}-test:live-api"

    assert method["OperationName"] == operation.name
    assert (method["Integration"]["Type"], method["Integration"]["IntegrationHttpMethod"]) == ("AWS_PROXY", "POST")
    assert paths.outputs()[uri] == (
        f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    )


@pytest.mark.parametrize(("route", "method"), CALLS, ids=[route for route, _ in CALLS])
def test_a_method_asks_for_a_token_unless_the_operation_is_for_everybody(route: str, method: dict[str, Any]) -> None:
    if OPERATIONS[route].permission is Permission.PUBLIC:
        assert method["AuthorizationType"] == "NONE"
        return
    assert (method["AuthorizationType"], method["AuthorizerId"]) == ("COGNITO_USER_POOLS", "${AuthorizerId}")


@pytest.mark.requirement("SRS-F65")
def test_only_health_is_for_everybody() -> None:
    assert {route for route, one in OPERATIONS.items() if one.permission is Permission.PUBLIC} <= {"GET /health"}


def test_the_gateway_may_invoke_each_function_that_it_has_a_method_of_and_only_through_its_alias() -> None:
    allowed = {
        permission["FunctionName"]: (permission["Principal"], permission["SourceArn"])
        for permission in paths.of_type("AWS::Lambda::Permission").values()
    }

    api = f"arn:aws:execute-api:{ACCOUNT}:${{RestApiId}}/*"
    assert allowed == {
        f"arn:aws:lambda:{ACCOUNT}:function:some-project-{home}-test:live-api": ("apigateway.amazonaws.com", api)
        for home in {one.homes[0] for one in OPERATIONS.values()}
    }


def test_the_aliases_that_are_invoked_exist() -> None:
    made = {
        (functions.properties(alias["FunctionName"].strip("${}"))["FunctionName"], alias["Name"])
        for alias in functions.of_type("AWS::Lambda::Alias").values()
    }

    for permission in paths.of_type("AWS::Lambda::Permission").values():
        _, name, alias = permission["FunctionName"].rsplit(":", 2)
        assert (name, alias) in made


def test_pages_of_the_console_may_ask_first_wherever_there_is_a_method() -> None:
    assert sorted(route.partition(" ")[2] for route, _ in PREFLIGHTS) == sorted(
        {route.partition(" ")[2] for route, _ in CALLS}
    )


@pytest.mark.parametrize(("route", "method"), PREFLIGHTS, ids=[route for route, _ in PREFLIGHTS])
def test_a_page_is_told_the_one_origin_the_methods_and_every_header_of_our_answers(
    route: str, method: dict[str, Any]
) -> None:
    path = route.partition(" ")[2]
    (answer,) = method["Integration"]["IntegrationResponses"]
    told = {name.removeprefix("method.response.header."): value for name, value in answer["ResponseParameters"].items()}
    (declared,) = method["MethodResponses"]

    assert (method["AuthorizationType"], method["Integration"]["Type"]) == ("NONE", "MOCK")
    assert set(answer["ResponseParameters"]) == {name for name, is_sent in declared["ResponseParameters"].items()}
    assert answer["StatusCode"] == declared["StatusCode"] == "204"
    assert told["Access-Control-Allow-Origin"] == f"'{ORIGIN}'"
    verbs = {verb for verb, _, other in (each.partition(" ") for each, _ in CALLS) if other == path}
    assert set(told["Access-Control-Allow-Methods"].strip("'").split(",")) == {*verbs, "OPTIONS"}
    assert told["Access-Control-Allow-Headers"] == "'Authorization,Content-Type,Idempotency-Key'"
    assert told["X-Request-Id"] == "context.requestId"
    ours = headers("", "")
    assert {name: told[name] for name in ours if name not in ("Content-Type", "X-Request-Id")} == {
        name: f"'{value}'" for name, value in ours.items() if name not in ("Content-Type", "X-Request-Id")
    }


@pytest.mark.parametrize("name", STACKS)
def test_without_a_console_no_page_may_call(name: str) -> None:
    closed, opened = load_template(name), load_template(name, ConsoleOrigin=ORIGIN)
    asks = [each for each in closed.resources if closed.resources[each]["Properties"]["HttpMethod"] == "OPTIONS"]

    assert asks
    assert not any(closed.creates(each) for each in asks)
    assert all(opened.creates(each) for each in asks)
    assert all(closed.creates(each) for each in closed.resources if each not in asks)


@pytest.mark.parametrize("name", STACKS)
def test_what_a_methods_stack_needs_of_the_paths_is_an_output_of_the_same_name(name: str) -> None:
    needed = set(load_template(name).body["Parameters"]) - {"RestApiId", "AuthorizerId", "ConsoleOrigin"}

    assert needed <= set(paths.outputs())
