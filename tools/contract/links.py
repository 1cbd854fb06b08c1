"""What can be done next with what an operation has made: the id in its answer is in the path of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.operations import Operation
from tools.contract.schemas import Schemas


def links_of(operation: Operation, operations: Sequence[Operation], schemas: Schemas) -> dict[str, Any]:
    """The OpenAPI links of a POST to a collection, to everything whose path is one thing of it."""
    route = operation.routes[0]
    if route.method != "POST" or route.parameters or operation.answer_model is None:
        return {}
    answered = schemas.answer(operation.answer_model).get("properties", {})
    return {
        other.name: {
            "operationId": other.name,
            "parameters": {name: f"$response.body#/{name}" for name in sorted(other.routes[0].parameters)},
        }
        for other in operations
        if other.routes[0].path.startswith(f"{route.path}/{{") and other.routes[0].parameters <= answered.keys()
    }
