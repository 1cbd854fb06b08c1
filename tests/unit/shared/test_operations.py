"""The operation table: roles, homes and declarations."""

import re
from typing import Any

import pytest
from pydantic import BaseModel

from shared.errors import AuthorizationError, OperationNotFoundError
from shared.models.base import Model
from shared.operations import (
    GRANTS,
    HOMES,
    Context,
    Operation,
    OperationTable,
    Permission,
    Role,
    Success,
    authorise,
    operation,
)

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


class GroupId(Model):
    group_id: str


class Answer(Model):
    text: str


def use_case(request: GroupId, context: Context[Any]) -> Answer:
    """Say which group it is.

    And nothing more.
    """
    return Answer(text=f"{request.group_id} for {context.actor}")


def declared(table: OperationTable, name: str = "get_protection_group", path: str = "/groups/{groupId}") -> None:
    operation(name, http=f"GET {path}", permission=Permission.VIEW_PROTECTION_GROUPS, table=table)(use_case)


@pytest.mark.parametrize(("permission", "role"), RULES)
def test_a_role_gives_exactly_the_permissions_of_the_contract(permission: Permission, role: Role) -> None:
    assert (permission in GRANTS[role]) is RULES[permission, role]


def test_every_permission_but_the_two_open_ones_is_in_the_contract() -> None:
    assert {permission for permission, _ in RULES} == set(Permission) - {Permission.SIGNED_IN, Permission.PUBLIC}


def test_permissions_are_named_as_their_wire_values() -> None:
    assert all(permission.name == permission.value.upper() for permission in Permission)


def test_a_declaration_takes_model_route_and_summary_from_what_is_written_once() -> None:
    table = OperationTable()

    declared(table)

    assert table.all() == (
        Operation(
            name="get_protection_group",
            method="GET",
            path="/groups/{groupId}",
            permission=Permission.VIEW_PROTECTION_GROUPS,
            success=Success.OK,
            request_model=GroupId,
            run=use_case,
            summary="Say which group it is.",
        ),
    )


def test_a_function_finds_its_own_operation() -> None:
    table = OperationTable()
    declared(table)

    found = table.find("get_protection_group", "query-handler")

    assert found.functions == ("query-handler", "data-management-handler")


def test_a_wrong_function_names_the_right_one() -> None:
    table = OperationTable()
    declared(table)

    with pytest.raises(OperationNotFoundError, match="query-handler answers it") as raised:
        table.find("get_protection_group", "execution-handler")

    assert raised.value.details["function"] == "query-handler"


def test_an_unknown_operation_is_not_found_anywhere() -> None:
    with pytest.raises(OperationNotFoundError, match="there is no operation make_coffee") as raised:
        OperationTable().find("make_coffee", "query-handler")

    assert "function" not in raised.value.details


def test_an_operation_cannot_be_declared_twice_nor_two_on_one_route() -> None:
    table = OperationTable()
    declared(table)

    with pytest.raises(ValueError, match="already declared"):
        declared(table, path="/other/{groupId}")
    with pytest.raises(ValueError, match="already declared"):
        declared(table, name="list_protection_groups")


def test_an_operation_without_a_home_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="make_coffee has no home"):
        declared(OperationTable(), name="make_coffee")


def test_a_path_parameter_that_the_request_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="planId"):
        declared(OperationTable(), path="/plans/{planId}")


def test_a_use_case_without_a_request_model_is_refused() -> None:
    def careless(request: dict[str, Any], context: Context[Any]) -> Answer:
        return Answer(text=f"{request} {context}")

    declare = operation("get_execution", http="GET /executions", permission=Permission.PUBLIC, table=OperationTable())

    with pytest.raises(ValueError, match="careless must annotate"):
        declare(careless)


def test_a_refusal_names_the_permission_and_the_roles() -> None:
    table = OperationTable()
    declared(table)
    [one] = table.all()

    authorise(one, {Role.READ_ONLY})
    with pytest.raises(AuthorizationError, match="view_protection_groups") as raised:
        authorise(one, ())

    assert raised.value.details == {"permission": "view_protection_groups"}


def test_several_roles_give_the_union() -> None:
    table = OperationTable()
    operation("terminate_instances", http="POST /t", permission=Permission.TERMINATE_INSTANCES, table=table)(use_case)
    [terminate] = table.all()

    authorise(terminate, {Role.READ_ONLY, Role.RECOVERY_MANAGER})
    with pytest.raises(AuthorizationError, match="DRSOperator, DRSReadOnly"):
        authorise(terminate, {Role.READ_ONLY, Role.OPERATOR})


@pytest.mark.parametrize("permission", [Permission.PUBLIC, Permission.SIGNED_IN])
def test_what_needs_no_role_is_open_to_callers_without_one(permission: Permission) -> None:
    table = OperationTable()
    operation("get_execution", http="GET /e", permission=permission, table=table)(use_case)

    authorise(table.all()[0], ())


def test_reads_live_in_the_query_handler_first() -> None:
    reads = {name for name in HOMES if name.startswith(("get_", "list_", "preflight_"))}

    assert {HOMES[name][0] for name in reads} == {"query-handler"}
    assert all("query-handler" not in HOMES[name] for name in HOMES.keys() - reads)


def test_request_models_are_pydantic_models() -> None:
    assert issubclass(GroupId, BaseModel)
