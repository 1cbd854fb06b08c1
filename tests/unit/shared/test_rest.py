"""The API door: how a proxy event is read, who the caller is, and what goes back."""

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.catalogue import Catalogue
from shared.dispatch import dispatch
from shared.errors import ErrorCode, NotFoundError, ThrottledError
from shared.models.base import Model
from shared.observability import Observability, observe
from shared.operations import Context, OperationTable, Success, operation
from shared.response_utils import STATUSES, SUCCESSES
from shared.rest import from_texts, roles_of
from shared.roles import Permission, Role

ARN = "arn:aws:lambda:us-east-1:123456789012:function:aws-drs-orchestration-query-handler-dev:live-api"
HOME = ("query-handler",)
TABLE = OperationTable()
CLAIMS = {
    "token_use": "id",
    "email": "ann@example.com",
    "email_verified": "true",
    "cognito:groups": "DRSOperator,Cooks",
    "sub": "s-1",
}


@dataclass(frozen=True)
class Call:
    """What Lambda says of an invocation."""

    invoked_function_arn: str = ARN
    aws_request_id: str = "lambda-1"


class Page(Model):
    group_id: str = ""
    limit: int = 50
    deep: bool | None = None
    names: tuple[str, ...] = ()
    sizes: tuple[int, ...] | None = None
    client_token: str | None = None
    dry_run: bool = False


class Echo(Model):
    got: dict[str, Any]
    actor: str
    request_id: str


@operation(
    "get_group", http="GET /groups/{groupId}", permission=Permission.VIEW_PROTECTION_GROUPS, homes=HOME, table=TABLE
)
def get_group(request: Page, context: Context[Any]) -> Echo:
    """Say what was understood."""
    if request.group_id == "none":
        raise NotFoundError("there is no such group")
    if request.group_id == "busy":
        raise ThrottledError("later", retryAfterSeconds=7)
    if request.group_id == "broken":
        raise RuntimeError("the password is swordfish")
    got = request.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return Echo(got=got, actor=context.actor, request_id=context.request_id)


@operation(
    "start",
    http="POST /groups/{groupId}/starts",
    permission=Permission.START_RECOVERY,
    success=Success.ACCEPTED,
    homes=HOME,
    table=TABLE,
)
def start(request: Page, context: Context[Any]) -> Echo:
    """Start."""
    return get_group(request, context)


@operation("drop", http="DELETE /groups/{groupId}", permission=Permission.PUBLIC, homes=HOME, table=TABLE)
def drop(request: Page, context: Context[Any]) -> None:
    """Drop it."""


@operation(
    "forget",
    http="DELETE /groups",
    permission=Permission.PUBLIC,
    success=Success.DELETED,
    homes=HOME,
    table=TABLE,
)
def forget(request: Page, context: Context[Any]) -> None:
    """Drop all."""


@operation("get_me", http="GET /me", permission=Permission.SIGNED_IN, homes=HOME, table=TABLE)
def get_me(request: Page, context: Context[Any]) -> Echo:
    """Say who calls."""
    got = {"roles": sorted(context.roles), "limit": request.limit}
    return Echo(got=got, actor=context.actor, request_id=context.request_id)


@dataclass
class App:
    """A function behind API Gateway."""

    stream: io.StringIO = field(default_factory=io.StringIO)
    direct_role: Role = Role.ADMIN
    console_origin: str = "https://console.example.com"

    def __post_init__(self) -> None:
        self.observability: Observability = observe("test-rest", "INFO", self.stream)

    def get(self, path: str = "/groups/{groupId}", **more: Any) -> tuple[int, dict[str, Any], Mapping[str, str]]:
        return self.call("GET", path, **more)

    def call(
        self, method: str, path: str, claims: Any = CLAIMS, **more: Any
    ) -> tuple[int, dict[str, Any], Mapping[str, str]]:
        context = {
            "requestId": "api-1",
            "identity": {"sourceIp": "192.0.2.1"},
            "authorizer": {"claims": claims} if claims else None,
        }
        event = {"resource": path, "httpMethod": method, "requestContext": context, **more}
        answer = dispatch(event, Call(), function_name=HOME[0], app=self, catalogue=Catalogue.of(TABLE))
        assert answer["isBase64Encoded"] is False
        return answer["statusCode"], json.loads(answer["body"] or "{}"), answer["headers"]


@pytest.fixture
def app(request: pytest.FixtureRequest) -> App:
    made = App()
    made.observability = observe(request.node.name, "INFO", made.stream)
    return made


