"""The API door: an API Gateway proxy event, whose claims its authoriser has verified."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel

from shared.catalogue import Catalogue
from shared.errors import DrsOrchestrationError, ValidationError
from shared.invocation import LambdaCall
from shared.json_input import GLIMPSED, Sent, glimpse, integer, merged, parse_json, readable
from shared.models.violation import Violation, json_path
from shared.operations import Operation, Success, WireModel
from shared.response_utils import http_error, http_success
from shared.roles import Caller, Role

_KNOWN_ROLES: Final = frozenset(Role)
_WITHOUT_BODY: Final = frozenset({"GET", "DELETE"})
_IDEMPOTENCY_KEY: Final = "idempotency-key"
_CLIENT_TOKEN: Final = "clientToken"


class ApiDoor:
    """One request through API Gateway; `console_origin` is the one that browsers may call from, if there is any."""

    name = "api"

    def __init__(self, event: Any, call: LambdaCall, console_origin: str) -> None:
        self._event: Mapping[str, Any] = event if isinstance(event, Mapping) else {}
        self._context = _mapping(self._event, "requestContext")
        self._origin = console_origin
        self.request_id = str(self._context.get("requestId") or call.aws_request_id)
        self.source_ip = str(_mapping(self._context, "identity").get("sourceIp") or "")

    @property
    def asked_for(self) -> str:
        """What was called for, as the audit log shows it."""
        return f"{self._method} {self._path}"

    @property
    def caller(self) -> Caller:
        """Whoever the verified ID token names; nobody, with the reason, if there is none."""
        claims = _mapping(_mapping(self._context, "authorizer"), "claims")
        if not claims:
            return Caller("nobody", unknown_because="sign in: the request carries no token")
        if claims.get("token_use") != "id":
            return Caller("nobody", unknown_because="send the ID token: this one is for another use")
        return Caller(_actor_of(claims), roles_of(claims.get("cognito:groups")), user_id=str(claims.get("sub") or ""))

    def operation(self, catalogue: Catalogue, function_name: str) -> Operation:
        """The operation of the route that API Gateway matched."""
        return catalogue.by_route(self._method, self._path, function_name)

    def parameters(self, operation: Operation) -> Sent:
        """They may stand in the path, the query and the body, and a client token in its header."""
        model = operation.request_model
        path = {name: [str(value)] for name, value in _mapping(self._event, "pathParameters").items()}
        takes_token = "client_token" in model.model_fields
        return merged(
            lambda: from_texts(model, path),
            lambda: from_texts(model, self._query()),
            self._body,
            self._token if takes_token else lambda: Sent({}),
        )

    @property
    def glimpsed(self) -> Mapping[str, Any]:
        """What stands in the body if it is small, in the query and in the path."""
        query = {name: ",".join(map(str, values)) for name, values in self._query().items()}
        return {**dict(glimpse(self._small_body())), **query, **_mapping(self._event, "pathParameters")}

    def succeed(self, result: WireModel | None, success: Success) -> dict[str, Any]:
        """The answer with its status, its headers and the result as JSON."""
        return http_success(result, success, self.request_id, self._origin)

    def fail(self, error: DrsOrchestrationError) -> dict[str, Any]:
        """The answer with the error's status and the envelope as JSON."""
        return http_error(error, self.request_id, self._origin)

    @property
    def _method(self) -> str:
        return str(self._event.get("httpMethod") or "?")

    @property
    def _path(self) -> str:
        return str(self._event.get("resource") or "?")

    def _token(self) -> Sent:
        """What the header says, however often it was sent and in whatever case."""
        given = [*_mapping(self._event, "headers").items()]
        for name, several in _mapping(self._event, "multiValueHeaders").items():
            given += [(name, value) for value in (several if isinstance(several, list) else [several])]
        tokens = {str(value) for name, value in given if name.lower() == _IDEMPOTENCY_KEY and value is not None}
        if not tokens:
            return Sent({})
        if len(tokens) == 1:
            return readable({_CLIENT_TOKEN: tokens.pop()}, "headers")
        reason = "is given by several headers Idempotency-Key with different values"
        return Sent({}).apart_from({_CLIENT_TOKEN: Violation(_CLIENT_TOKEN, reason, "AMBIGUOUS")})

    def _query(self) -> Mapping[str, Sequence[str]]:
        several = _mapping(self._event, "multiValueQueryStringParameters")
        single = _mapping(self._event, "queryStringParameters")
        return {name: [value] for name, value in single.items()} | dict(several)

    def _small_body(self) -> str:
        """The text of the body; nothing of one that is large or no text."""
        body = str(self._event.get("body") or "")
        if len(body) > 2 * GLIMPSED or not self._event.get("isBase64Encoded"):
            return body
        try:
            return _decoded(body)
        except ValidationError:
            return ""

    def _body(self) -> Sent:
        body = self._event.get("body")
        if body is None or body == "":
            return Sent({})
        if self._method in _WITHOUT_BODY:
            return Sent({}, [Violation("body", f"{self._method} takes none", "BODY_NOT_ALLOWED")])
        value = parse_json(_decoded(body) if self._event.get("isBase64Encoded") else str(body), "body")
        if not isinstance(value, Mapping):
            raise ValidationError.one("body", "must be a JSON object", "OBJECT_REQUIRED")
        return readable(value, "body")


