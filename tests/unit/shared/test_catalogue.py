"""Operations are found by name, alias and route, in the function that answers them."""

from typing import Any

import pytest

from shared.catalogue import Catalogue
from shared.errors import OperationNotFoundError
from shared.models.base import Model
from shared.operations import QUERY, Context, OperationTable, operation
from shared.roles import Permission


class Nothing(Model):
    pass


def use_case(request: Nothing, context: Context[Any]) -> None:
    """Do nothing."""


def catalogue() -> Catalogue:
    table = OperationTable()
    operation(
        "list_target_accounts",
        http="GET /accounts/targets",
        permission=Permission.VIEW_ACCOUNTS,
        also=("GET /accounts/target",),
        aliases=("get_target_accounts",),
        homes=(QUERY,),
        table=table,
    )(use_case)
    return Catalogue.of(table)


@pytest.mark.parametrize("name", ["list_target_accounts", "get_target_accounts"])
def test_an_operation_is_found_by_each_of_its_names(name: str) -> None:
    assert catalogue().by_name(name, QUERY).name == "list_target_accounts"


@pytest.mark.parametrize("path", ["/accounts/targets", "/accounts/target"])
def test_an_operation_is_found_by_each_of_its_routes(path: str) -> None:
    assert catalogue().by_route("GET", path, QUERY).name == "list_target_accounts"


def test_a_wrong_function_names_the_right_one() -> None:
    with pytest.raises(OperationNotFoundError, match="query-handler answers it") as raised:
        catalogue().by_name("get_target_accounts", "execution-handler")

    assert raised.value.details == {"operation": "list_target_accounts", "function": "query-handler"}


def test_what_does_not_exist_is_found_nowhere() -> None:
    with pytest.raises(OperationNotFoundError, match="there is no operation make_coffee") as raised:
        catalogue().by_name("make_coffee", QUERY)
    with pytest.raises(OperationNotFoundError, match="there is no DELETE /accounts/targets"):
        catalogue().by_route("DELETE", "/accounts/targets", QUERY)

    assert "function" not in raised.value.details
