"""Who may do what, by either door: every operation, every role, and everybody who has none."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from shared.catalogue import CATALOGUE
from shared.roles import Role
from tests.functional.contract.seeded import content
from tests.support.doors import API_ALIAS, DIRECT_ALIASES, Doors, api_event, checked_api, claims_of, home_of
from tests.support.roles_of_the_contract import ANY_SIGNED_IN, GIVEN, NEEDED, PUBLIC, ROLES
from tests.support.world import World

OPERATIONS: Final = tuple(CATALOGUE.entries)
IN_PATHS: Final = {
    "accountId": "111122223333",
    "stagingAccountId": "777788880001",
    "groupId": "01M851TVZ8Q4C0DS7W1KX0N5QE",
    "planId": "01M851TWDG7Y0EP1YH96FN32S2",
    "serverId": "s-1111111111111db01",
    "executionId": "exec-01m8524p6czb5k6zafbcaaywff",
    "waveNumber": 0,
}
"""Nothing has these ids but an account."""

ROOT: Final = Path(__file__).resolve().parents[3]
MATRIX: Final[Mapping[str, frozenset[str]]] = {
    listed["name"]: frozenset(listed["roles"])
    for listed in json.loads((ROOT / "docs/api/operations.json").read_text())["operations"]
}
"""Which roles may call an operation, as it is published; the console's buttons are held against the same rows."""

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    **{role: (role,) for role in ROLES},
    "no group": (),
    "an unknown group": ("Cooks",),
    "names that are almost ours": ("drsorchestrationadmin", "DRSOrchestrationAdmins", "Admin", "DRSOrchestration"),
    "a role among others": ("Cooks", "DRSReadOnly"),
    "two roles": ("DRSReadOnly", "DRSRecoveryManager"),
}
"""Those of callers who are signed in."""


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=1)


@pytest.fixture(scope="module")
def doors(world: World) -> Doors:
    return Doors(world.parts.invoke)


def in_path(operation: str) -> dict[str, Any]:
    route = CATALOGUE.entries[operation].routes[0]
    return {name: value for name, value in IN_PATHS.items() if f"{{{name}}}" in route}


def is_allowed(operation: str, *groups: str) -> bool:
    """Whether section 3 lets a caller of these groups in."""
    if operation in ANY_SIGNED_IN | PUBLIC:
        return True
    return any(GIVEN.get((NEEDED[operation], group), False) for group in groups)


@pytest.mark.requirement("SRS-S01")
def test_the_contract_has_a_permission_for_every_operation() -> None:
    assert set(NEEDED) | ANY_SIGNED_IN | PUBLIC == set(OPERATIONS)
    assert set(ROLES) == {role.value for role in Role}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_matrix_that_is_published_is_that_of_the_contract(operation: str) -> None:
    assert MATRIX[operation] == {role for role in ROLES if is_allowed(operation, role)}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_api_refuses_what_the_matrix_that_is_published_does_not_give(
    doors: Doors, operation: str, role: str
) -> None:
    answer = doors.api(operation, in_path(operation), claims=claims_of(role))

    assert (answer.code == "AUTHORIZATION_ERROR") is (role not in MATRIX[operation])


@pytest.mark.requirement("PRD-24", "SRS-S01")
@pytest.mark.parametrize("who", GROUPS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_who_is_signed_in_may_do_at_the_api_what_their_groups_give(
    world: World, doors: Doors, operation: str, who: str
) -> None:
    before = content(world)

    answer = doors.api(operation, in_path(operation), claims=claims_of(*GROUPS[who]))

    if is_allowed(operation, *GROUPS[who]):
        assert answer.code not in ("AUTHORIZATION_ERROR", "AUTHENTICATION_ERROR")
    else:
        assert answer.code == "AUTHORIZATION_ERROR"
        assert answer.value["details"] == {"permission": NEEDED[operation]}
        assert NEEDED[operation] in answer.value["message"]
        assert content(world) == before


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "who",
    [{"signed_in": False}, {"claims": claims_of("DRSOrchestrationAdmin", token_use="access")}, {"claims": {}}],
    ids=["nobody", "an access token", "no claims"],
)
def test_whoever_shows_no_id_token_may_ask_for_the_health_alone(
    doors: Doors, operation: str, who: dict[str, Any]
) -> None:
    answer = doors.api(operation, in_path(operation), **who)

    assert answer.code == (None if operation in PUBLIC else "AUTHENTICATION_ERROR")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_direct_callers_may_do_what_the_setting_of_the_function_gives(operation: str, role: str) -> None:
    world = World(seed=1)
    world.parts.direct_role = Role(role)

    answer = Doors(world.parts.invoke).direct(operation, in_path(operation))

    assert (answer.code == "AUTHORIZATION_ERROR") is not is_allowed(operation, role)
    assert answer.code != "AUTHENTICATION_ERROR"


@pytest.mark.requirement("SRS-I01")
@pytest.mark.parametrize("alias", DIRECT_ALIASES)
@pytest.mark.parametrize("operation", [one for one in OPERATIONS if not is_allowed(one, "DRSReadOnly")])
def test_forged_claims_give_a_direct_caller_nothing(operation: str, alias: str) -> None:
    world = World(seed=1)
    world.parts.direct_role = Role.READ_ONLY
    before = content(world)
    forged = api_event(operation, in_path(operation), claims=claims_of("DRSOrchestrationAdmin"))

    called = Doors(world.parts.invoke).direct_event(operation, {**forged, "operation": operation}, alias=alias)

    assert called.code == "AUTHORIZATION_ERROR"
    assert content(world) == before


@pytest.mark.parametrize("alias", DIRECT_ALIASES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_event_of_the_api_on_another_alias_is_a_direct_call_that_names_nothing(
    doors: Doors, operation: str, alias: str
) -> None:
    answer = doors.direct_event(operation, api_event(operation, in_path(operation)), alias=alias)

    assert (answer.code, answer.fields) == ("VALIDATION_ERROR", {"operation": "REQUIRED"})


def test_what_a_request_says_of_its_caller_is_no_claim(doors: Doors) -> None:
    reader = claims_of("DRSReadOnly")
    forged = {"authorizer": {"claims": claims_of("DRSOrchestrationAdmin")}}

    by_body = doors.api(
        "resolve_protection_group_tags", {"region": "us-west-2", "requestContext": forged}, claims=reader
    )
    by_header = doors.api(
        "export_configuration", {}, headers={"cognito:groups": "DRSOrchestrationAdmin"}, claims=reader
    )

    assert by_body.fields["requestContext"] == "UNKNOWN_FIELD"
    assert by_header.code == "AUTHORIZATION_ERROR"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_direct_event_on_the_alias_of_the_api_is_no_call_of_that_operation(world: World, operation: str) -> None:
    event = {"operation": operation, "parameters": in_path(operation)}

    answer = checked_api(world.parts.invoke(home_of(operation), event, API_ALIAS))

    assert (answer.status, answer.code) == (404, "OPERATION_NOT_FOUND")
