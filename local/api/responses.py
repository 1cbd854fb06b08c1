"""What API Gateway answers by itself: the gateway responses that the API declares, else those of AWS."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from local.api.definition import RestApi, constant
from local.api.messages import Answer, Request

_VARIABLE: Final = re.compile(r"\$(context\.[A-Za-z.]*[A-Za-z])")


@dataclass(frozen=True)
class _Default:
    status: int
    message: str


_DEFAULTS: Final[Mapping[str, _Default]] = MappingProxyType(
    {
        "ACCESS_DENIED": _Default(403, "User: anonymous is not authorized to perform: execute-api:Invoke"),
        "API_CONFIGURATION_ERROR": _Default(500, "Internal server error"),
        "AUTHORIZER_FAILURE": _Default(500, "Internal server error"),
        "INTEGRATION_FAILURE": _Default(504, "Internal server error"),
        "INTEGRATION_TIMEOUT": _Default(504, "Endpoint request timed out"),
        "MISSING_AUTHENTICATION_TOKEN": _Default(403, "Missing Authentication Token"),
        "REQUEST_TOO_LARGE": _Default(413, "Request Too Long"),
        "THROTTLED": _Default(429, "Too Many Requests"),
        "UNAUTHORIZED": _Default(401, "Unauthorized"),
        "BAD_REQUEST_BODY": _Default(400, "Bad Request"),
    }
)
"""The kinds that this gateway gives, with AWS's own status and message."""

CONTEXT: Final = frozenset(
    {"context.requestId", "context.error.message", "context.error.messageString", "context.error.responseType"}
)
"""What templates and mappings may name here."""


class Refusal(Exception):  # noqa: N818 - a kind of answer, not a defect
    """The request is answered by a gateway response of this kind; `message` replaces AWS's own."""

    def __init__(self, kind: str, message: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.message = message or _DEFAULTS[kind].message


def render(api: RestApi, request: Request, refusal: Refusal) -> Answer:
    """The gateway response of that kind: the API's own, else its default for the class of the status, else AWS's."""
    default = _DEFAULTS[refusal.kind]
    whole = "DEFAULT_5XX" if default.status >= 500 else "DEFAULT_4XX"
    declared = api.responses.get(refusal.kind) or api.responses.get(whole)
    values = {
        "context.requestId": request.request_id,
        "context.error.message": refusal.message,
        "context.error.messageString": json.dumps(refusal.message),
        "context.error.responseType": refusal.kind,
    }
    template = declared.template if declared and declared.template else '{"message":$context.error.messageString}'
    status = declared.status if declared and declared.status else default.status
    mapped = mapped_headers(declared.headers if declared else {}, request.request_id)
    body = _VARIABLE.sub(lambda found: values[found[1]], template).encode()
    return Answer(status, [("Content-Type", "application/json"), *mapped], body)


def variables(template: str) -> frozenset[str]:
    """What a template names of the request."""
    return frozenset(_VARIABLE.findall(template))


def mapped_headers(mappings: Mapping[str, str], request_id: str) -> list[tuple[str, str]]:
    """The headers that mappings give: constants, and the request's id."""
    return [(name, constant(value) or request_id) for name, value in mappings.items()]
