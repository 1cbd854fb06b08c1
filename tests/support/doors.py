"""Calls of any operation by both doors; every answer is held against contract.md §4 before a test sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.catalogue import CATALOGUE
from tests.support.contract import kept, statuses

Parameters = Mapping[str, Any]
Invoke = Callable[[str, Any, str], Any]
"""Invokes a function by an alias or version, written with its colon, with an event."""

API_ALIAS: Final = ":live-api"
DIRECT_ALIASES: Final = (":live", "", ":17", ":canary")
"""Everything but the alias of API Gateway: of the callers, none at all, a version, one that nobody has made."""

ADMIN: Final = "DRSOrchestrationAdmin"

# Contract, section 4.
STATUSES: Final[Mapping[str, int]] = {
    "VALIDATION_ERROR": 400,
    "AUTHENTICATION_ERROR": 401,
    "AUTHORIZATION_ERROR": 403,
    "RESOURCE_NOT_FOUND": 404,
    "OPERATION_NOT_FOUND": 404,
    "CONFLICT_ERROR": 409,
    "PREFLIGHT_FAILED": 422,
    "QUOTA_EXCEEDED": 429,
    "DRS_SERVICE_ERROR": 502,
    "CROSS_ACCOUNT_ERROR": 502,
    "EXECUTION_ERROR": 502,
    "THROTTLED": 429,
    "INTERNAL_ERROR": 500,
}
_RETRYABLE: Final = frozenset({"QUOTA_EXCEEDED", "EXECUTION_ERROR", "THROTTLED", "INTERNAL_ERROR"})
_AS_DRS_SAYS: Final = "DRS_SERVICE_ERROR"
_ENVELOPE: Final = {"error", "message", "details", "retryable", "requestId"}
_HEADERS: Final = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_INSIDES: Final = ("Traceback", 'File \\"', "/lambda/", "botocore", "pydantic", ".py")
"""What an answer shows of us only if something of ours came out unread."""


@dataclass(frozen=True)
class Answer:
    """What came back: the result or the envelope, and the HTTP status if it came by the API."""

    value: dict[str, Any]
    status: int | None = None

    @property
    def code(self) -> str | None:
        """The error's code; None if it went well."""
        return str(self.value["error"]) if _is_envelope(self.value) else None

    @property
    def fields(self) -> dict[str, str]:
        """The code of each field that is wrong."""
        return {each["field"]: each["code"] for each in self.value.get("details", {}).get("fields", ())}


@dataclass(frozen=True)
class Doors:
    """The functions of one world, by either door."""

    invoke: Invoke

    def direct(self, operation: str, parameters: Parameters, *, home: str | None = None) -> Answer:
        """Call an operation by its name, or by another that it has, at its home or another function."""
        return self.direct_event(operation, {"operation": operation, "parameters": dict(parameters)}, home=home)

    def api(self, operation: str, parameters: Parameters, *, route: str | None = None, **who: Any) -> Answer:
        """Call an operation as API Gateway does, by its first route or another; `who` as for `api_event`."""
        return self.api_event(operation, api_event(operation, parameters, route=route, **who))

    def direct_event(self, operation: str, event: Any, *, home: str | None = None, alias: str = ":live") -> Answer:
        """Give any event to the function of an operation by the direct door."""
        name = _own_name(operation)
        answer = checked_direct(self.invoke(home or home_of(name), event, alias))
        kept(name, answer.value)
        return answer

    def api_event(self, operation: str, event: Any) -> Answer:
        """Give any event to the function of an operation by the door of the API."""
        name = _own_name(operation)
        answer = checked_api(self.invoke(home_of(name), event, API_ALIAS))
        kept(name, answer.value)
        if answer.code != "OPERATION_NOT_FOUND":
            assert answer.status in statuses(name), f"{name} answered {answer.status}, which its contract does not have"
        return answer


def home_of(operation: str) -> str:
    """The function that API Gateway asks for an operation."""
    return CATALOGUE.entries[operation].homes[0]


def claims_of(*groups: str, email: str = "ann@example.com", token_use: str = "id") -> dict[str, str]:
    """The claims of a user's token, as the authoriser of a REST API hands them over; without groups it has none."""
    claims = {
        "sub": "7d1f",
        "token_use": token_use,
        "email": email,
        "email_verified": "true",
        "cognito:username": "ann",
        "exp": "1769660838",
    }
    return {**claims, "cognito:groups": ",".join(groups)} if groups else claims


