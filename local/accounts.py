"""Credentials of any account, and clients that use them over HTTP as any outside client would."""

import importlib
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

import boto3
from botocore.config import Config

from local.cloudformation.template import Place

HUB_ACCOUNT: Final = "123456789012"
OPERATOR_ROLE: Final = "Operator"


class Accounts:
    """Hands out session credentials of administrators, one per account, made inside moto without asking STS."""

    def __init__(self, region: str, endpoint: str, drs_endpoint: Callable[[], str]) -> None:
        self._region = region
        self._endpoint = endpoint
        self._drs_endpoint = drs_endpoint
        self._credentials: dict[str, Mapping[str, str]] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()
        self._session = boto3.session.Session()  # shared, because it keeps the service models it has read

    def credentials(self, account: str) -> Mapping[str, str]:
        """Credentials of the account's administrator, as environment variables."""
        if account not in self._credentials:
            arn = f"arn:aws:iam::{account}:role/{OPERATOR_ROLE}"
            self._credentials[account] = session_credentials(arn, "operator", self._region)
        return self._credentials[account]

    def client(self, service: str, account: str, region: str) -> Any:
        """A boto3 client of any service in any account and region; the same one each time, safe in every thread."""
        with self._lock:
            known = (service, account, region)
            if known not in self._clients:
                self._clients[known] = self._make(service, account, region)
            return self._clients[known]

    def _make(self, service: str, account: str, region: str) -> Any:
        keys = self.credentials(account)
        return self._session.client(
            service,  # type: ignore[call-overload]
            region_name=region,
            endpoint_url=self._drs_endpoint() if service == "drs" else self._endpoint,
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=keys["AWS_SESSION_TOKEN"],
            config=Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=900),
        )

    def client_at(self, service: str, place: Place) -> Any:
        """A client in the place of a stack."""
        return self.client(service, place.account, place.region)

    def close(self) -> None:
        """Closes the connections of all clients."""
        for client in self._clients.values():
            client.close()


def session_credentials(role_arn: str, session_name: str, region: str) -> Mapping[str, str]:
    """Credentials of a role's session, made by moto's STS without asking the trust policy, as a service's own would."""
    backends = importlib.import_module("moto.sts.models").sts_backends
    partition, account = role_arn.split(":")[1], role_arn.split(":")[4]
    session = backends[account][partition].assume_role(
        region_name=region,
        role_session_name=session_name,
        role_arn=role_arn,
        policy="",
        duration=12 * 3600,
        external_id="",
    )
    return {
        "AWS_ACCESS_KEY_ID": session.access_key_id,
        "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
        "AWS_SESSION_TOKEN": session.session_token,
    }
