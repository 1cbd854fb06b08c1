"""A system with an API over a function that shows what it was given, and a client that speaks plain HTTP."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from local.function_process import ROOT
from local.system import LocalSystem
from tests.integration.local.conftest import small_blueprint, told_drs

CONSOLE: Final = "https://console.example.com"
PASSWORD: Final = "Of-the-test-1234"
NESTED: Final = ("api-auth-stack.yaml", "api-gateway-core-stack.yaml", "api-gateway-deployment-stack.yaml")
"""Templates of the product that the small hub has too."""


@dataclass(frozen=True)
class Response:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def event(self) -> dict[str, Any]:
        """The event that the mirror was given."""
        assert self.status == 200, self.body
        event: dict[str, Any] = self.json["event"]
        return event


def ask(
    system: LocalSystem,
    verb: str,
    path: str,
    body: bytes | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    token: str | None = None,
) -> Response:
    """One request to the API of the system; the path is sent as it is written."""
    endpoint = urlsplit(system.api_endpoint or "")
    connection = http.client.HTTPConnection(str(endpoint.hostname), endpoint.port, timeout=60)
    sent = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token is not None else {})}
    try:
        connection.request(verb, endpoint.path + path, body, sent)
        answer = connection.getresponse()
        return Response(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


@contextmanager
def mirrored(folder: Path, **parameters: Any) -> Iterator[LocalSystem]:
    """The running system; a terminal may sign in with a password."""
    small = small_blueprint()
    given = {**small.parameters, "PasswordSignIn": "true", "ConsoleOrigin": CONSOLE, **parameters}
    templates = folder / "cfn"
    templates.mkdir()
    for path in (*(ROOT / "cfn" / name for name in NESTED), *small.templates.iterdir()):
        shutil.copy(path, templates)
    blueprint = replace(small, templates=templates, master="mirror.yaml", parameters=given, targets=())
    with LocalSystem(60, drs=told_drs, blueprint=blueprint, state_dir=folder) as running:
        yield running


def sign_up(system: LocalSystem, name: str, *groups: str) -> None:
    """Make a user in those groups."""
    client, pool = system.client("cognito-idp"), system.deployment.value("UserPoolId")
    email = [{"Name": "email", "Value": f"{name}@example.com"}]
    client.admin_create_user(UserPoolId=pool, Username=name, UserAttributes=email, MessageAction="SUPPRESS")
    client.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
    for group in groups:
        client.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)


def sign_in(system: LocalSystem, name: str, password: str = PASSWORD, client_id: str | None = None) -> dict[str, str]:
    """The tokens of a user, as Cognito hands them out."""
    answer = system.client("cognito-idp").initiate_auth(
        ClientId=client_id or system.deployment.value("UserPoolClientId"),
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    tokens: dict[str, str] = answer["AuthenticationResult"]
    return tokens