def test_path_query_and_body_are_one_request(app: App) -> None:
    status, body, _ = app.call(
        "POST",
        "/groups/{groupId}/starts",
        pathParameters={"groupId": "g-1"},
        queryStringParameters={"limit": "7"},
        body='{"deep": true, "groupId": "g-1"}',
    )

    assert (status, body["got"]) == (202, {"groupId": "g-1", "limit": 7, "deep": True})
    assert (body["actor"], body["requestId"]) == ("ann@example.com", "api-1")


@pytest.mark.parametrize(
    ("single", "several", "got"),
    [
        ({"limit": "-3"}, None, {"limit": -3}),
        ({"deep": "false"}, None, {"deep": False}),
        ({"names": "a,b"}, None, {"names": ["a", "b"]}),
        ({"names": "b"}, {"names": ["a", "b"]}, {"names": ["a", "b"]}),
        ({"sizes": "2"}, {"sizes": ["1", "2"]}, {"sizes": [1, 2]}),
        ({"groupId": "7"}, None, {"groupId": "7"}),
        (None, None, {}),
    ],
)
def test_texts_of_a_query_are_read_by_the_type_of_their_field(app: App, single: Any, several: Any, got: Any) -> None:
    status, body, _ = app.get(
        "/groups/{groupId}", queryStringParameters=single, multiValueQueryStringParameters=several
    )

    assert (status, body["got"]) == (200, got)


@pytest.mark.parametrize(
    ("event", "field_name", "code"),
    [
        ({"queryStringParameters": {"limit": "many"}}, "limit", "WRONG_TYPE"),
        ({"queryStringParameters": {"limit": "1" * 101}}, "limit", "INVALID_NUMBER"),
        ({"queryStringParameters": {"limit": "\u0663"}}, "limit", "WRONG_TYPE"),
        ({"queryStringParameters": {"deep": "True"}}, "deep", "WRONG_TYPE"),
        ({"queryStringParameters": {"sizes": "1,x"}}, "sizes[1]", "WRONG_TYPE"),
        ({"queryStringParameters": {"colour": "red"}}, "colour", "UNKNOWN_FIELD"),
        ({"queryStringParameters": {"names": "\ud800"}}, "names[0]", "INVALID_TEXT"),
        ({"queryStringParameters": {"names": "a,\ufffdb"}}, "names[1]", "INVALID_TEXT"),
        ({"pathParameters": {"groupId": "g\ufffd"}}, "groupId", "INVALID_TEXT"),
        ({"queryStringParameters": {"\ufffd": "1"}}, "query", "INVALID_TEXT"),
        ({"multiValueQueryStringParameters": {"limit": ["1", "2"]}}, "limit", "AMBIGUOUS"),
        ({"body": "{}"}, "body", "BODY_NOT_ALLOWED"),
    ],
)
def test_what_cannot_be_read_is_named(app: App, event: dict[str, Any], field_name: str, code: str) -> None:
    status, body, _ = app.get(**event)

    assert (status, body["error"]) == (400, "VALIDATION_ERROR")
    [fault] = body["details"]["fields"]
    assert (fault["field"], fault["code"]) == (field_name, code)


@pytest.mark.parametrize(
    ("event", "field_name", "code"),
    [
        ({"body": "{"}, "body", "INVALID_JSON"),
        ({"body": "[]"}, "body", "OBJECT_REQUIRED"),
        ({"body": "NaN"}, "body", "INVALID_JSON"),
        ({"body": "[" * 10_000}, "body", "TOO_DEEP"),
        ({"body": '{"groupId": "g-2"}'}, "groupId", "AMBIGUOUS"),
        ({"body": base64.b64encode(b"\xff").decode(), "isBase64Encoded": True}, "body", "INVALID_ENCODING"),
        ({"body": "no base64!", "isBase64Encoded": True}, "body", "INVALID_ENCODING"),
        ({"headers": {"idempotency-key": "t-2"}, "body": '{"clientToken": "t-1"}'}, "clientToken", "AMBIGUOUS"),
        ({"headers": {"idempotency-key": ""}, "body": '{"clientToken": "t-1"}'}, "clientToken", "AMBIGUOUS"),
    ],
)
def test_a_body_that_cannot_be_read_is_named(app: App, event: dict[str, Any], field_name: str, code: str) -> None:
    status, body, _ = app.call("POST", "/groups/{groupId}/starts", pathParameters={"groupId": "g-1"}, **event)

    assert (status, body["error"]) == (400, "VALIDATION_ERROR")
    [fault] = body["details"]["fields"]
    assert (fault["field"], fault["code"]) == (field_name, code)