def api_event(
    operation: str,
    parameters: Parameters,
    *,
    route: str | None = None,
    claims: Mapping[str, str] | None = None,
    signed_in: bool = True,
    headers: Mapping[str, str] | None = None,
    request_id: str = "98c89664-b8df-46d9-8def-e9ad3e0d5879",
) -> dict[str, Any]:
    """The event of a request whose parameters stand where its route has them; an administrator's unless told."""
    method, _, path = (route or CATALOGUE.entries[operation].routes[0]).partition(" ")
    in_path = {name: str(value) for name, value in parameters.items() if f"{{{name}}}" in path}
    rest = {name: value for name, value in parameters.items() if name not in in_path}
    has_body = method in ("POST", "PUT")
    query = {} if has_body else {name: _texts(value) for name, value in rest.items()}
    known = claims_of(ADMIN) if claims is None else claims
    return {
        "resource": path,
        "path": path.format(**in_path),
        "httpMethod": method,
        "headers": {"Accept": "application/json", **(headers or {})},
        "multiValueHeaders": {name: [value] for name, value in (headers or {}).items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": in_path or None,
        "stageVariables": None,
        "requestContext": {
            "requestId": request_id,
            "resourcePath": path,
            "httpMethod": method,
            "identity": {"sourceIp": "203.0.113.9"},
            **({"authorizer": {"claims": dict(known)}} if signed_in else {}),
        },
        "body": json.dumps(rest) if has_body and rest else None,
        "isBase64Encoded": False,
    }


def checked_direct(answer: Any) -> Answer:
    """The answer of the direct door; AssertionError unless it is a bare object or the envelope, and JSON."""
    assert isinstance(answer, dict), f"a bare {type(answer).__name__}"
    assert json.loads(_as_sent(answer)) == answer, "no JSON"
    _check_body(answer)
    return Answer(answer)


def checked_api(answer: Any) -> Answer:
    """The answer of the API's door; AssertionError unless it has every header, the right status and a JSON object."""
    assert set(answer) == {"statusCode", "headers", "body", "isBase64Encoded"}, answer
    assert answer["isBase64Encoded"] is False
    status, headers, text = answer["statusCode"], answer["headers"], answer["body"]
    missing = {name: value for name, value in _HEADERS.items() if headers.get(name) != value}
    assert not missing, f"headers that are missing or other: {missing}"
    assert headers.get("X-Request-Id"), "no X-Request-Id"
    assert "Access-Control-Allow-Origin" not in headers, "these worlds have no console"
    if status == 204:
        assert text == "", "204 has no body"
        return Answer({}, status)
    value = json.loads(text)
    assert isinstance(value, dict), text
    _as_sent(value)
    _check_body(value)
    if not _is_envelope(value):
        assert status in (200, 201, 202), f"{status} with a result"
        return Answer(value, status)
    too_large = {field["code"] for field in value["details"].get("fields", ())} == {"BODY_TOO_LARGE"}
    assert status == (413 if too_large else STATUSES[value["error"]]), f"{status} for {value['error']}"
    assert headers["X-Request-Id"] == value["requestId"]
    seconds = value["details"].get("retryAfterSeconds")
    assert headers.get("Retry-After") == (None if seconds is None else str(seconds))
    return Answer(value, status)


def _as_sent(value: Any) -> bytes:
    """What Lambda's runtime makes of an answer: half a surrogate pair in it would be the end of the invocation."""
    return json.dumps(value, ensure_ascii=False).encode()


def _check_body(value: Mapping[str, Any]) -> None:
    if not _is_envelope(value):
        return
    assert set(value) == _ENVELOPE, f"an envelope of {sorted(value)}"
    code = value["error"]
    assert code in STATUSES, code
    assert value["requestId"]
    assert isinstance(value["message"], str)
    assert value["message"]
    assert code == _AS_DRS_SAYS or value["retryable"] is (code in _RETRYABLE), f"{code}: retryable {value['retryable']}"
    if code == "THROTTLED":
        assert value["details"]["retryAfterSeconds"] > 0
    if code == "VALIDATION_ERROR":
        fields = value["details"]["fields"]
        assert fields
        assert all(set(each) == {"field", "reason", "code"} and all(each.values()) for each in fields), fields
    shown = json.dumps(value)
    assert not [inside for inside in _INSIDES if inside in shown], f"it shows our insides: {shown}"


def _is_envelope(value: Mapping[str, Any]) -> bool:
    return "error" in value and "requestId" in value


def _own_name(operation: str) -> str:
    """The operation's own name, which its contract has, whatever it was called by."""
    if operation in CATALOGUE.entries:
        return operation
    return next(name for name, entry in CATALOGUE.entries.items() if operation in entry.aliases)


def _texts(value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return [_text(each) for each in value]
    return [_text(value)]


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool | dict) else str(value)
