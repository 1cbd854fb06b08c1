"""People sign in as on AWS: by a proof of the password, and with sessions that can be renewed and revoked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.moto_patches import srp
from local.system import LocalSystem

PASSWORD = "Of-the-test-1234"
TIMESTAMP = "Sat Nov 28 12:00:00 UTC 2026"


@dataclass(frozen=True)
class Pool:
    """A user pool with one user."""

    client: Any
    pool_id: str
    client_id: str

    def sign_in(self, password: str) -> dict[str, Any]:
        """What Cognito answers to the proof that Amplify makes of a password."""
        secret = secrets.randbits(256)
        public = pow(srp.GENERATOR, secret, srp.PRIME)
        asked = self.client.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_SRP_AUTH",
            AuthParameters={"USERNAME": "somebody", "SRP_A": f"{public:x}"},
        )["ChallengeParameters"]
        said = {
            "USERNAME": asked["USERNAME"],
            "PASSWORD_CLAIM_SECRET_BLOCK": asked["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": self._proof(asked, password, public, secret),
            "TIMESTAMP": TIMESTAMP,
        }
        answer: dict[str, Any] = self.client.respond_to_auth_challenge(
            ClientId=self.client_id, ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=said
        )
        return answer

    def renew(self, refresh_token: str) -> dict[str, Any]:
        """New tokens as Amplify asks for them."""
        answer: dict[str, Any] = self.client.get_tokens_from_refresh_token(
            ClientId=self.client_id, RefreshToken=refresh_token
        )
        return answer

    def _proof(self, asked: dict[str, str], password: str, public: int, secret: int) -> str:
        name = f"{self.pool_id.partition('_')[2]}{asked['USER_ID_FOR_SRP']}"
        identity = hashlib.sha256(f"{name}:{password}".encode()).digest()
        exponent = srp.hashed(srp.padded(int(asked["SALT"], 16)), identity)
        server_public = int(asked["SRP_B"], 16)
        scramble = srp.hashed(srp.padded(public), srp.padded(server_public))
        base = server_public - srp.MULTIPLIER * pow(srp.GENERATOR, exponent, srp.PRIME)
        shared = pow(base, secret + scramble * exponent, srp.PRIME)
        message = name.encode() + base64.b64decode(asked["SECRET_BLOCK"]) + TIMESTAMP.encode()
        return base64.b64encode(hmac.digest(srp.key_of(scramble, shared), message, "sha256")).decode()


@pytest.fixture
def pool(system: LocalSystem) -> Pool:
    """A pool of its own."""
    client = system.client("cognito-idp")
    pool_id = client.create_user_pool(PoolName="signing-in")["UserPool"]["Id"]
    made = client.create_user_pool_client(UserPoolId=pool_id, ClientName="console")["UserPoolClient"]
    client.admin_create_user(UserPoolId=pool_id, Username="somebody", TemporaryPassword=PASSWORD)
    return Pool(client, pool_id, made["ClientId"])


def test_only_who_knows_the_password_signs_in(pool: Pool) -> None:
    pool.client.admin_set_user_password(UserPoolId=pool.pool_id, Username="somebody", Password=PASSWORD, Permanent=True)

    assert "IdToken" in pool.sign_in(PASSWORD)["AuthenticationResult"]
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        pool.sign_in("Another-one-1234")


def test_a_temporary_password_is_for_one_sign_in_only(pool: Pool) -> None:
    asked = pool.sign_in(PASSWORD)
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"

    pool.client.respond_to_auth_challenge(
        ClientId=pool.client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": "somebody", "NEW_PASSWORD": "My-own-word-1234"},
    )

    assert "IdToken" in pool.sign_in("My-own-word-1234")["AuthenticationResult"]


def test_a_number_that_proves_nothing_opens_nothing(pool: Pool) -> None:
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        pool.client.initiate_auth(
            ClientId=pool.client_id,
            AuthFlow="USER_SRP_AUTH",
            AuthParameters={"USERNAME": "somebody", "SRP_A": f"{2 * srp.PRIME:x}"},
        )


def test_a_session_is_renewed_until_it_is_revoked(pool: Pool) -> None:
    pool.client.admin_set_user_password(UserPoolId=pool.pool_id, Username="somebody", Password=PASSWORD, Permanent=True)
    token = pool.sign_in(PASSWORD)["AuthenticationResult"]["RefreshToken"]
    assert "IdToken" in pool.renew(token)["AuthenticationResult"]

    pool.client.revoke_token(ClientId=pool.client_id, Token=token)

    with pytest.raises(ClientError, match="NotAuthorizedException"):
        pool.renew(token)
