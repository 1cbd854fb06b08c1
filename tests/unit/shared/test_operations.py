"""How operations are declared, and who may call them."""

from typing import Any

import pytest

from shared.errors import AuthenticationError, AuthorizationError, ErrorCode
from shared.models.base import Model
from shared.operations import EVERYWHERE, Context, Operation, OperationTable, Route, Success, authorise, operation
from shared.roles import Caller, Permission, Role

HOMES = ("query-handler", "data-management-handler")


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
    operation(name, http=f"GET {path}", permission=Permission.VIEW_PROTECTION_GROUPS, homes=HOMES, table=table)(
        use_case
    )


def caller(*roles: Role) -> Caller:
    return Caller("Ann", frozenset(roles))


def test_a_declaration_takes_model_route_and_summary_from_what_is_written_once() -> None:
    table = OperationTable()

    declared(table)

    [one] = table.all()
    assert one == Operation(
        name="get_protection_group",
        routes=(Route("GET", "/groups/{groupId}"),),
        permission=Permission.VIEW_PROTECTION_GROUPS,
        success=Success.OK,
        homes=HOMES,
        aliases=(),
        raises=(),
        request_model=GroupId,
        answer_model=Answer,
        run=use_case,
    )
    assert one.summary == "Say which group it is."
    assert table.get("get_protection_group") is one


def test_an_operation_cannot_be_declared_twice_nor_two_on_one_route_nor_under_one_alias() -> None:
    table = OperationTable()
    declared(table)
    more = operation(
        "drop_group",
        http="DELETE /groups/{groupId}",
        permission=Permission.PUBLIC,
        aliases=("get_protection_group",),
        homes=HOMES,
        table=table,
    )

    with pytest.raises(ValueError, match="already declared"):
        declared(table, path="/other/{groupId}")
    with pytest.raises(ValueError, match="already declared"):
        declared(table, name="list_protection_groups")
    with pytest.raises(ValueError, match="already declared"):
        more(use_case)


def test_what_stands_in_no_functions_package_says_its_homes() -> None:
    declare = operation("make_coffee", http="GET /coffee", permission=Permission.PUBLIC, table=OperationTable())

    with pytest.raises(ValueError, match="make_coffee has no home"):
        declare(use_case)


@pytest.mark.parametrize("http", ["GET", "PATCH /groups", "GET groups", "GET /groups/", "GET /groups/{group-id}"])
def test_what_is_no_route_is_refused(http: str) -> None:
    with pytest.raises(ValueError, match="is no route"):
        operation("x", http=http, permission=Permission.PUBLIC, homes=HOMES, table=OperationTable())(use_case)


def test_a_path_parameter_that_the_request_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="planId"):
        declared(OperationTable(), path="/plans/{planId}")


def test_a_use_case_without_a_request_model_is_refused() -> None:
    def careless(request: dict[str, Any], context: Context[Any]) -> Answer:
        return Answer(text=f"{request} {context}")

    declare = operation("get_execution", http="GET /executions", permission=Permission.PUBLIC, table=OperationTable())

    with pytest.raises(ValueError, match="careless must annotate"):
        declare(careless)


@pytest.mark.parametrize("answer", [dict, "Answer", Any, int])
def test_a_use_case_that_does_not_say_with_which_model_it_answers_is_refused(answer: Any) -> None:
    def careless(request: GroupId, context: Context[Any]) -> Any:
        return Answer(text=f"{request} {context}")

    careless.__annotations__["return"] = answer
    declare = operation("x", http="GET /x", permission=Permission.PUBLIC, homes=HOMES, table=OperationTable())

    with pytest.raises(ValueError, match="careless must annotate what it answers"):
        declare(careless)


def test_a_use_case_may_answer_nothing() -> None:
    def forget(request: GroupId, context: Context[Any]) -> None:
        """Forget it."""

    table = OperationTable()
    operation("forget", http="DELETE /x", permission=Permission.PUBLIC, homes=HOMES, table=table)(forget)

    assert table.get("forget").answer_model is None


