"""Signs people in as Cognito does: by a proof of the password, and with sessions that are renewed and revoked."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from local.moto_patches.patches import Patches
from local.moto_patches.srp import Exchange

_VERIFIER = "PASSWORD_VERIFIER"


def install(patches: Patches) -> None:
    """moto asks for a proof of the password and never looks at it, and knows neither renewal nor revocation."""
    if not patches.begin(__name__):
        return
    models = importlib.import_module("moto.cognitoidp.models")
    refusal = importlib.import_module("moto.cognitoidp.exceptions").NotAuthorizedError
    exchanges: dict[str, Exchange] = {}

    def initiate_auth(self: Any, client_id: str, auth_flow: str, auth_parameters: dict[str, str]) -> dict[str, Any]:
        answer: dict[str, Any] = real_initiate(self, client_id, auth_flow, auth_parameters)
        if answer.get("ChallengeName") != _VERIFIER:
            return answer
        session = answer.pop("Session")
        username, pool = self.sessions.pop(session)
        user = self.admin_get_user(pool.id, username)
        exchange = Exchange(
            pool.id.partition("_")[2], user.username, user.password or "", int(auth_parameters["SRP_A"], 16)
        )
        if not exchange.is_sound:
            raise refusal("Incorrect username or password.")
        exchanges[exchange.block] = exchange
        self.sessions[exchange.block] = (username, pool)
        return {**answer, "ChallengeParameters": _challenge(exchange)}

    def respond(
        self: Any, session: str, client_id: str, challenge_name: str, challenge_responses: dict[str, str]
    ) -> dict[str, Any]:
        if challenge_name == _VERIFIER and not _is_proved(exchanges, challenge_responses):
            raise refusal("Incorrect username or password.")
        answer: dict[str, Any] = real_respond(self, session, client_id, challenge_name, challenge_responses)
        if challenge_name == _VERIFIER and "ChallengeName" in answer:
            answer["Session"] = challenge_responses["PASSWORD_CLAIM_SECRET_BLOCK"]
        return answer

    real_initiate = patches.replace(models.CognitoIdpBackend, "initiate_auth", initiate_auth)
    real_respond = patches.replace(models.CognitoIdpBackend, "respond_to_auth_challenge", respond)
    _install_sessions(patches)


def _install_sessions(patches: Patches) -> None:
    responses = importlib.import_module("moto.cognitoidp.responses")
    result = importlib.import_module("moto.core.responses").ActionResult

    def get_tokens_from_refresh_token(self: Any) -> Any:
        renewed = self._get_region_agnostic_backend().initiate_auth(
            self._get_param("ClientId"), "REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": self._get_param("RefreshToken")}
        )
        return result(renewed)

    def revoke_token(self: Any) -> Any:
        found = self._get_region_agnostic_backend()._find_backend_for_clientid(self._get_param("ClientId"))
        for pool in found.user_pools.values():
            pool.refresh_tokens.pop(self._get_param("Token"), None)
        return result({})

    patches.replace(responses.CognitoIdpResponse, "get_tokens_from_refresh_token", get_tokens_from_refresh_token)
    patches.replace(responses.CognitoIdpResponse, "revoke_token", revoke_token)


def _challenge(exchange: Exchange) -> Mapping[str, str]:
    return {
        "SALT": f"{exchange.salt:x}",
        "SRP_B": f"{exchange.server_public:x}",
        "USERNAME": exchange.username,
        "USER_ID_FOR_SRP": exchange.username,
        "SECRET_BLOCK": exchange.block,
    }


def _is_proved(exchanges: dict[str, Exchange], said: Mapping[str, str]) -> bool:
    exchange = exchanges.pop(said.get("PASSWORD_CLAIM_SECRET_BLOCK", ""), None)
    return exchange is not None and exchange.proves(said.get("PASSWORD_CLAIM_SIGNATURE", ""), said.get("TIMESTAMP", ""))
