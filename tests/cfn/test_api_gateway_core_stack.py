"""What API Gateway answers by itself reads like an answer of ours."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from shared.errors import ErrorCode
from shared.response_utils import STATUSES, headers
from tests.support.templates import TEMPLATES, load_template
from tools.contract.errors import error_classes, error_schemas
from tools.contract.prose.field_codes import FIELD_CODES

ORIGIN = "https://console.example.com"
RETRYABLE = {ErrorCode.THROTTLED, ErrorCode.INTERNAL_ERROR}
KINDS = {
    "UNAUTHORIZED": (401, "AUTHENTICATION_ERROR"),
    "EXPIRED_TOKEN": (401, "AUTHENTICATION_ERROR"),
    "INVALID_SIGNATURE": (401, "AUTHENTICATION_ERROR"),
    "ACCESS_DENIED": (403, "AUTHORIZATION_ERROR"),
    "WAF_FILTERED": (403, "AUTHORIZATION_ERROR"),
    "MISSING_AUTHENTICATION_TOKEN": (404, "OPERATION_NOT_FOUND"),
    "RESOURCE_NOT_FOUND": (404, "OPERATION_NOT_FOUND"),
    "REQUEST_TOO_LARGE": (413, "VALIDATION_ERROR"),
    "THROTTLED": (429, "THROTTLED"),
    "QUOTA_EXCEEDED": (429, "THROTTLED"),
    "INTEGRATION_FAILURE": (500, "INTERNAL_ERROR"),
    "INTEGRATION_TIMEOUT": (500, "INTERNAL_ERROR"),
    "DEFAULT_4XX": (400, "VALIDATION_ERROR"),
    "DEFAULT_5XX": (500, "INTERNAL_ERROR"),
}

stack = load_template("api-gateway-core-stack.yaml", ConsoleOrigin=ORIGIN)
declared = stack.of_type("AWS::ApiGateway::GatewayResponse").values()
responses = {response["ResponseType"]: response for response in declared}


def _body(kind: str, said: str = "in the words of AWS") -> dict[str, Any]:
    """The body of an answer to what API Gateway says `said` of; it puts that in as a JSON text."""
    template: str = responses[kind]["ResponseTemplates"]["application/json"]
    body: dict[str, Any] = json.loads(template.replace("$context.error.messageString", json.dumps(said)))
    return body


def _mapped(response: dict[str, Any]) -> dict[str, str]:
    return {name.partition("header.")[2]: value for name, value in response["ResponseParameters"].items()}


def test_every_kind_of_answer_is_one_of_ours() -> None:
    assert set(responses) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_has_our_envelope_and_the_status_of_its_code(kind: str) -> None:
    response = responses[kind]
    body = _body(kind)
    code = ErrorCode(body["error"])
    fields = body["details"].get("fields", [])

    assert (int(response["StatusCode"]), body["error"]) == KINDS[kind]
    assert set(body) == {"error", "message", "details", "retryable", "requestId"}
    assert body["requestId"] == "$context.requestId"
    assert body["retryable"] is (code in RETRYABLE)
    if kind != "REQUEST_TOO_LARGE":
        assert int(response["StatusCode"]) == STATUSES[code]
    jsonschema.validate(body, error_schemas()[error_classes()[code].__name__])
    assert {field["code"] for field in fields} <= set(FIELD_CODES)


def test_whoever_is_not_let_in_learns_what_the_authorizer_says_of_his_token() -> None:
    # Cognito's authorizer answers an expired token with the status of UNAUTHORIZED; EXPIRED_TOKEN is for signatures
    expired = _body("UNAUTHORIZED", 'The incoming token "x" has expired')

    assert expired["details"] == {"reason": 'The incoming token "x" has expired'}


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_carries_every_header_of_ours(kind: str) -> None:
    ours = {name: f"'{value}'" for name, value in headers("", ORIGIN).items()}
    # API Gateway gives its own answer a content type by itself
    del ours["Content-Type"]
    waits = {"Retry-After": "'1'"} if KINDS[kind][1] == "THROTTLED" else {}

    assert _mapped(responses[kind]) == {**ours, "X-Request-Id": "context.requestId", **waits}


def test_without_a_console_no_page_may_read_an_answer() -> None:
    alone = load_template("api-gateway-core-stack.yaml").of_type("AWS::ApiGateway::GatewayResponse")

    for response in alone.values():
        assert {name for name in _mapped(response) if name.startswith("Access-Control") or name == "Vary"} == set()


def test_the_authorizer_takes_tokens_of_our_client_alone() -> None:
    authorizer = load_template("api-gateway-core-stack.yaml", UserPoolClientId="abc123").properties("Authorizer")

    assert authorizer["Type"] == "COGNITO_USER_POOLS"
    assert authorizer["IdentityValidationExpression"] == "^abc123$"
    assert authorizer["IdentitySource"] == "method.request.header.Authorization"


def test_json_reaches_its_function_byte_for_byte() -> None:
    assert stack.properties("RestApi")["BinaryMediaTypes"] == ["application/json"]


def test_the_outputs_are_what_the_other_stacks_of_the_api_ask_for() -> None:
    asked: set[str] = set()
    for name in ("resources", "core-methods", "operations-methods", "deployment"):
        body = load_template(f"api-gateway-{name}-stack.yaml").body
        asked |= {key for key, declared in body["Parameters"].items() if "Default" not in declared}

    of_paths = set(load_template("api-gateway-resources-stack.yaml").outputs())
    assert asked - of_paths <= set(stack.outputs())
    assert set(load_template("api-auth-stack.yaml").outputs()) >= {"UserPoolArn", "UserPoolClientId"}


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name.endswith("-methods-stack.yaml")])
def test_an_answer_to_a_browser_reads_its_request_as_text_whatever_is_binary(name: str) -> None:
    # a preflight has no content type, and API Gateway takes that for JSON, which is binary here
    mocks = [
        method["Integration"]
        for method in load_template(name).of_type("AWS::ApiGateway::Method").values()
        if method["Integration"]["Type"] == "MOCK"
    ]

    assert mocks
    assert {mock.get("ContentHandling") for mock in mocks} == {"CONVERT_TO_TEXT"}