def test_an_operation_without_a_permission_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="permission"):
        operation("x", http="GET /x", homes=HOMES, table=OperationTable())  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("permission", "unasked"),
    [
        (Permission.VIEW_EXECUTIONS, set()),
        (Permission.SIGNED_IN, {ErrorCode.AUTHORIZATION_ERROR}),
        (Permission.PUBLIC, {ErrorCode.AUTHENTICATION_ERROR, ErrorCode.AUTHORIZATION_ERROR}),
    ],
)
def test_an_operations_errors_are_those_of_every_call_and_its_own(
    permission: Permission, unasked: set[ErrorCode]
) -> None:
    table = OperationTable()
    own = (ErrorCode.CONFLICT_ERROR, ErrorCode.RESOURCE_NOT_FOUND)
    operation("x", http="GET /x", permission=permission, homes=HOMES, raises=own, table=table)(use_case)

    errors = table.get("x").errors

    assert set(errors) == {*EVERYWHERE, *own} - unasked
    assert sorted(errors, key=list(ErrorCode).index) == list(errors)


def test_what_every_call_may_be_refused_with_is_not_declared_again() -> None:
    declare = operation(
        "x",
        http="GET /x",
        permission=Permission.PUBLIC,
        homes=HOMES,
        raises=(ErrorCode.THROTTLED,),
        table=OperationTable(),
    )

    with pytest.raises(ValueError, match="any operation may raise THROTTLED"):
        declare(use_case)


class Rehearsal(Model):
    dry_run: bool = False


def test_a_rehearsal_has_made_nothing() -> None:
    def start(request: Rehearsal, _context: Context[Any]) -> Answer:
        return Answer(text=str(request))

    table = OperationTable()
    operation(
        "start",
        http="POST /starts",
        permission=Permission.START_RECOVERY,
        success=Success.ACCEPTED,
        homes=HOMES,
        table=table,
    )(start)
    [one] = table.all()

    assert one.success_of(Rehearsal(dry_run=True)) is Success.OK
    assert one.success_of(Rehearsal()) is Success.ACCEPTED
    assert one.success_of(GroupId(group_id="g")) is Success.ACCEPTED


def test_a_refusal_names_the_permission_and_the_roles() -> None:
    table = OperationTable()
    declared(table)
    [one] = table.all()

    authorise(one, caller(Role.READ_ONLY))
    with pytest.raises(AuthorizationError, match="view_protection_groups, and whoever calls has no role$") as raised:
        authorise(one, caller())

    assert raised.value.details == {"permission": "view_protection_groups"}


def test_a_refusal_names_all_roles_of_the_caller() -> None:
    table = OperationTable()
    operation(
        "terminate_instances",
        http="POST /t",
        permission=Permission.TERMINATE_INSTANCES,
        homes=HOMES,
        table=table,
    )(use_case)
    [terminate] = table.all()

    authorise(terminate, caller(Role.READ_ONLY, Role.RECOVERY_MANAGER))
    with pytest.raises(AuthorizationError, match="DRSOperator, DRSReadOnly"):
        authorise(terminate, caller(Role.READ_ONLY, Role.OPERATOR))


@pytest.mark.parametrize("permission", list(Permission))
def test_nobody_is_told_to_sign_in_unless_everybody_may(permission: Permission) -> None:
    table = OperationTable()
    operation("get_execution", http="GET /e", permission=permission, homes=HOMES, table=table)(use_case)
    nobody = Caller("nobody", unknown_because="sign in")

    if permission is Permission.PUBLIC:
        authorise(table.all()[0], nobody)
        return
    with pytest.raises(AuthenticationError, match="sign in"):
        authorise(table.all()[0], nobody)


def test_whoever_is_signed_in_may_what_needs_no_more_without_any_role() -> None:
    table = OperationTable()
    operation("get_me", http="GET /me", permission=Permission.SIGNED_IN, homes=HOMES, table=table)(use_case)

    authorise(table.all()[0], caller())
