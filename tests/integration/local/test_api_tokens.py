"""Whose token opens the API: signed by the pool, for our client, alive, and an ID token."""

from __future__ import annotations

import base64
import gzip
import hmac
import json
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import RSAKey

from local.system import LocalSystem
from tests.integration.local.api import ask, mirrored, sign_in, sign_up
from tests.integration.local.test_api import refused

Forge = Callable[..., str]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSystem]:
    """The running system with its API."""
    with mirrored(tmp_path_factory.mktemp("api-tokens")) as running:
        sign_up(running, "somebody", "DRSOperator")
        sign_up(running, "nobody")
        yield running


@pytest.fixture(scope="module")
def pool_key() -> RSAKey:
    """The key with which moto's pools sign."""
    packed = files("moto.cognitoidp").joinpath("resources/jwks-private.json.gz").read_bytes()
    return RSAKey.import_key(json.loads(gzip.decompress(packed)))


@pytest.fixture
def forge(system: LocalSystem, pool_key: RSAKey) -> Forge:
    """Writes a token like a good one, but for what a test changes: claims, key, header; None leaves a claim out."""
    pool = system.deployment.value("UserPoolId")
    good = {
        "iss": f"https://cognito-idp.us-east-1.amazonaws.com/{pool}",
        "aud": system.deployment.value("UserPoolClientId"),
        "sub": "forged",
        "token_use": "id",
        "cognito:username": "forged",
        "cognito:groups": ["DRSOrchestrationAdmin"],
    }

    def write(key: Any = pool_key, header: dict[str, Any] | None = None, **changes: Any) -> str:
        now = int(time.time())
        claims = {**good, "iat": now, "auth_time": now, "exp": now + 600, **changes}
        kept = {name: value for name, value in claims.items() if value is not None}
        made = {"alg": "RS256", "kid": "dummy", **(header or {})}
        return jwt.encode(made, kept, key, algorithms=[made["alg"]])

    return write


def test_a_token_like_the_pools_own_is_good_so_that_every_refusal_below_has_its_one_reason(
    system: LocalSystem, forge: Forge
) -> None:
    assert ask(system, "GET", "/things/1", token=forge()).status == 200


@pytest.mark.parametrize("prefix", ["Bearer ", "bearer  ", ""])
def test_the_id_token_of_a_user_opens_the_api_with_and_without_bearer(system: LocalSystem, prefix: str) -> None:
    tokens = sign_in(system, "somebody")

    response = ask(system, "GET", "/things/1", headers={"Authorization": prefix + tokens["IdToken"]})

    assert response.event["requestContext"]["authorizer"]["claims"]["cognito:username"] == "somebody"


def test_a_user_without_a_group_is_signed_in_and_brings_none(system: LocalSystem) -> None:
    token = sign_in(system, "nobody")["IdToken"]

    claims = ask(system, "GET", "/things/1", token=token).event["requestContext"]["authorizer"]["claims"]

    assert "cognito:groups" not in claims


def test_without_a_token_nobody_comes_in(system: LocalSystem) -> None:
    refused(ask(system, "GET", "/things/1"), 401, "AUTHENTICATION_ERROR")
    refused(ask(system, "GET", "/things/1", token=""), 401, "AUTHENTICATION_ERROR")
    refused(ask(system, "GET", "/things/1", headers={"Authorization": "Basic YTpi"}), 401, "AUTHENTICATION_ERROR")


@pytest.mark.requirement("SRS-S02")
def test_an_access_token_opens_nothing(system: LocalSystem, forge: Forge) -> None:
    token = sign_in(system, "somebody")["AccessToken"]

    refused(ask(system, "GET", "/things/1", token=token), 401, "AUTHENTICATION_ERROR")
    refused(ask(system, "GET", "/things/1", token=forge(token_use="access")), 401, "AUTHENTICATION_ERROR")


@pytest.mark.requirement("SRS-S02")
@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1_700_000_000},
        {"exp": None},
        {"exp": "never"},
        {"nbf": 4_000_000_000},
        {"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"aud": ["other"]},
        {"token_use": None},
    ],
    ids=str,
)
def test_a_token_that_is_old_or_foreign_opens_nothing(
    system: LocalSystem, forge: Forge, changes: dict[str, Any]
) -> None:
    refused(ask(system, "GET", "/things/1", token=forge(**changes)), 401, "AUTHENTICATION_ERROR")


def test_whoever_comes_with_an_expired_token_is_told_so_and_with_a_foreign_one_nothing_of_it(
    system: LocalSystem, forge: Forge
) -> None:
    expired = ask(system, "GET", "/things/1", token=forge(exp=1_700_000_000))
    foreign = ask(system, "GET", "/things/1", token=forge(aud="other"))

    assert refused(expired, 401, "AUTHENTICATION_ERROR") == {"reason": "The incoming token has expired"}
    assert refused(foreign, 401, "AUTHENTICATION_ERROR") == {"reason": "Unauthorized"}


