"""A request as the event that API Gateway hands to a function (AWS_PROXY, payload format 1.0 of REST APIs)."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from local.api.definition import Resource, Stage
from local.api.messages import Answer, Request

_DEFAULT_TYPE: Final = "application/json"


class MalformedAnswerError(Exception):
    """A function's payload is no proxy answer."""


def proxy_event(
    request: Request, stage: Stage, resource: Resource, parameters: Mapping[str, str], claims: Mapping[str, str] | None
) -> bytes:
    """The event as JSON; a body of the API's binary types is in base64, another is text as far as it is UTF-8."""
    path = "/" + request.path.split("/", 2)[2] if request.path.count("/") > 1 else "/"
    media_type = (request.header("Content-Type") or _DEFAULT_TYPE).partition(";")[0].strip().lower()
    is_binary = bool(request.body) and media_type in stage.api.binary_media_types
    several: dict[str, list[str]] = {}
    for name, value in request.headers:
        several.setdefault(name, []).append(value)
    event = {
        "resource": stage.api.path_of(resource),
        "path": path,
        "httpMethod": request.verb,
        "headers": {name: values[-1] for name, values in several.items()},
        "multiValueHeaders": several,
        "queryStringParameters": {name: values[-1] for name, values in request.query.items()} or None,
        "multiValueQueryStringParameters": request.query or None,
        "pathParameters": dict(parameters) or None,
        "stageVariables": None,
        "requestContext": _context(request, stage, resource, claims),
        "body": _body(request.body, is_binary),
        "isBase64Encoded": is_binary,
    }
    return json.dumps(event).encode()


def answer_of(payload: bytes) -> Answer:
    """The answer that a function's payload stands for; MalformedAnswerError where AWS answers 502."""
    try:
        answered = json.loads(payload)
        status = int(answered["statusCode"])
        headers = {str(name): [str(value)] for name, value in (answered.get("headers") or {}).items()}
        headers |= {
            str(name): [str(each) for each in values]
            for name, values in (answered.get("multiValueHeaders") or {}).items()
        }
        body = answered.get("body") or ""
        content = base64.b64decode(body) if answered.get("isBase64Encoded") else body.encode()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MalformedAnswerError("no proxy answer") from error
    pairs = [(name, value) for name, values in headers.items() for value in values]
    if not any(name.lower() == "content-type" for name, _ in pairs):
        pairs.append(("Content-Type", _DEFAULT_TYPE))
    return Answer(status, pairs, content)


def _body(body: bytes, is_binary: bool) -> str | None:
    if not body:
        return None
    return base64.b64encode(body).decode() if is_binary else body.decode(errors="replace")


def _context(request: Request, stage: Stage, resource: Resource, claims: Mapping[str, str] | None) -> Mapping[str, Any]:
    place = stage.api.place
    context = {
        "accountId": place.account,
        "apiId": stage.api.api_id,
        "domainName": f"{stage.api.api_id}.execute-api.{place.region}.amazonaws.com",
        "domainPrefix": stage.api.api_id,
        "extendedRequestId": request.request_id,
        "httpMethod": request.verb,
        "identity": {"sourceIp": request.source_ip, "userAgent": request.header("User-Agent")},
        "operationName": resource.methods[request.verb].operation,
        "path": request.path,
        "protocol": "HTTP/1.1",
        "requestId": request.request_id,
        "requestTime": request.came_at.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(request.came_at.timestamp() * 1000),
        "resourceId": resource.resource_id,
        "resourcePath": stage.api.path_of(resource),
        "stage": stage.name,
    }
    return context if claims is None else {**context, "authorizer": {"claims": dict(claims)}}
