"""The API of the real templates: every operation has its path there, and five users have the five roles."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from local.aws_cli import run_shell
from local.demo.configuration import PARAMETERS
from local.demo.users import DemoUser, create_users
from local.function_process import ROOT
from local.system import Blueprint, LocalSystem
from shared.operation_index import INDEX
from shared.roles import Role
from tests.integration.local.api import Response, ask, sign_in, sign_up
from tests.integration.local.conftest import told_drs
from tools.deployment.smoke import Smoke, get

ROUTES = sorted((name, route) for name, (_, _, routes, _) in INDEX.items() for route in routes)
PUBLIC = {"health"}
ORIGIN = "https://console.example.com"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSystem]:
    """The system of the real templates."""
    blueprint = Blueprint(parameters={**PARAMETERS, "ConsoleOrigin": ORIGIN})
    with LocalSystem(60, drs=told_drs, blueprint=blueprint, state_dir=tmp_path_factory.mktemp("users")) as running:
        yield running


@pytest.fixture(scope="module")
def users(system: LocalSystem) -> dict[Role, DemoUser]:
    """The demo's users by role."""
    return {user.role: user for user in create_users(system)}


@pytest.fixture(scope="module")
def tokens(system: LocalSystem, users: dict[Role, DemoUser]) -> dict[Role, str]:
    """The ID token of each."""
    return {role: sign_in(system, user.name, user.password)["IdToken"] for role, user in users.items()}


def call(system: LocalSystem, route: str, token: str | None = None) -> Response:
    """A call of a route, whatever its parameters are."""
    verb, _, path = route.partition(" ")
    return ask(system, verb, re.sub(r"\{\w+\}", "1", path), token=token)


@pytest.mark.parametrize(("operation", "route"), ROUTES, ids=str)
def test_every_operation_is_served_and_asks_who_calls(system: LocalSystem, operation: str, route: str) -> None:
    response = call(system, route)

    assert response.status == (200 if operation in PUBLIC else 401)
    if operation not in PUBLIC:
        assert response.json["error"] == "AUTHENTICATION_ERROR"


@pytest.mark.parametrize("path", sorted({route.partition(" ")[2] for _, route in ROUTES}))
def test_the_console_may_ask_before_it_calls_and_hears_the_methods_of_the_path(system: LocalSystem, path: str) -> None:
    response = call(system, f"OPTIONS {path}")

    offered = {route.partition(" ")[0] for _, route in ROUTES if route.partition(" ")[2] == path}
    assert response.status == 204
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert set(response.headers["Access-Control-Allow-Methods"].split(",")) == offered | {"OPTIONS"}
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]


def test_there_is_a_user_for_every_role(users: dict[Role, DemoUser]) -> None:
    assert set(users) == set(Role)


@pytest.mark.parametrize("role", list(Role))
def test_everybody_looks_and_only_who_may_makes_groups(
    system: LocalSystem, tokens: dict[Role, str], role: Role
) -> None:
    makes = {Role.ADMIN, Role.RECOVERY_MANAGER, Role.PLAN_MANAGER}

    seen = call(system, "GET /protection-groups", tokens[role])
    made = ask(system, "POST", "/protection-groups", b"{}", token=tokens[role])

    assert (seen.status, list(seen.json)) == (200, ["items"])
    expected = (400, "VALIDATION_ERROR") if role in makes else (403, "AUTHORIZATION_ERROR")
    assert (made.status, made.json["error"]) == expected
    assert seen.headers["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize("groups", [(), ("Janitors",), ("drsoperator",)], ids=str)
def test_who_is_in_no_group_of_ours_is_signed_in_and_may_nothing(system: LocalSystem, groups: tuple[str, ...]) -> None:
    name = f"guest-{'-'.join(groups).lower()}"
    for group in groups:
        client, pool_id = system.client("cognito-idp"), system.deployment.value("UserPoolId")
        client.create_group(UserPoolId=pool_id, GroupName=group)
    sign_up(system, name, *groups)

    response = call(system, "GET /protection-groups", sign_in(system, name)["IdToken"])

    assert (response.status, response.json["error"]) == (403, "AUTHORIZATION_ERROR")
    assert response.json["details"] == {"permission": "view_protection_groups"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"groupName": "\xff"}', "INVALID_ENCODING"),
        (b'{"groupName": ', "INVALID_JSON"),
        (b"[" * 10_000 + b"]" * 10_000, "TOO_DEEP"),
        (b'{"groupName": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "TOO_DEEP"),
        (b"[]", "OBJECT_REQUIRED"),
    ],
    ids=lambda value: str(value[:24]),
)
def test_a_body_that_cannot_be_read_is_refused_by_name(
    system: LocalSystem, tokens: dict[Role, str], body: bytes, code: str
) -> None:
    response = ask(system, "POST", "/protection-groups", body, token=tokens[Role.ADMIN])

    assert (response.status, response.json["error"]) == (400, "VALIDATION_ERROR")
    assert [field["code"] for field in response.json["details"]["fields"]] == [code]
    assert b"Traceback" not in response.body


def test_a_user_is_named_by_his_address_in_the_audit_log(system: LocalSystem, tokens: dict[Role, str]) -> None:
    call(system, "GET /protection-groups", tokens[Role.OPERATOR])

    log = (system.log_folder / f"{system.function_name('query-handler')}.log").read_text()
    assert '"operator@example.com"' in log


def test_the_guides_commands_sign_in_and_ask(system: LocalSystem, users: dict[Role, DemoUser]) -> None:
    guide = (ROOT / "docs" / "guides" / "LOCAL_SYSTEM.md").read_text(encoding="utf-8")
    (commands,) = [block for block in re.findall(r"```bash\n(.*?)```", guide, re.DOTALL) if "initiate-auth" in block]
    terminal = {
        **system.environment(),
        "USER_POOL_CLIENT_ID": system.deployment.value("UserPoolClientId"),
        "PASSWORD": users[Role.OPERATOR].password,
    }

    done = run_shell(commands, terminal)

    assert (done.code, json.loads(done.output)) == (0, {"items": []}), done.errors


def test_no_log_has_a_password_or_a_token(
    system: LocalSystem, users: dict[Role, DemoUser], tokens: dict[Role, str]
) -> None:
    call(system, "GET /protection-groups", tokens[Role.ADMIN])

    logs = "\n".join(path.read_text() for path in system.log_folder.iterdir())
    assert [user.name for user in users.values() if user.password in logs] == []
    assert [role for role, token in tokens.items() if token[-40:] in logs or token[:40] in logs] == []
    assert "password" not in repr(users[Role.ADMIN])


def test_each_user_has_a_password_of_his_own(users: dict[Role, DemoUser]) -> None:
    assert len({user.password for user in users.values()}) == len(users)
    assert all(len(user.password) >= 12 for user in users.values())


def test_the_start_with_its_api_is_quick(system: LocalSystem) -> None:
    assert system.started_in < 60, "it takes four seconds; many times as many beside whatever else runs here"


def test_a_deployment_asks_this_system_and_is_answered(system: LocalSystem) -> None:
    said: list[str] = []
    outputs = {
        "QueryHandlerFunctionName": system.deployment.value("QueryHandlerFunctionName"),
        "ApiEndpoint": str(system.api_endpoint),
        "UserPoolId": system.deployment.value("UserPoolId"),
    }

    Smoke(system.client("lambda"), get, lambda _: None, said.append).ask(outputs, over_http=True)

    assert said == [
        f"  {outputs['QueryHandlerFunctionName']}:live answers",
        f"  {system.api_endpoint}/health answers",
    ]
