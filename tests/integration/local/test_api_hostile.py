"""Hostile requests to the product's own API over HTTP, and hostile payloads to its functions by Lambda's Invoke."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from local.demo.configuration import PARAMETERS
from local.demo.users import create_users
from local.system import Blueprint, LocalSystem
from tests.integration.local.api import Response, ask, sign_in
from tests.integration.local.conftest import told_drs
from tests.support.doors import Answer, checked_api, checked_direct

DEEP: Final = 10_000
MEGABYTE: Final = 1_000_000
GROUPS: Final = "/protection-groups"
GROUP: Final = {"groupName": "Web", "region": "us-west-2", "serverSelectionTags": {"Tier": "web"}}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSystem]:
    """The system of the real templates."""
    blueprint = Blueprint(parameters=PARAMETERS)
    with LocalSystem(60, drs=told_drs, blueprint=blueprint, state_dir=tmp_path_factory.mktemp("hostile")) as running:
        yield running


@pytest.fixture(scope="module")
def token(system: LocalSystem) -> str:
    """The ID token of an administrator."""
    admin = next(user for user in create_users(system) if user.name == "admin")
    return sign_in(system, admin.name, admin.password)["IdToken"]


@pytest.fixture(autouse=True)
def _unchanged(system: LocalSystem) -> Iterator[None]:
    """Nothing here may change a table."""
    before = everything_written(system)
    yield
    assert everything_written(system) == before


def everything_written(system: LocalSystem) -> dict[str, list[str]]:
    """Every item of every table, read by an outside client."""
    dynamodb = system.client("dynamodb")
    return {
        table: sorted(map(repr, dynamodb.scan(TableName=table)["Items"]))
        for table in dynamodb.list_tables()["TableNames"]
    }


def checked(response: Response) -> Answer:
    """The answer, held against section 4 of the contract."""
    return checked_api(
        {
            "statusCode": response.status,
            "headers": dict(response.headers.items()),
            "body": response.body.decode(),
            "isBase64Encoded": False,
        }
    )


def refused(answer: Answer, fields: Mapping[str, str], status: int = 400) -> None:
    assert (answer.status, answer.code, answer.fields) == (status, "VALIDATION_ERROR", fields)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"{", {"body": "INVALID_JSON"}),
        (b"[]", {"body": "OBJECT_REQUIRED"}),
        (b'{"groupName": NaN}', {"body": "INVALID_JSON"}),
        (b'{"groupName": "\xff\xfe"}', {"body": "INVALID_ENCODING"}),
        (json.dumps(GROUP).encode("utf-16"), {"body": "INVALID_ENCODING"}),
        (b'{"groupName":' + b"[" * DEEP + b"]" * DEEP + b"}", {"body": "TOO_DEEP"}),
        (json.dumps(GROUP | {"groupName": "\ud800"}).encode(), {"groupName": "INVALID_TEXT"}),
        (json.dumps(GROUP | {"groupName": "x" * 65, "accountId": "11122223333"}).encode(), {}),
        (json.dumps(GROUP | {"colour": 1, "owner": []}).encode(), {"colour": "UNKNOWN_FIELD", "owner": "WRONG_TYPE"}),
    ],
    ids=["json", "list", "nan", "utf8", "utf16", "deep", "surrogate", "two fields", "unknown"],
)
def test_a_body_is_refused(system: LocalSystem, token: str, body: bytes, fields: dict[str, str]) -> None:
    sent = {"Content-Type": "application/json"}

    answer = checked(ask(system, "POST", GROUPS, body, headers=sent, token=token))

    refused(answer, fields or {"groupName": "OUT_OF_RANGE", "accountId": "WRONG_FORMAT"})


def test_a_body_of_eleven_megabytes_is_refused(system: LocalSystem, token: str) -> None:
    answer = checked(ask(system, "POST", GROUPS, b"x" * (11 * MEGABYTE), token=token))

    refused(answer, {"body": "BODY_TOO_LARGE"}, status=413)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        (f"{GROUPS}?limit=1e9", {"limit": "WRONG_TYPE"}),
        (f"{GROUPS}?limit={'9' * 40}", {"limit": "OUT_OF_RANGE"}),
        (f"{GROUPS}?limit=1&limit=2", {"limit": "AMBIGUOUS"}),
        (f"{GROUPS}?nextToken=%F0%9F%92%A3", {"nextToken": "INVALID_NEXT_TOKEN"}),
        (f"{GROUPS}?colour=red&Limit=5", {"colour": "UNKNOWN_FIELD", "Limit": "UNKNOWN_FIELD"}),
        (f"{GROUPS}/{'x' * 3000}", {"groupId": "OUT_OF_RANGE"}),
        (f"{GROUPS}/..%2F..%2Fetc", {"groupId": "WRONG_FORMAT"}),
        (f"{GROUPS}/a%00b", {"groupId": "WRONG_FORMAT"}),
        ("/drs/source-servers?region=eu-nowhere-1", {"region": "UNKNOWN_REGION"}),
        ("/accounts/targets/11122223333", {"accountId": "WRONG_FORMAT"}),
    ],
)
def test_a_path_or_query_is_refused(system: LocalSystem, token: str, path: str, fields: dict[str, str]) -> None:
    refused(checked(ask(system, "GET", path, token=token)), fields)


@pytest.mark.parametrize("path", ["/", "/protection-group", "/protection-groups/a/b/c", "/%ED%A0%80"])
def test_a_path_that_is_none_is_not_found(system: LocalSystem, token: str, path: str) -> None:
    assert checked(ask(system, "GET", path, token=token)).code == "OPERATION_NOT_FOUND"


def invoked(system: LocalSystem, payload: bytes) -> tuple[Any, str]:
    """What Lambda's Invoke answers for raw bytes, and whether it calls that an error of the function."""
    name = system.function_name("data-management-handler")
    answer = system.client("lambda").invoke(FunctionName=name, Qualifier="live", Payload=payload)
    return json.loads(answer["Payload"].read()), answer.get("FunctionError", "")


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ([], {"event": "OBJECT_REQUIRED"}),
        ({"operation": "create\ud800"}, {"operation": "INVALID_TEXT"}),
        ({"operation": "create_protection_group", **GROUP, "groupName": "\udc00"}, {"groupName": "INVALID_TEXT"}),
        ({"operation": "create_protection_group", "body": "[" * DEEP}, {"body": "TOO_DEEP"}),
    ],
)
def test_a_direct_event_is_refused(system: LocalSystem, event: Any, fields: dict[str, str]) -> None:
    payload, failed = invoked(system, json.dumps(event).encode())

    answer = checked_direct(payload)
    assert (failed, answer.code, answer.fields) == ("", "VALIDATION_ERROR", fields)


def test_what_the_runtime_cannot_read_shows_nothing_of_ours(system: LocalSystem) -> None:
    deep = b'{"operation": "create_protection_group", "groupName":' + b"[" * DEEP + b"]" * DEEP + b"}"

    answer, _ = invoked(system, deep)

    assert not [inside for inside in ("data_management", "shared", "/lambda/") if inside in json.dumps(answer)]


@pytest.mark.parametrize(
    "payload",
    [b'{"operation": ', b'{"operation": "\xff"}', b"\xc3", json.dumps({"operation": "health"}).encode("utf-16")],
    ids=["cut", "no utf8", "half a letter", "utf16"],
)
def test_a_payload_that_is_no_json_reaches_no_function(system: LocalSystem, payload: bytes) -> None:
    with pytest.raises(system.client("lambda").exceptions.InvalidRequestContentException):
        invoked(system, payload)
