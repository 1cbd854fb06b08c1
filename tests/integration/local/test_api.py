"""The API on this machine: what a function is given, what a caller gets, and what API Gateway answers by itself."""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from local.system import LocalSystem
from shared.response_utils import SECURITY_HEADERS
from tests.integration.local.api import CONSOLE, Response, ask, mirrored, sign_in, sign_up
from tests.integration.local.waiting import eventually

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSystem]:
    """The running system with its API."""
    with mirrored(tmp_path_factory.mktemp("api")) as running:
        sign_up(running, "somebody", "DRSOperator", "DRSReadOnly")
        yield running


@pytest.fixture(scope="module")
def token(system: LocalSystem) -> str:
    """The ID token of somebody."""
    return sign_in(system, "somebody")["IdToken"]


def refused(response: Response, status: int, code: str) -> dict[str, object]:
    """The envelope of an answer that API Gateway gave by itself, with the headers of ours; its details are answered."""
    envelope = response.json
    assert (response.status, envelope["error"]) == (status, code)
    assert set(envelope) == {"error", "message", "details", "retryable", "requestId"}
    assert envelope["requestId"] == response.headers["X-Request-Id"]
    assert response.headers["Content-Type"] == "application/json"
    assert {name: response.headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
    assert response.headers["Access-Control-Allow-Origin"] == CONSOLE
    details: dict[str, object] = envelope["details"]
    return details


def test_a_function_is_given_the_request_as_api_gateway_writes_it(system: LocalSystem, token: str) -> None:
    path = "/things/a%2Fb%20c?limit=5&tag=x&tag=y%26z&empty="

    event = ask(system, "GET", path, headers={"X-Own": "1"}, token=token).event

    assert (event["httpMethod"], event["resource"], event["path"]) == ("GET", "/things/{thingId}", "/things/a%2Fb%20c")
    assert event["pathParameters"] == {"thingId": "a/b c"}
    assert event["queryStringParameters"] == {"limit": "5", "tag": "y&z", "empty": ""}
    assert event["multiValueQueryStringParameters"] == {"limit": ["5"], "tag": ["x", "y&z"], "empty": [""]}
    assert event["headers"]["X-Own"] == "1"
    assert event["multiValueHeaders"]["X-Own"] == ["1"]
    assert (event["body"], event["isBase64Encoded"], event["stageVariables"]) == (None, False, None)


def test_the_context_says_who_asked_where_and_under_which_id(system: LocalSystem, token: str) -> None:
    context = ask(system, "POST", "/things", token=token).event["requestContext"]

    assert (context["stage"], context["resourcePath"], context["path"]) == ("test", "/things", "/test/things")
    assert (context["httpMethod"], context["operationName"]) == ("POST", "make_thing")
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert len(context["requestId"]) == 36
    claims = context["authorizer"]["claims"]
    assert sorted(claims["cognito:groups"].split(",")) == ["DRSOperator", "DRSReadOnly"]
    assert (claims["email"], claims["token_use"]) == ("somebody@example.com", "id")
    assert all(isinstance(value, str) for value in claims.values())
    assert re.fullmatch(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4}", claims["exp"])


def test_the_api_comes_in_by_its_own_alias(system: LocalSystem) -> None:
    assert ask(system, "GET", "/public").json["invokedArn"].endswith("function:small-mirror-test:live-api")


def test_a_public_method_takes_anybody_and_tells_of_nobody(system: LocalSystem) -> None:
    event = ask(system, "GET", "/public", headers={"Authorization": "Bearer nonsense"}).event

    assert "authorizer" not in event["requestContext"]
    assert event["pathParameters"] is None
    assert event["queryStringParameters"] is None


def test_a_word_wins_over_a_parameter(system: LocalSystem, token: str) -> None:
    assert ask(system, "GET", "/things/newest", token=token).event["resource"] == "/things/newest"
    assert ask(system, "GET", "/things/newer", token=token).event["resource"] == "/things/{thingId}"


@pytest.mark.parametrize("media_type", [None, "application/json", "Application/JSON; charset=utf-8"])
def test_json_reaches_the_function_byte_for_byte_in_base64(
    system: LocalSystem, token: str, media_type: str | None
) -> None:
    headers = {"Content-Type": media_type} if media_type else {}

    event = ask(system, "POST", "/things", b'{"a": "\xff"}', headers=headers, token=token).event

    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == b'{"a": "\xff"}'


def test_another_body_is_text_in_which_a_broken_letter_is_replaced(system: LocalSystem) -> None:
    event = ask(system, "POST", "/public", b"f\xc3\xbcr \xff", headers={"Content-Type": "text/plain"}).event

    assert (event["body"], event["isBase64Encoded"]) == ("für \ufffd", False)


def test_a_caller_gets_status_headers_and_body_of_the_function(system: LocalSystem) -> None:
    response = ask(system, "GET", "/public")

    assert response.headers["X-Own"] == "yes"
    assert response.headers.get_all("X-Several") == ["one", "two"]
    assert response.headers["Content-Type"] == "application/json"
    assert ask(system, "GET", "/public?do=bytes").body == b"\xff"


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", "/nothing"),
        ("GET", "/things/one/two"),
        ("GET", "/"),
        ("GET", ""),
        ("GET", "//things"),
        ("GET", "/things//"),
        ("DELETE", "/things"),
        ("PATCH", "/public"),
        ("TRACE", "/public"),
        ("PROPFIND", "/public"),
        ("HEAD", "/public"),
    ],
)
def test_an_unknown_path_or_method_is_no_operation(system: LocalSystem, token: str, verb: str, path: str) -> None:
    response = ask(system, verb, path, token=token)

    if verb == "HEAD":
        assert (response.status, response.body) == (404, b"")
    else:
        refused(response, 404, "OPERATION_NOT_FOUND")


