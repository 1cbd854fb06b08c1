"""The five roles and what each may do."""

import re

import pytest

from shared.roles import GRANTS, Caller, Permission, Role

# Contract, section 3: Admin, RecoveryManager, PlanManager, Operator, ReadOnly.
CONTRACT = """
register_accounts, modify_accounts | x | x | | |
delete_accounts, delete_executions | x | | | |
view_accounts, view_executions, view_protection_groups, view_recovery_plans | x | x | x | x | x
start_recovery, stop_recovery | x | x | x | x |
terminate_instances | x | x | | |
create_protection_groups, delete_protection_groups, create_recovery_plans, delete_recovery_plans | x | x | x | |
modify_protection_groups, modify_recovery_plans | x | x | x | x |
export_configuration, import_configuration | x | x | | |
"""
RULES = {
    (Permission(name), role): mark.strip() == "x"
    for line in CONTRACT.strip().splitlines()
    for name in re.findall(r"[a-z]+(?:_[a-z]+)+", line)
    for role, mark in zip(Role, line.split("|")[1:], strict=True)
}


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
