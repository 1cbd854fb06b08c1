"""The reference of each function: what its operations take and answer, for whoever invokes it directly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from shared.operations import DATA_MANAGEMENT, EXECUTION, QUERY, Operation
from shared.response_utils import SUCCESSES
from tools.contract.examples import answer_of, request_of
from tools.contract.markdown import code, generated, table
from tools.contract.naming import in_order
from tools.contract.prose.sizes import KEYS, SIZES
from tools.contract.schemas import Schema, Schemas, name_of, without_null

PATHS: Final[Mapping[str, str]] = MappingProxyType(
    {
        QUERY: "docs/api-reference/QUERY_HANDLER_API.md",
        DATA_MANAGEMENT: "docs/api-reference/DATA_MANAGEMENT_HANDLER_API.md",
        EXECUTION: "docs/api-reference/EXECUTION_HANDLER_API.md",
    }
)

_INTRO: Final = f"""\
Invoke the function under its alias `live` with the operation's name and its parameters, under `parameters` or beside
the name. The answer is the result itself, or an [error](../troubleshooting/ERROR_CODES.md). The same goes through the
API: what stands in a route is part of its path, the rest is the body of a POST or PUT and the query of a GET or DELETE.
Where a `clientToken` is taken, the header `Idempotency-Key` is the same. {KEYS} {SIZES}"""

_TYPES: Final = "What the tables above name. Of an answer what is not required may be absent; null is what says so."


def texts(operations: Sequence[Operation], schemas: Schemas) -> Iterator[tuple[str, str]]:
    """Path and text of each function's document."""
    for function, path in PATHS.items():
        own = [operation for operation in in_order(operations) if function in operation.homes]
        sections = [block for operation in own for block in _operation(operation, schemas)]
        types = [block for name in _types_of(own, schemas) for block in _type_section(name, schemas.components[name])]
        yield path, generated(f"# {function}", _INTRO, _contents(own), *sections, "## Types", _TYPES, *types)


def _contents(operations: Iterable[Operation]) -> str:
    rows = [(f"[{code(one.name)}](#{one.name})", code(str(one.routes[0])), one.summary) for one in operations]
    return table(("operation", "route", "does"), rows)


def _operation(operation: Operation, schemas: Schemas) -> Iterator[str]:
    request = schemas.request(operation.request_model)
    yield f"## {operation.name}"
    yield operation.summary
    yield _facts(operation)
    if request.get("properties"):
        yield table(("parameter", "type", "required"), _fields(request))
    yield _json({"operation": operation.name, **request_of(operation, schemas)})
    if operation.answer_model is None:
        yield "It answers an empty object."
        return
    yield f"It answers {_link(schemas.answer_name(operation.answer_model))}; for example:"
    yield _json(answer_of(operation, schemas))


def _json(value: Any) -> str:
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"


def _facts(operation: Operation) -> str:
    routes = " and ".join(code(str(route)) for route in operation.routes)
    lines = [f"- Route: {routes}, status {SUCCESSES[operation.success].value}"]
    if operation.aliases:
        lines.append(f"- Also called: {', '.join(map(code, operation.aliases))}")
    lines.append(f"- Permission: {code(operation.permission.value)}")
    lines.append(f"- Errors: {', '.join(code(each.value) for each in operation.errors)}")
    return "\n".join(lines)


def _types_of(operations: Sequence[Operation], schemas: Schemas) -> list[str]:
    """Every model that the tables name, by name."""
    asked = [schemas.request(one.request_model) for one in operations]
    told = [
        {"$ref": "#/components/schemas/" + schemas.answer_name(one.answer_model)}
        for one in operations
        if one.answer_model
    ]
    return sorted({name for schema in (*asked, *told) for name in schemas.below(schema)})


def _type_section(name: str, schema: Schema) -> Iterator[str]:
    yield f"### {name}"
    if "description" in schema:
        yield str(schema["description"])
    if "enum" in schema:
        yield "One of " + ", ".join(code(str(value)) for value in schema["enum"]) + "."
    elif schema.get("properties"):
        yield table(("field", "type", "required"), _fields(schema))


def _fields(schema: Schema) -> list[tuple[str, str, str]]:
    required = schema.get("required", ())
    either = {name for choice in schema.get("allOf", ()) for one in choice.get("oneOf", ()) for name in one["required"]}
    return [
        (code(name), _described(below), "yes" if name in required else "one of its names" if name in either else "")
        for name, below in schema["properties"].items()
    ]


def _described(schema: Schema) -> str:
    """The type in words, with its bounds and what is meant if nothing is said."""
    default = f"; {code(json.dumps(schema['default'], ensure_ascii=False))} unless told" if _has_default(schema) else ""
    nullable = without_null(schema) is not schema
    as_read = "; only as it was read" if schema.get("readOnly") else ""
    return _words(without_null(schema)) + (", or null" if nullable else "") + default + as_read


def _has_default(schema: Schema) -> bool:
    return schema.get("default") not in (None, "", [], {})


def _words(schema: Schema) -> str:
    if "$ref" in schema:
        return _link(name_of(schema))
    if "const" in schema:
        return code(json.dumps(schema["const"]))
    if "enum" in schema:
        return "one of " + ", ".join(code(str(value)) for value in schema["enum"])
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return " or ".join(_words(each) for each in choices)
    words = _WORDS.get(str(schema.get("type")))
    return words(schema) if words else "anything"


def _list(schema: Schema) -> str:
    return f"list of {_words(schema.get('items', {}))}" + _between(schema, "minItems", "maxItems", " items")


def _object(schema: Schema) -> str:
    values = schema.get("additionalProperties") or next(iter(schema.get("patternProperties", {}).values()), None)
    return f"object of {_words(values)}" if isinstance(values, dict) else "object"


def _text(schema: Schema) -> str:
    form = f", {code(schema['pattern'])}" if "pattern" in schema else ""
    kind = _FORMATS.get(str(schema.get("format")), "text")
    return kind + _between(schema, "minLength", "maxLength", " characters") + form


def _number(schema: Schema) -> str:
    bounds = _between(schema, "minimum", "maximum", "")
    return str(schema["type"]) + (bounds if " at " in bounds else bounds.replace(" of ", " from "))


_FORMATS: Final[Mapping[str, str]] = {"date-time": "instant", "ipv4": "IPv4 address"}

_WORDS: Final[Mapping[str, Callable[[Schema], str]]] = {
    "array": _list,
    "object": _object,
    "string": _text,
    "integer": _number,
    "number": _number,
    "boolean": lambda _: "true or false",
}


def _between(schema: Schema, least: str, most: str, unit: str) -> str:
    low, high = schema.get(least), schema.get(most)
    if low is not None and high is not None:
        return f" of {low} to {high}{unit}"
    if high is not None:
        return f" of at most {high}{unit}"
    return f" of at least {low}{unit}" if low is not None else ""


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"