def test_a_path_outside_every_stage_is_forbidden_as_in_aws(system: LocalSystem) -> None:
    endpoint = urlsplit(system.api_endpoint or "")
    with socket.create_connection((str(endpoint.hostname), endpoint.port or 0)) as connection:
        connection.sendall(b"GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))

    assert answer.startswith(b"HTTP/1.1 403 ")


def test_a_browser_is_answered_before_it_calls_without_a_token(system: LocalSystem) -> None:
    response = ask(system, "OPTIONS", "/things", headers={"Origin": CONSOLE, "Access-Control-Request-Method": "POST"})

    assert (response.status, response.body) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == CONSOLE
    assert len(response.headers["X-Request-Id"]) == 36


def test_a_body_that_is_larger_than_ten_megabytes_is_refused(system: LocalSystem, token: str) -> None:
    details = refused(ask(system, "POST", "/things", b"x" * (11 * MEGABYTE), token=token), 413, "VALIDATION_ERROR")

    assert details["fields"] == [{"field": "body", "reason": "is larger than the API takes", "code": "BODY_TOO_LARGE"}]


def test_a_body_that_is_larger_than_a_function_takes_is_refused_too(system: LocalSystem) -> None:
    in_text, as_json = {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}

    accepted = ask(system, "POST", "/public?do=bytes", b"x" * (5 * MEGABYTE), headers=in_text)
    refusal = ask(system, "POST", "/public?do=bytes", b"x" * (5 * MEGABYTE), headers=as_json)

    assert accepted.status == 201, "five megabytes of text fit into six"
    refused(refusal, 413, "VALIDATION_ERROR")


@pytest.mark.parametrize("wish", ["fail", "babble", "much"])
def test_a_function_that_fails_is_an_internal_error_that_tells_nothing_of_it(system: LocalSystem, wish: str) -> None:
    response = ask(system, "GET", f"/public?do={wish}")

    details = refused(response, 500, "INTERNAL_ERROR")
    assert details == {"reference": response.headers["X-Request-Id"]}
    assert b"told" not in response.body


def test_a_function_that_is_too_slow_is_given_up_and_the_caller_is_told_to_look(system: LocalSystem) -> None:
    response = ask(system, "GET", "/slow?do=sleep")

    refused(response, 500, "INTERNAL_ERROR")
    assert "may still be done" in response.json["message"]
    assert response.json["retryable"] is True


def test_a_function_whose_policy_does_not_admit_the_api_is_not_called(system: LocalSystem) -> None:
    refused(ask(system, "GET", "/closed"), 500, "INTERNAL_ERROR")
    log = (system.log_folder / "local-system.log").read_text()
    assert "small-mirror-test:closed does not admit" in log


def test_a_crash_of_the_function_is_an_internal_error_and_the_next_call_works(system: LocalSystem) -> None:
    found: list[Response] = []
    thread = threading.Thread(target=lambda: found.append(ask(system, "GET", "/public?do=sleep")))
    thread.start()
    eventually(lambda: system.processes("mirror"))
    time.sleep(1)

    system.crash("mirror")
    thread.join()

    refused(found[0], 500, "INTERNAL_ERROR")
    assert ask(system, "GET", "/public").status == 200


def test_nothing_of_a_request_is_logged(system: LocalSystem, token: str) -> None:
    secret = token.rpartition(".")[2]
    ask(system, "GET", "/things/1?do=fail", token=token)
    ask(system, "GET", "/closed", token=token)

    logs = [path.read_text() for path in system.log_folder.iterdir()]

    assert logs
    assert not any(secret in log or "somebody@example.com" in log for log in logs)


def test_a_terminal_finds_the_api_in_its_environment(system: LocalSystem) -> None:
    assert system.environment()["API_ENDPOINT"] == system.api_endpoint
    assert json.loads(ask(system, "GET", "/public").body)["event"]["resource"] == "/public"


def test_a_body_in_chunks_reaches_the_function_as_one(system: LocalSystem) -> None:
    answer = _sent(system, b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")

    event = answer.event
    assert event["body"] == "abcdefg"
    assert "Transfer-Encoding" not in event["headers"]


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: many\r\n\r\n",
        b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"Transfer-Encoding: gzip\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\nmany\r\nabc\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
    ],
)
def test_a_body_of_which_nobody_can_tell_where_it_ends_is_refused(system: LocalSystem, rest: bytes) -> None:
    details = refused(_sent(system, rest), 400, "VALIDATION_ERROR")

    assert details["fields"] == [{"field": "request", "reason": "cannot be read", "code": "WRONG_FORMAT"}]