def _actor_of(claims: Mapping[str, Any]) -> str:
    """The address if it is verified: everybody may write his own, and another's; else the user name."""
    verified = str(claims.get("email_verified")).lower() == "true"
    names = (claims.get("email") if verified else None, claims.get("cognito:username"), claims.get("sub"))
    return str(next(filter(None, names), "somebody"))


def roles_of(groups: Any) -> frozenset[Role]:
    """The roles among a token's groups, which a REST authoriser joins by commas; other groups give nothing.

    A group whose own name has a comma cannot be told from two: who makes groups in the user pool gives roles.
    """
    names = groups.split(",") if isinstance(groups, str) else groups if isinstance(groups, list) else ()
    return frozenset(Role(name.strip()) for name in names if str(name).strip() in _KNOWN_ROLES)


def from_texts(model: type[BaseModel], texts: Mapping[str, Sequence[str]]) -> Sent:
    """The JSON values that texts of a path or query stand for, by the types of the model's fields.

    What cannot be read so stays text, which the model then refuses by the field's name. Of a field that is no list two
    values are AMBIGUOUS; a text that holds U+FFFD, which stands where the bytes were no UTF-8, is none.
    """
    texts = {_as_no_text(name): [*map(_as_no_text, given)] for name, given in texts.items()}
    types = {field.alias or name: list(_kinds(field.annotation)) for name, field in model.model_fields.items()}
    sent = readable({name: _value(types.get(name, [str]), given) for name, given in texts.items()}, "query")
    return sent.apart_from(
        {
            name: Violation(json_path([name]), "is given more than once", "AMBIGUOUS")
            for name, given in texts.items()
            if len(given) != 1 and name in sent.fields and not _list_of(types.get(name, [str]))
        }
    )


def _as_no_text(given: Any) -> Any:
    """With half a surrogate pair, which no reader takes, where the bytes of the request were no text."""
    return given.replace("\ufffd", "\udffd") if isinstance(given, str) else given


def _value(kinds: Sequence[Any], texts: Sequence[str]) -> Any:
    inner = _list_of(kinds)
    if inner:
        return [_scalar(inner, part) for text in texts for part in text.split(",")]
    return _scalar(kinds, next(iter(texts), ""))


def _list_of(kinds: Sequence[Any]) -> Sequence[Any]:
    """What is listed, if anything."""
    lists = [kind for kind in kinds if get_origin(kind) in (tuple, list, frozenset)]
    return _kinds(get_args(lists[0])[0]) if lists else ()


def _scalar(kinds: Sequence[Any], text: str) -> Any:
    if bool in kinds and text in ("true", "false"):
        return text == "true"
    if int in kinds and re.fullmatch(r"-?[0-9]+", text):
        return integer(text)
    return text


def _kinds(annotation: Any) -> Sequence[Any]:
    """The types that an annotation allows, without what it says about them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kinds(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [kind for each in get_args(annotation) for kind in _kinds(each)]
    return [annotation]


def _decoded(body: Any) -> str:
    try:
        return base64.b64decode(str(body), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValidationError.one("body", "is no text in UTF-8", "INVALID_ENCODING") from error


def _mapping(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    return value if isinstance(value, Mapping) else {}
