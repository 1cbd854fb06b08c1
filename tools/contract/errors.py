"""The envelope of each error as a schema, and who answers which of them with what status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from shared.errors import MOST_FIELDS, ConflictReason, DrsOrchestrationError, ErrorCode
from shared.operations import Operation
from shared.response_utils import STATUSES
from tools.contract.prose.codes import CODES
from tools.contract.prose.field_codes import FIELD_CODES
from tools.contract.schemas import Schema, reference

_TEXT: Final = {"type": "string"}

_FIELD: Final[Schema] = {
    "type": "object",
    "properties": {
        "field": {**_TEXT, "description": "The JSON path below the request, such as `waves[1].dependsOnWaves[0]`"},
        "reason": _TEXT,
        "code": {**_TEXT, "examples": sorted(FIELD_CODES)},
    },
    "required": ["field", "reason", "code"],
    "additionalProperties": False,
}

_DETAILS: Final[Mapping[ErrorCode, Mapping[str, Schema]]] = {
    ErrorCode.VALIDATION_ERROR: {"fields": {"type": "array", "items": _FIELD, "minItems": 1, "maxItems": MOST_FIELDS}},
    ErrorCode.CONFLICT_ERROR: {"reason": {"enum": [reason.value for reason in ConflictReason]}},
    ErrorCode.PREFLIGHT_FAILED: {"findings": {"type": "array", "items": reference("Finding"), "minItems": 1}},
}
"""What `details` always has, beside what it may have; where nothing is said, API Gateway answers the code with none."""

_MORE_FIELDS: Final[Schema] = {
    "type": "integer",
    "minimum": 1,
    "description": f"How many more were found to be wrong, if not all are among the {MOST_FIELDS} `fields`",
}


def error_classes() -> dict[ErrorCode, type[DrsOrchestrationError]]:
    """The class of each code."""
    return {each.code: each for each in DrsOrchestrationError.__subclasses__()}


def error_schemas() -> dict[str, Schema]:
    """The envelope of each code, by the name of its class."""
    return {kind.__name__: _envelope(code, kind) for code, kind in sorted(error_classes().items())}


def by_status(operation: Operation) -> dict[HTTPStatus, tuple[ErrorCode, ...]]:
    """What may go wrong with an operation at the REST door, by the status that says so.

    API Gateway refuses some requests of any operation by itself: 403 by its policy or a firewall, whoever calls, and
    413 for a body that is too large, also where none is taken.
    """
    found: dict[HTTPStatus, tuple[ErrorCode, ...]] = {
        HTTPStatus.FORBIDDEN: (ErrorCode.AUTHORIZATION_ERROR,),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (ErrorCode.VALIDATION_ERROR,),
    }
    for code in operation.errors:
        found[STATUSES[code]] = tuple(dict.fromkeys((*found.get(STATUSES[code], ()), code)))
    return dict(sorted(found.items()))


def one_of(codes: Iterable[ErrorCode]) -> Schema:
    """The schema of an answer that is one of these errors."""
    classes = error_classes()
    found = [reference(classes[code].__name__) for code in codes]
    return found[0] if len(found) == 1 else {"oneOf": found}


def _retryable(kind: type[DrsOrchestrationError]) -> Schema:
    """Of some errors it depends on what AWS said."""
    depends = kind.is_retryable is not DrsOrchestrationError.is_retryable
    return {"type": "boolean"} if depends else {"const": kind.retryable}


def _envelope(code: ErrorCode, kind: type[DrsOrchestrationError]) -> Schema:
    always = _DETAILS.get(code, {})
    details: dict[str, Any] = {"type": "object"}
    if always:
        maybe = {"moreFields": _MORE_FIELDS} if code is ErrorCode.VALIDATION_ERROR else {}
        details |= {"properties": {**always, **maybe}, "required": sorted(always)}
    return {
        "description": f"{CODES[code].means}.",
        "type": "object",
        "properties": {
            "error": {"const": code.value},
            "message": {**_TEXT, "description": "A sentence for people"},
            "details": details,
            "retryable": _retryable(kind),
            "requestId": {**_TEXT, "description": "Finds the call in the logs"},
        },
        "required": ["error", "message", "details", "retryable", "requestId"],
        "additionalProperties": False,
    }