def test_what_the_texts_have_twice_is_told_with_everything_else(app: App) -> None:
    status, body, _ = app.call(
        "POST",
        "/groups/{groupId}/starts",
        pathParameters={"groupId": "g-1"},
        multiValueQueryStringParameters={"limit": ["1", "2"], "deep": ["x"], "colour": ["1", "2"]},
        headers={"idempotency-key": "t-2"},
        body='{"groupId": "g-2", "sizes": [1, "2"], "clientToken": "t-1", "names": ["\\ud800"], "names": []}',
    )

    assert status == 400
    assert sorted((each["field"], each["code"]) for each in body["details"]["fields"]) == [
        ("clientToken", "AMBIGUOUS"),
        ("colour", "AMBIGUOUS"),
        ("colour", "UNKNOWN_FIELD"),
        ("deep", "WRONG_TYPE"),
        ("groupId", "AMBIGUOUS"),
        ("limit", "AMBIGUOUS"),
        ("names", "AMBIGUOUS"),
        ("sizes[1]", "WRONG_TYPE"),
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {"headers": {"Idempotency-Key": "b"}, "multiValueHeaders": {"Idempotency-Key": ["a", "b"]}},
        {"headers": {"Idempotency-Key": "a", "idempotency-key": "b"}},
        {"multiValueHeaders": {"Idempotency-Key": ["a"], "idempotency-key": ["b"]}},
    ],
)
def test_two_idempotency_keys_that_differ_are_ambiguous_beside_what_else_is_wrong(app: App, headers: Any) -> None:
    status, body, _ = app.call("POST", "/groups/{groupId}/starts", body='{"limit": "x"}', **headers)

    assert status == 400
    assert {each["field"]: each["code"] for each in body["details"]["fields"]} == {
        "clientToken": "AMBIGUOUS",
        "limit": "WRONG_TYPE",
    }


def test_an_idempotency_key_that_is_sent_twice_is_one(app: App) -> None:
    twice = {"headers": {"Idempotency-Key": "a"}, "multiValueHeaders": {"Idempotency-Key": ["a", "a"]}}

    status, body, _ = app.call("POST", "/groups/{groupId}/starts", **twice)

    assert (status, body["got"]) == (202, {"clientToken": "a"})


def test_a_body_that_is_not_taken_hides_nothing(app: App) -> None:
    status, body, _ = app.get(queryStringParameters={"limit": "x"}, body='{"limit": 1}')

    assert status == 400
    assert {each["field"]: each["code"] for each in body["details"]["fields"]} == {
        "body": "BODY_NOT_ALLOWED",
        "limit": "WRONG_TYPE",
    }


@pytest.mark.parametrize("header", ["Idempotency-Key", "idempotency-key"])
def test_the_idempotency_key_is_the_client_token(app: App, header: str) -> None:
    text = base64.b64encode(b'{"dryRun": true}').decode()

    status, body, _ = app.call(
        "POST", "/groups/{groupId}/starts", headers={header: "t-1"}, body=text, isBase64Encoded=True
    )

    assert (status, body["got"]) == (200, {"clientToken": "t-1", "dryRun": True})


def test_a_route_that_does_not_exist_is_not_found(app: App) -> None:
    status, body, _ = app.call("PUT", "/groups/{groupId}")

    assert (status, body["error"]) == (404, "OPERATION_NOT_FOUND")


@pytest.mark.parametrize("event", [None, [], {}, {"httpMethod": 7}, {"requestContext": "x", "resource": None}])
def test_an_event_that_is_none_is_answered(app: App, event: Any) -> None:
    answer = dispatch(event, Call(), function_name=HOME[0], app=app, catalogue=Catalogue.of(TABLE))

    assert answer["statusCode"] == 404
    assert json.loads(answer["body"])["requestId"] == "lambda-1"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        (None, "no token"),
        ({**CLAIMS, "token_use": "access"}, "send the ID token"),
        ({"cognito:groups": "DRSOrchestrationAdmin"}, "send the ID token"),
        ("DRSOrchestrationAdmin", "no token"),
    ],
)
def test_nobody_gets_in_without_an_id_token(app: App, claims: Any, reason: str) -> None:
    status, body, _ = app.get("/me", claims=claims)

    assert (status, body["error"]) == (401, "AUTHENTICATION_ERROR")
    assert reason in body["message"]
    assert app.get("/me", claims=claims, body="not read")[0] == 401
    assert app.call("DELETE", "/groups/{groupId}", claims=claims)[0] == 200