def test_the_audience_is_matched_whole(system: LocalSystem, forge: Forge) -> None:
    ours = system.deployment.value("UserPoolClientId")

    for audience in (f"{ours}x", f"x{ours}", f"{ours}\n", ours[:-1], [ours]):
        refused(ask(system, "GET", "/things/1", token=forge(aud=audience)), 401, "AUTHENTICATION_ERROR")


def test_a_token_of_another_client_of_the_same_pool_opens_nothing(system: LocalSystem) -> None:
    client_id = system.client("cognito-idp").create_user_pool_client(
        UserPoolId=system.deployment.value("UserPoolId"),
        ClientName="other",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
    )["UserPoolClient"]["ClientId"]

    token = sign_in(system, "somebody", client_id=client_id)["IdToken"]

    refused(ask(system, "GET", "/things/1", token=token), 401, "AUTHENTICATION_ERROR")


def test_a_signature_that_is_not_the_pools_opens_nothing(system: LocalSystem, forge: Forge) -> None:
    other = RSAKey.generate_key(2048, {"kid": "dummy"})
    head, body, signature = forge().split(".")
    promoted = base64.urlsafe_b64encode(b'{"token_use": "id"}').rstrip(b"=").decode()
    unsigned = base64.urlsafe_b64encode(b'{"alg": "none", "kid": "dummy"}').rstrip(b"=").decode()

    for token in (
        forge(key=other),
        forge(header={"kid": "unknown"}),
        f"{head}.{promoted}.{signature}",
        f"{head}.{body}.",
        f"{unsigned}.{body}.",
    ):
        refused(ask(system, "GET", "/things/1", token=token), 401, "AUTHENTICATION_ERROR")


def test_the_public_key_is_no_secret_with_which_one_could_sign(
    system: LocalSystem, forge: Forge, pool_key: RSAKey
) -> None:
    head = base64.urlsafe_b64encode(b'{"alg": "HS256", "kid": "dummy"}').rstrip(b"=").decode()
    signed = f"{head}.{forge().split('.')[1]}"

    signature = hmac.digest(pool_key.as_pem(private=False), signed.encode(), "sha256")

    token = f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    refused(ask(system, "GET", "/things/1", token=token), 401, "AUTHENTICATION_ERROR")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    token=st.one_of(
        st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80),
        st.lists(st.binary(max_size=40).map(lambda part: base64.urlsafe_b64encode(part).decode()), max_size=5).map(
            ".".join
        ),
    )
)
def test_whatever_is_no_token_is_refused_and_never_an_error_of_ours(system: LocalSystem, token: str) -> None:
    refused(ask(system, "GET", "/things/1", token=token), 401, "AUTHENTICATION_ERROR")


@pytest.mark.parametrize("part", [b"null", b"[]", b'"text"', b"1", b"\xff", b"{", b"[" * 5000])
def test_what_is_signed_or_not_but_no_set_of_claims_is_refused(system: LocalSystem, part: bytes) -> None:
    encoded = base64.urlsafe_b64encode(part).rstrip(b"=").decode()
    head = base64.urlsafe_b64encode(b'{"alg": "RS256", "kid": "dummy"}').rstrip(b"=").decode()

    for token in (f"{encoded}.{encoded}.{encoded}", f"{head}.{encoded}.{encoded}"):
        refused(ask(system, "GET", "/things/1", token=token), 401, "AUTHENTICATION_ERROR")


def test_a_wrong_password_gets_no_token(system: LocalSystem) -> None:
    with pytest.raises(ClientError) as refusal:
        sign_in(system, "somebody", password="Of-the-test-12345")

    assert refusal.value.response["Error"]["Code"] == "NotAuthorizedException"


def test_deviation_an_id_token_lives_for_an_hour_whatever_the_client_says(system: LocalSystem) -> None:
    payload = sign_in(system, "somebody")["IdToken"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))

    client = system.client("cognito-idp").describe_user_pool_client(
        UserPoolId=system.deployment.value("UserPoolId"), ClientId=system.deployment.value("UserPoolClientId")
    )["UserPoolClient"]

    assert client["IdTokenValidity"] == 45
    assert claims["exp"] - claims["iat"] == 3600
    assert abs(claims["iat"] - time.time()) < 600, "in real time, not in the engine's"


def test_deviation_an_unknown_user_is_told_apart_from_a_wrong_password(system: LocalSystem) -> None:
    with pytest.raises(ClientError) as refusal:
        sign_in(system, "stranger")

    assert refusal.value.response["Error"]["Code"] == "UserNotFoundException"
