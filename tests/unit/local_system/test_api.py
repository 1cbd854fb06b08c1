"""The API of a template without a system around it: paths, throttle, deployments, and what is not played."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local.api.definition import Apis, FunctionCall, GatewayResponse, Method, Resource, RestApi, Stage
from local.api.gateway import ApiGateway
from local.api.messages import Request
from local.api.throttle import TokenBucket
from local.cloudformation import api as creators
from local.cloudformation.deploy import Stack
from local.cloudformation.template import Place, TemplateError
from local.functions import Outcome

HUB = Place("123456789012", "us-east-1")
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f:live-api"


class Functions:
    """Answers every call with an empty object and keeps what it was called for."""

    def __init__(self) -> None:
        self.sources: list[str] = []

    def admits(self, function_arn: str, source_arn: str) -> bool:
        self.sources.append(source_arn)
        return True

    def invoke(self, function_arn: str, payload: bytes) -> Outcome:
        return Outcome(b'{"statusCode": 200, "body": "{}"}', failed=False)


def an_api() -> RestApi:
    """GET of `/things` and `/things/{id}/parts`, open to everybody."""
    root = Resource("root")
    api = RestApi("a1b2", HUB, frozenset(), root)
    for resource in (Resource("t", "root", "things"), Resource("o", "t", "{id}"), Resource("p", "o", "parts")):
        api.resources[resource.resource_id] = resource
    for name in ("t", "p"):
        api.resources[name].methods["GET"] = Method("GET", "look", FunctionCall(FUNCTION, 29))
    return api


def served(api: RestApi, functions: Functions | None = None, **limits: Any) -> ApiGateway:
    """A gateway that serves it as the stage `dev`."""
    apis = Apis(stages={"dev": Stage("dev", api, **limits)})
    return ApiGateway(apis, functions or Functions(), lambda: "http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("api.example.com", "/things/7/parts", 200),
        ("API.example.com:443", "/things", 200),
        ("api.example.com", "/dev/things", 403),
        ("127.0.0.1:8080", "/dev/things", 200),
        ("other.example.com", "/things", 403),
    ],
)
def test_a_domain_name_of_its_own_leads_to_its_stage_without_naming_it(host: str, path: str, status: int) -> None:
    apis = Apis(stages={"dev": Stage("dev", an_api())}, domains={"api.example.com": "dev"})
    gateway = ApiGateway(apis, Functions(), lambda: "http://127.0.0.1:9")

    assert gateway.answer(Request("GET", path, headers=[("Host", host)])).status == status


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/things", ("/things", {})),
        ("/things/7/parts", ("/things/{id}/parts", {"id": "7"})),
        ("/things/7", ("/things/{id}", {"id": "7"})),
        ("/", ("/", {})),
        ("/things/", None),
        ("/things//parts", None),
        ("/thing", None),
        ("/things/7/parts/8", None),
    ],
)
def test_a_path_is_matched_step_by_step_and_no_step_is_empty(
    path: str, found: tuple[str, dict[str, str]] | None
) -> None:
    api = an_api()

    result = api.find(path)

    assert (None if result is None else (api.path_of(result[0]), result[1])) == found


def test_a_wrong_turn_at_a_word_is_taken_back() -> None:
    api = an_api()
    api.resources["n"] = Resource("n", "t", "newest")

    result = api.find("/things/newest/parts")

    assert result is not None
    assert (api.path_of(result[0]), result[1]) == ("/things/{id}/parts", {"id": "newest"})


def test_a_functions_policy_is_asked_for_stage_method_and_path() -> None:
    functions = Functions()

    served(an_api(), functions).answer(Request("GET", "/dev/things/7/parts"))

    assert functions.sources == ["arn:aws:execute-api:us-east-1:123456789012:a1b2/dev/GET/things/{id}/parts"]


def test_a_bucket_gives_a_burst_and_then_as_many_as_its_rate_fills_in() -> None:
    now = [0.0]
    bucket = TokenBucket(rate=2, burst=3, now=lambda: now[0])

    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now[0] = 0.5
    assert [bucket.take() for _ in range(2)] == [True, False]
    now[0] = 100
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_a_stage_that_is_asked_too_often_answers_by_its_gateway_response() -> None:
    api = an_api()
    api.responses["THROTTLED"] = GatewayResponse(429, '{"id":"$context.requestId"}', {"Retry-After": "'1'"})
    gateway = served(api, rate=0.001, burst=2)

    statuses = [gateway.answer(Request("GET", "/dev/things")).status for _ in range(2)]
    answer = gateway.answer(Request("GET", "/dev/things", request_id="r-1"))

    assert statuses == [200, 200]
    assert (answer.status, json.loads(answer.body)) == (429, {"id": "r-1"})
    assert ("Retry-After", "1") in answer.headers


def test_what_the_api_declares_no_response_for_is_answered_by_its_default_and_else_as_aws_does() -> None:
    api = an_api()

    bare = served(api).answer(Request("GET", "/dev/nothing"))
    api.responses["DEFAULT_4XX"] = GatewayResponse(None, '{"kind":"$context.error.responseType"}', {})
    by_default = served(api).answer(Request("GET", "/dev/nothing"))

    assert (bare.status, json.loads(bare.body)) == (403, {"message": "Missing Authentication Token"})
    assert (by_default.status, json.loads(by_default.body)) == (403, {"kind": "MISSING_AUTHENTICATION_TOKEN"})


def test_an_error_of_the_gateway_itself_tells_its_caller_nothing() -> None:
    class Broken(Functions):
        def invoke(self, function_arn: str, payload: bytes) -> Outcome:
            raise LookupError("secret")

    answer = served(an_api(), Broken()).answer(Request("GET", "/dev/things"))

    assert (answer.status, json.loads(answer.body)) == (500, {"message": "Internal server error"})


Deploy = Callable[[str], Apis]


@pytest.fixture
def deploy(tmp_path: Path) -> Deploy:
    """Deploys resources, of which the API and one path are always there; answers what was made."""

    def make(more: str) -> Apis:
        path = tmp_path / "stack.yaml"
        path.write_text(f"""
