"""The five roles and what each may do."""

import pytest

from shared.roles import GRANTS, Caller, Permission, Role
from tests.support.roles_of_the_contract import GIVEN

RULES = {(Permission(permission), Role(role)): given for (permission, role), given in GIVEN.items()}


@pytest.mark.parametrize(("permission", "role"), RULES)
def test_a_role_gives_exactly_the_permissions_of_the_contract(permission: Permission, role: Role) -> None:
    assert (permission in GRANTS[role]) is RULES[permission, role]


def test_every_permission_but_the_two_open_ones_is_in_the_contract() -> None:
    assert {permission for permission, _ in RULES} == set(Permission) - {Permission.SIGNED_IN, Permission.PUBLIC}


def test_permissions_are_named_as_their_wire_values() -> None:
    assert all(permission.name == permission.value.upper() for permission in Permission)


def test_several_roles_give_the_union() -> None:
    both = Caller("Ann", frozenset({Role.READ_ONLY, Role.RECOVERY_MANAGER}))

    assert both.permissions == GRANTS[Role.READ_ONLY] | GRANTS[Role.RECOVERY_MANAGER]
    assert Caller("nobody").permissions == frozenset()
