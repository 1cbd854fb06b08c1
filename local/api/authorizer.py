"""Cognito's authoriser: whether a request carries an ID token of the pool that is good now, for our client."""

import json
import re
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet

from local.api.definition import PoolAuthorizer

_BEARER: Final = "bearer "
_DATES: Final = frozenset({"exp", "iat"})
_READ_SECONDS: Final = 10


class UnauthorizedError(Exception):
    """The request carries no token that is good here; the message is API Gateway's own, it quotes nothing."""


class PoolKeys:
    """The public keys of user pools, fetched once from where the pool publishes them."""

    def __init__(self, endpoint: Callable[[], str]) -> None:
        self._endpoint = endpoint
        self._known: dict[str, KeySet] = {}
        self._lock = threading.Lock()

    def of(self, pool_id: str) -> KeySet:
        """The keys of a pool; OSError if they cannot be fetched."""
        with self._lock:
            if pool_id not in self._known:
                address = f"{self._endpoint()}/{pool_id}/.well-known/jwks.json"
                with urllib.request.urlopen(address, timeout=_READ_SECONDS) as answer:
                    self._known[pool_id] = KeySet.import_key_set(json.load(answer))
            return self._known[pool_id]


def verified_claims(
    authorizer: PoolAuthorizer, header: str | None, keys: PoolKeys, now: Callable[[], float] = time.time
) -> dict[str, Any]:
    """The claims of the ID token in an Authorization header, with or without `Bearer`; UnauthorizedError.

    Signature, issuer, audience, life and use are checked; `now` is real time, in which Cognito stamps tokens.
    """
    token = (header or "").strip()
    token = token[len(_BEARER) :].strip() if token.lower().startswith(_BEARER) else token
    if not token:
        raise UnauthorizedError("Unauthorized")
    claims = _signed(token, keys.of(authorizer.pool_id))
    rules = jwt.JWTClaimsRegistry(
        now=lambda: int(now()),
        leeway=0,
        iss={"essential": True, "value": authorizer.issuer},
        exp={"essential": True},
        token_use={"essential": True, "value": "id"},
        aud={"essential": True},
    )
    try:
        rules.validate(claims)
    except ExpiredTokenError as error:
        raise UnauthorizedError("The incoming token has expired") from error
    except JoseError as error:
        raise UnauthorizedError("Unauthorized") from error
    audience = claims["aud"]
    if not isinstance(audience, str) or not re.fullmatch(authorizer.audience, audience):
        raise UnauthorizedError("Unauthorized")
    return claims


def as_texts(claims: Mapping[str, Any]) -> dict[str, str]:
    """The claims as API Gateway hands them to a function: texts, lists joined by commas, instants as dates."""
    return {name: _text(name, value) for name, value in claims.items()}


def _signed(token: str, keys: KeySet) -> dict[str, Any]:
    try:
        claims: Any = jwt.decode(token, keys, algorithms=["RS256"]).claims
    except (JoseError, ValueError, TypeError) as error:
        raise UnauthorizedError("Unauthorized") from error
    if not isinstance(claims, dict):
        raise UnauthorizedError("Unauthorized")
    return claims


def _text(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ",".join(str(each) for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    if name in _DATES:
        return datetime.fromtimestamp(int(value), UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
    return str(value)
