"""What needs no plan and no group: who one is, where one is, and whether anybody is there."""

import json
from typing import Any

import pytest

from shared.roles import GRANTS, Role
from tests.integration.configuration.conftest import Call, System
from tests.support.configuration import HUB


def by_api(system: System, route: str, claims: dict[str, str] | None) -> tuple[int, dict[str, Any]]:
    method, resource = route.split(" ")
    context: dict[str, Any] = {"requestId": "api-1", "authorizer": {"claims": claims} if claims else {}}
    event = {"httpMethod": method, "resource": resource, "requestContext": context}
    answer = system.handlers[0](event, Call(invoked_function_arn=f"{Call.invoked_function_arn}-api"))
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.requirement("SRS-F64")
@pytest.mark.parametrize("role", Role)
def test_everybody_is_told_their_role_and_what_it_gives(system: System, role: Role) -> None:
    claims = {
        "token_use": "id",
        "email": "ann@example.com",
        "email_verified": "true",
        "cognito:groups": f"{role.value},Cooks",
    }

    status, body = by_api(system, "GET /user/permissions", claims)

    assert (status, body["user"], body["roles"]) == (200, "ann@example.com", [role.value])
    assert body["permissions"] == sorted(permission.value for permission in GRANTS[role])


@pytest.mark.requirement("SRS-F64")
def test_whoever_has_no_role_is_told_so_and_nobody_else_is_told_anything(system: System) -> None:
    status, body = by_api(system, "GET /user/permissions", {"token_use": "id", "sub": "s-1"})

    assert (status, body) == (200, {"user": "s-1", "roles": [], "permissions": []})
    assert by_api(system, "GET /user/permissions", None)[0] == 401


@pytest.mark.requirement("SRS-F65")
def test_health_needs_no_sign_in_and_touches_a_table(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    status, body = by_api(system, "GET /health", None)
    assert (status, body["status"]) == (200, "ok")

    def away(_keys: object) -> None:
        raise RuntimeError("the table is away")

    monkeypatch.setattr(system.tables["plans"], "batch_get", away)
    status, body = by_api(system, "GET /health", None)
    assert (status, body["error"]) == (500, "INTERNAL_ERROR")


@pytest.mark.requirement("SRS-F48")
def test_the_hub_says_which_account_and_regions_it_has(system: System) -> None:
    found = system.ask("get_current_account")

    assert (found["accountId"], found["region"], found["partition"]) == (HUB, "us-east-1", "aws")
    assert "eu-central-1" in found["drsRegions"]
    assert not any(region.startswith("us-gov") for region in found["drsRegions"])
