"""The direct door: `{"operation": …, "parameters": {…}}`, which IAM has let in.

An event is a direct call whatever else it contains: claims in it give no role.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from shared.catalogue import Catalogue
from shared.errors import DrsOrchestrationError, ValidationError
from shared.invocation import LambdaCall
from shared.json_input import Sent, check_json, glimpse, merged, parse_json, readable
from shared.models.violation import Violation
from shared.operations import Operation, Success, WireModel
from shared.response_utils import error_object, success_object
from shared.roles import Caller, Role

_PLACES: Final = ("parameters", "queryParams", "body")
_ENVELOPE: Final = frozenset({"operation", "requestedBy", *_PLACES})
_LONGEST: Final = 128
"""So much of a text that the caller chose goes into the audit log, in characters."""

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\U00010000-\U0010ffff]")
"""Ends of lines, what terminals obey, and half a surrogate pair, which no log, table or answer can be written with."""


class DirectDoor:
    """One invocation by name; direct callers have the role that the function's setting gives them."""

    name = "direct"
    source_ip = ""

    def __init__(self, event: Any, call: LambdaCall, role: Role) -> None:
        self._event: Mapping[str, Any] = event if isinstance(event, Mapping) else {}
        self._is_object = isinstance(event, Mapping)
        self._role = role
        self.request_id = call.aws_request_id

    @property
    def asked_for(self) -> str:
        """What was called for, as the audit log shows it."""
        return _one_line(self._event.get("operation")) or "?"

    @property
    def caller(self) -> Caller:
        """Whoever may invoke the function: Lambda does not say who it is, and what it says of itself is unverified."""
        claimed = _one_line(self._event.get("requestedBy"))
        actor = f"direct invocation {self.request_id}" + (f" (unverified: {claimed})" if claimed else "")
        return Caller(actor, frozenset({self._role}))

    def operation(self, catalogue: Catalogue, function_name: str) -> Operation:
        """The operation that the event names."""
        if not self._is_object:
            raise ValidationError.one("event", "must be a JSON object", "OBJECT_REQUIRED")
        name = self._event.get("operation")
        if name is None:
            raise ValidationError.one("operation", "must name an operation", "REQUIRED")
        if not isinstance(name, str):
            raise ValidationError.one("operation", "must be text", "WRONG_TYPE")
        check_json({"operation": name}, "event")
        return catalogue.by_name(name, function_name)

    def parameters(self, _operation: Operation) -> Sent:
        """They may stand under `parameters`, `queryParams` or `body`, or beside `operation`."""
        beside = {name: value for name, value in self._event.items() if name not in _ENVELOPE}
        return merged(
            self._who,
            lambda: readable(beside, "event"),
            *(partial(_object, self._event, name) for name in _PLACES),
        )

    def _who(self) -> Sent:
        known = isinstance(self._event.get("requestedBy"), str | None)
        return Sent({}, () if known else [Violation("requestedBy", "must be text", "WRONG_TYPE")])

    @property
    def glimpsed(self) -> Mapping[str, Any]:
        """What stands beside `operation` and at the top of each of the places."""
        return {**self._event, **{name: value for place in _PLACES for name, value in glimpse(self._event.get(place))}}

    def succeed(self, result: WireModel | None, _success: Success) -> dict[str, Any]:
        """The bare result object."""
        return success_object(result)

    def fail(self, error: DrsOrchestrationError) -> dict[str, Any]:
        """The error envelope."""
        return error_object(error, self.request_id)


def _object(event: Mapping[str, Any], name: str) -> Sent:
    value = event.get(name)
    if value is None or (value == "" and name == "body"):
        return Sent({})
    if isinstance(value, str) and name == "body":
        value = parse_json(value, name)
    if not isinstance(value, Mapping):
        raise ValidationError.one(name, "must be a JSON object", "OBJECT_REQUIRED")
    return readable(value, name)


def _one_line(text: Any) -> str:
    return _UNPRINTABLE.sub(" ", text[:_LONGEST]).strip() if isinstance(text, str) else ""
