"""What can be done next with what an operation answers, as OpenAPI links.

They follow from paths, models and examples: the id of what was made is in the path or query of another operation, or
its example request speaks of it; a version is what the next change is made on; a page has a next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

from shared.operations import Operation
from tools.contract.examples import request_of
from tools.contract.prose.samples import SAMPLES
from tools.contract.schemas import Schemas

_PAGE: Final = "nextToken"
_VERSION: Final = "version"
_WITHOUT_BODY: Final = ("GET", "DELETE")


def links_of(operation: Operation, operations: Sequence[Operation], schemas: Schemas) -> dict[str, Any]:
    """The links of an answer, by the operation that they lead to."""
    if operation.answer_model is None:
        return {}
    answered = schemas.answer(operation.answer_model).get("properties", {}).keys()
    route = operation.routes[0]
    makes = route.method == "POST" and not route.parameters
    ids = answered & (_below(route.path, operations) if makes else route.parameters)
    found = {}
    if _PAGE in answered & _asked(operation, schemas):
        found[operation.name] = _link(operation, _next_page(operation, schemas))
    for other in operations:
        if makes and other is operation:
            continue
        changes = other.routes[0].path == route.path or (makes and other.routes[0].path.startswith(f"{route.path}/{{"))
        version = {_VERSION} & answered & _asked(other, schemas) if changes else set()
        if makes or version:
            values = _named(other, ids, schemas) | {name: f"$response.body#/{name}" for name in version}
            if values and other.routes[0].parameters <= values.keys():
                found[other.name] = _link(other, values)
    return found


def _below(path: str, operations: Sequence[Operation]) -> set[str]:
    """The parameters that name one thing of a collection, and what is below it."""
    routes = [other.routes[0] for other in operations]
    return {name for each in routes if each.path.startswith(f"{path}/{{") for name in each.parameters}


def _asked(operation: Operation, schemas: Schemas) -> Set[str]:
    return set(schemas.request(operation.request_model).get("properties", {}))


def _next_page(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    """The same call once more, with the token; filters that may be left out are the caller's to repeat."""
    route = operation.routes[0]
    needed = schemas.request(operation.request_model).get("required", ())
    beside = "query." if route.method in _WITHOUT_BODY else "body#/"
    same = {name: f"$request.{'path.' if name in route.parameters else beside}{name}" for name in needed}
    return same | {_PAGE: f"$response.body#/{_PAGE}"}


def _named(operation: Operation, ids: Set[str], schemas: Schemas) -> dict[str, Any]:
    """The fields of a request that are ids of an answer, or that speak of one in the example of the request."""
    route, known = operation.routes[0], {SAMPLES[name]: f"$response.body#/{name}" for name in ids}
    plain = ids & (route.parameters if route.method not in _WITHOUT_BODY else _asked(operation, schemas))
    found: dict[str, Any] = {name: f"$response.body#/{name}" for name in plain}
    if route.method not in _WITHOUT_BODY:
        for name, value in request_of(operation, schemas).items():
            changed = _instead(value, known)
            if changed != value:
                found[name] = changed
    return found


def _instead(value: Any, known: Mapping[Any, str]) -> Any:
    """The value with an expression in the place of each id of the examples."""
    if isinstance(value, dict):
        return {name: _instead(each, known) for name, each in value.items()}
    if isinstance(value, list):
        return [_instead(each, known) for each in value]
    return known.get(value, value)


def _link(operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
    """The link: what a body holds is in its own place, beside what else an example has there."""
    route = operation.routes[0]
    outside = values if route.method in _WITHOUT_BODY else {name: values[name] for name in sorted(route.parameters)}
    body = {name: value for name, value in values.items() if name not in outside}
    return {
        "operationId": operation.name,
        **({"parameters": dict(sorted(outside.items()))} if outside else {}),
        **({"requestBody": body} if body else {}),
    }