def test_a_body_in_chunks_is_no_larger_than_another(system: LocalSystem) -> None:
    chunk = b"%x\r\n%b\r\n" % (MEGABYTE, b"x" * MEGABYTE)

    answer = _sent(system, b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 11 + b"0\r\n\r\n")

    refused(answer, 413, "VALIDATION_ERROR")


def _sent(system: LocalSystem, rest: bytes) -> Response:
    """The answer to a POST whose further headers and body are sent byte for byte."""
    endpoint = urlsplit(system.api_endpoint or "")
    head = b"POST /test/public HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    with socket.create_connection((str(endpoint.hostname), endpoint.port or 0)) as connection:
        connection.sendall(head + rest)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return Response(answer.status, answer.headers, answer.read())


def test_deviation_the_api_is_not_where_its_output_says(system: LocalSystem) -> None:
    declared = system.deployment.value("ApiEndpoint")

    assert re.fullmatch(r"https://[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com/test", declared)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/test", system.api_endpoint or "")


def test_deviation_what_is_no_http_is_answered_without_the_envelope(system: LocalSystem) -> None:
    answer = ask(system, "GET", "/" + "x" * 65_536)

    assert (answer.status, answer.headers["Content-Type"]) == (414, "text/html;charset=utf-8")
    assert not SECURITY_HEADERS.keys() & answer.headers.keys()


def test_deviation_the_api_keeps_no_access_log(system: LocalSystem) -> None:
    ask(system, "GET", "/public")

    group = "/aws/apigateway/small-api-test"
    streams = system.client("logs").describe_log_streams(logGroupName=group)["logStreams"]
    assert streams == []