Resources:
  Api: {{ Type: AWS::ApiGateway::RestApi, Properties: {{ Name: api }} }}
  Path:
    Type: AWS::ApiGateway::Resource
    Properties: {{ RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: things }}
{more}
""")
        apis = Apis()
        Stack(path, HUB, {}, creators.CREATORS, SimpleNamespace(apis=apis)).deploy()
        return apis

    return make


METHOD = """
  {name}:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Path
      HttpMethod: {verb}
      AuthorizationType: {authorization}
      Integration: {{ Type: {kind}, Uri: "arn:x/functions/arn:f:live-api/invocations" }}
"""


def a_method(name: str, verb: str = "GET", authorization: str = "NONE", kind: str = "AWS_PROXY") -> str:
    """The method as YAML."""
    return METHOD.format(name=name, verb=verb, authorization=authorization, kind=kind)


DEPLOYMENT = "  Deployment: { Type: AWS::ApiGateway::Deployment, Properties: { RestApiId: !Ref Api } }\n"
STAGE = """
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties:
      {{ RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: dev, MethodSettings: [{settings}] }}
"""


def test_a_method_that_comes_after_the_deployment_is_not_served(deploy: Deploy) -> None:
    settings = '{ HttpMethod: "*", ResourcePath: "/*", ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 }'

    apis = deploy(a_method("Before") + DEPLOYMENT + a_method("After", "POST") + STAGE.format(settings=settings))

    stage = apis.stages["dev"]
    found = stage.api.find("/things")
    assert found is not None
    assert set(found[0].methods) == {"GET"}
    assert (stage.rate, stage.burst) == (7, 9)


def test_a_function_is_waited_for_29_seconds_unless_the_method_says_less(deploy: Deploy) -> None:
    (api,) = deploy(a_method("Get")).apis.values()

    found = api.find("/things")

    assert found is not None
    assert found[0].methods["GET"].integration == FunctionCall("arn:f:live-api", 29)


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (a_method("Get", authorization="AWS_IAM"), "Get has no authoriser of this API"),
        (a_method("Get", authorization="COGNITO_USER_POOLS"), "Get has no authoriser of this API"),
        (a_method("Get", kind="HTTP_PROXY"), "Get is a HTTP_PROXY"),
        (a_method("Get") + a_method("Again"), "Again is a second GET"),
        (a_method("Get").replace("HttpMethod", "ApiKeyRequired: true\n      HttpMethod"), "Get has .*ApiKeyRequired"),
        (DEPLOYMENT + STAGE.format(settings="{ HttpMethod: GET, ResourcePath: /things }"), "settings of one method"),
        (
            "  Twin: { Type: AWS::ApiGateway::Resource,"
            " Properties: { RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: things } }",
            "Twin is a second /things",
        ),
        (
            "  Rest: { Type: AWS::ApiGateway::Resource,"
            ' Properties: { RestApiId: !Ref Api, ParentId: !Ref Path, PathPart: "{rest+}" } }',
            "Rest takes any rest",
        ),
        (
            "  Orphan: { Type: AWS::ApiGateway::Resource,"
            " Properties: { RestApiId: !Ref Api, ParentId: nobody, PathPart: orphan } }",
            "Orphan has a parent in another API",
        ),
        (
            "  Users: { Type: AWS::ApiGateway::Authorizer, Properties: { RestApiId: !Ref Api, Type: COGNITO_USER_POOLS,"
            " IdentitySource: method.request.header.Authorization, ProviderARNs: [arn:x] } }",
            "Users says nothing of the audience",
        ),
        (
            "  Answer: { Type: AWS::ApiGateway::GatewayResponse, Properties: { RestApiId: !Ref Api,"
            ' ResponseType: THROTTLED, ResponseTemplates: { application/json: "$context.stage" } } }',
            "Answer names .*context.stage",
        ),
        (
            "  Answer: { Type: AWS::ApiGateway::GatewayResponse, Properties: { RestApiId: !Ref Api,"
            " ResponseType: THROTTLED,"
            " ResponseParameters: { gatewayresponse.header.A: method.request.header.Origin } } }",
            "Answer maps method.request.header.Origin",
        ),
    ],
)
def test_what_is_not_played_is_an_error_and_never_left_out(deploy: Deploy, more: str, complaint: str) -> None:
    with pytest.raises(TemplateError, match=complaint):
        deploy(more)
