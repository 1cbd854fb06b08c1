"""The list of operations for programs: who answers what, on which routes, for whom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from shared.operations import Operation
from shared.response_utils import SUCCESSES
from shared.roles import GRANTS, Permission, Role
from tools.contract.naming import in_order, tag_of

PATH: Final = "docs/api/operations.json"


def text(operations: Sequence[Operation]) -> str:
    """The list as JSON."""
    whole = {
        "generated": "by make contract, from the declarations of the operations",
        "operations": [_listed(operation) for operation in in_order(operations)],
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def roles_for(permission: Permission) -> tuple[Role, ...]:
    """The roles that give a permission; for what needs none all of them."""
    if permission in (Permission.SIGNED_IN, Permission.PUBLIC):
        return tuple(Role)
    return tuple(role for role in Role if permission in GRANTS[role])


def _listed(operation: Operation) -> dict[str, Any]:
    fields = operation.request_model.model_fields
    return {
        "name": operation.name,
        "aliases": list(operation.aliases),
        "about": tag_of(operation.routes[0].path),
        "summary": operation.summary,
        "functions": list(operation.homes),
        "routes": [{"method": route.method, "path": route.path} for route in operation.routes],
        "permission": operation.permission.value,
        "roles": [role.value for role in roles_for(operation.permission)],
        "status": SUCCESSES[operation.success].value,
        "errors": [code.value for code in operation.errors],
        "takesClientToken": "client_token" in fields,
        "takesDryRun": "dry_run" in fields,
    }