def test_whoever_has_no_role_may_only_what_needs_none(app: App) -> None:
    stranger = {**CLAIMS, "cognito:groups": "Cooks"}

    status, body, _ = app.get(claims=stranger)
    assert (status, body["error"], body["details"]) == (
        403,
        "AUTHORIZATION_ERROR",
        {"permission": "view_protection_groups"},
    )
    assert app.get("/me", claims=stranger)[1]["got"] == {"roles": [], "limit": 50}


@pytest.mark.parametrize(
    ("claims", "actor"),
    [
        ({"email": "a@example.com", "email_verified": "true", "cognito:username": "ann", "sub": "s"}, "a@example.com"),
        ({"email": "a@example.com", "email_verified": True, "cognito:username": "ann"}, "a@example.com"),
        ({"email": "a@example.com", "email_verified": "false", "cognito:username": "ann", "sub": "s"}, "ann"),
        ({"email": "a@example.com", "cognito:username": "ann", "sub": "s"}, "ann"),
        ({"email": "a@example.com", "email_verified": "false", "sub": "s"}, "s"),
        ({"cognito:username": "ann", "sub": "s"}, "ann"),
        ({"sub": "s"}, "s"),
        ({"aud": "x"}, "somebody"),
    ],
)
def test_the_actor_is_named_by_the_token(app: App, claims: dict[str, str], actor: str) -> None:
    assert app.get("/me", claims={"token_use": "id", **claims})[1]["actor"] == actor


@pytest.mark.parametrize("groups", ["DRSOperator, DRSReadOnly", ["DRSOperator", "DRSReadOnly", "x", 7]])
def test_several_groups_are_several_roles(groups: Any) -> None:
    assert roles_of(groups) == {Role.OPERATOR, Role.READ_ONLY}


@pytest.mark.parametrize("groups", [None, "", 7, "drsoperator", "[DRSOperator]"])
def test_unknown_groups_give_nothing(groups: Any) -> None:
    assert roles_of(groups) == frozenset()


@pytest.mark.requirement("SRS-I08")
def test_every_answer_carries_the_headers(app: App) -> None:
    answers = [
        app.get(),
        app.get(pathParameters={"groupId": "none"}),
        app.get(pathParameters={"groupId": "broken"}),
        app.call("DELETE", "/groups"),
        app.get(claims=None),
    ]

    assert [status for status, _, _ in answers] == [200, 404, 500, 204, 401]
    for _, _, headers in answers:
        assert headers["X-Request-Id"] == "api-1"
        assert headers["Content-Type"] == "application/json"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Access-Control-Allow-Origin"] == "https://console.example.com"
        assert headers["Vary"] == "Origin"
        assert {
            "Strict-Transport-Security",
            "X-Content-Type-Options",
            "X-Frame-Options",
            "Referrer-Policy",
            "Content-Security-Policy",
        } < set(headers)
    assert "swordfish" not in json.dumps(answers[2])


def test_without_a_console_no_browser_may_read(app: App) -> None:
    app.console_origin = ""

    assert not any(name.startswith("Access-Control") for name in app.get()[2])


def test_whoever_must_wait_is_told_how_long(app: App) -> None:
    status, body, headers = app.get(pathParameters={"groupId": "busy"})

    assert (status, body["retryable"], headers["Retry-After"]) == (429, True, "7")


def test_what_was_deleted_has_no_body(app: App) -> None:
    status, body, _ = app.call("DELETE", "/groups")

    assert (status, body) == (204, {})


def test_every_error_and_every_success_has_its_status() -> None:
    assert set(STATUSES) == set(ErrorCode)
    assert set(SUCCESSES) == set(Success)


def test_the_audit_line_names_the_person_the_door_and_the_address(app: App) -> None:
    app.get(pathParameters={"groupId": "g-1"})
    app.call("PUT", "/groups/{groupId}")
    app.get(claims=None)

    found, lost, nobody = [json.loads(line) for line in app.stream.getvalue().splitlines() if '"audit": true' in line]
    assert (found["door"], found["actor"], found["sourceIp"]) == ("api", "ann@example.com", "192.0.2.1")
    assert (found["userId"], "userId" in nobody) == ("s-1", False)
    assert (found["roles"], found["subjects"], found["outcome"]) == (["DRSOperator"], {"groupId": "g-1"}, "OK")
    assert (lost["operation"], lost["outcome"]) == ("PUT /groups/{groupId}", "OPERATION_NOT_FOUND")
    assert (nobody["actor"], nobody["outcome"]) == ("nobody", "AUTHENTICATION_ERROR")


def test_texts_for_fields_that_do_not_exist_stay_texts() -> None:
    assert from_texts(Page, {"colour": ["1"], "limit": ["1"]}).fields == {"colour": "1", "limit": 1}
