"""API_ENDPOINTS_CURRENT.md: every route; and what the README says of the operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.operations import DATA_MANAGEMENT, EXECUTION, QUERY, Operation
from shared.response_utils import SUCCESSES
from shared.roles import Permission, Role
from tools.contract.listing import roles_for
from tools.contract.markdown import code, generated, table
from tools.contract.naming import by_tag, in_order

PATH: Final = "docs/reference/API_ENDPOINTS_CURRENT.md"

_INTRO: Final = """\
Each of these is an operation that can also be invoked directly, by its name. What goes in and out is in
[openapi.json](../api/openapi.json) and, function by function, in [QUERY](../api-reference/QUERY_HANDLER_API.md),
[DATA_MANAGEMENT](../api-reference/DATA_MANAGEMENT_HANDLER_API.md) and
[EXECUTION](../api-reference/EXECUTION_HANDLER_API.md); errors are in [ERROR_CODES](../troubleshooting/ERROR_CODES.md).
The function is the one that API Gateway invokes; some answer by direct invocation in another as well."""

_ANOTHER: Final = "A path and method that are not here answer 404 `OPERATION_NOT_FOUND`."


def text(operations: Sequence[Operation]) -> str:
    """The document."""
    sections = []
    for tag, members in by_tag(operations):
        sections += [f"## {tag}", table(("route", "operation", "function", "permission", "answers"), _rows(members))]
    return generated(
        "# Endpoints of the API", counts(operations), _INTRO, *sections, _ANOTHER, "## Who may", _who_may(operations)
    )


def counts(operations: Sequence[Operation]) -> str:
    """How many there are, in one sentence."""
    routes = sum(len(operation.routes) for operation in operations)
    each = [f"{sum(home in one.homes for one in operations)} by {home}" for home in (QUERY, DATA_MANAGEMENT, EXECUTION)]
    return (
        f"{len(operations)} operations on {routes} routes; by direct invocation {', '.join(each[:-1])} and {each[-1]}."
    )


def readme_section(operations: Sequence[Operation]) -> str:
    """The table of the README."""
    rows = [
        (code(one.name), ", ".join(one.homes), code(one.permission.value), one.summary.removesuffix("."))
        for one in in_order(operations)
    ]
    return f"{counts(operations)}\n\n{table(('operation', 'function', 'permission', 'does'), rows)}"


def _rows(operations: Sequence[Operation]) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            code(str(route)) + ("" if route == one.routes[0] else " (the same)"),
            code(one.name),
            one.homes[0],
            code(one.permission.value),
            str(SUCCESSES[one.success].value),
        )
        for one in operations
        for route in one.routes
    ]


def _who_may(operations: Sequence[Operation]) -> str:
    used = {one.permission for one in operations}
    asked = [each for each in Permission if each in used and each not in (Permission.SIGNED_IN, Permission.PUBLIC)]
    rows = [(code(each.value), *("x" if role in roles_for(each) else "" for role in Role)) for each in asked]
    return table(("permission", *(role.value for role in Role)), rows)
