"""What API Gateway answers by itself reads like an answer of ours."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from shared.errors import ErrorCode
from shared.response_utils import STATUSES, headers
from tests.support.templates import load_template
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

stack = load_template("api-gateway-deployment-stack.yaml", ConsoleOrigin=ORIGIN)
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


@pytest.mark.requirement("SRS-I02")
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


@pytest.mark.requirement("SRS-I08")
@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_carries_every_header_of_ours(kind: str) -> None:
    ours = {name: f"'{value}'" for name, value in headers("", ORIGIN).items()}
    # API Gateway gives its own answer a content type by itself
    del ours["Content-Type"]
    waits = {"Retry-After": "'1'"} if KINDS[kind][1] == "THROTTLED" else {}

    assert _mapped(responses[kind]) == {**ours, "X-Request-Id": "context.requestId", **waits}


def test_without_a_console_no_page_may_read_an_answer() -> None:
    alone = load_template("api-gateway-deployment-stack.yaml").of_type("AWS::ApiGateway::GatewayResponse")

    for response in alone.values():
        assert {name for name in _mapped(response) if name.startswith("Access-Control") or name == "Vary"} == set()
