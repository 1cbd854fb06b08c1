"""The REST API and who may reach it: callers from allowed networks with a token of our client."""

from __future__ import annotations

import pytest

from tests.support.templates import TEMPLATES, load_template

stack = load_template("api-gateway-core-stack.yaml")


@pytest.mark.requirement("SRS-S09")
@pytest.mark.parametrize("networks", ["0.0.0.0/0", "10.0.0.0/8, 203.0.113.0/24"])
def test_who_calls_from_elsewhere_is_refused_whatever_token_he_has(networks: str) -> None:
    template = load_template("api-gateway-core-stack.yaml", AllowedCIDRs=networks)

    allowed, denied = template.properties("RestApi")["Policy"]["Statement"]

    assert (allowed["Effect"], denied["Effect"]) == ("Allow", "Deny")
    assert allowed["Action"] == denied["Action"] == "execute-api:Invoke"
    assert allowed["Resource"] == denied["Resource"] == "execute-api:/*"
    assert denied["Condition"] == {"NotIpAddress": {"aws:SourceIp": networks.split(", ")}}


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
