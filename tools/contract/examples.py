"""An example of every request, answer and error: what is said by hand, else what the schema allows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pydantic

from shared.errors import (
    AuthenticationError,
    AuthorizationError,
    ConflictError,
    ConflictReason,
    CrossAccountError,
    DrsOrchestrationError,
    DrsServiceError,
    ErrorCode,
    ExecutionError,
    InternalError,
    NotFoundError,
    OperationNotFoundError,
    PreflightFailedError,
    QuotaExceededError,
    ThrottledError,
    ValidationError,
)
from shared.models.base import read_strictly
from shared.models.finding import FindingCode, failure_at
from shared.models.targets import Target
from shared.operations import Operation
from shared.response_utils import error_object
from tools.contract.prose.answers import ANSWERS, TYPES
from tools.contract.prose.requests import REQUESTS
from tools.contract.prose.samples import INSTANT, SAMPLES
from tools.contract.schemas import Schema, Schemas, name_of, reference

REQUEST_ID: Final = "98c89664-b8df-46d9-8def-e9ad3e0d5879"

_ACCOUNT: Final = str(SAMPLES["accountId"])
_REGION: Final = str(SAMPLES["region"])
_GROUP: Final = str(SAMPLES["groupId"])
_EXECUTION: Final = str(SAMPLES["executionId"])

_RAISED: Final[tuple[DrsOrchestrationError, ...]] = (
    ValidationError.one("waves[1].dependsOnWaves[0]", "there is no waveNumber 4 in the plan", "UNKNOWN_WAVE"),
    AuthenticationError("sign in: the request carries no token"),
    AuthorizationError(
        "start_execution needs the permission start_recovery, not given by DRSReadOnly",
        permission="start_recovery",
    ),
    NotFoundError(f"there is no protection group {_GROUP}", id=_GROUP),
    OperationNotFoundError("there is no GET /groups", method="GET", path="/groups"),
    ConflictError(
        f"execution {_EXECUTION} has ended COMPLETED and cannot be resumed",
        reason=ConflictReason.INVALID_STATE,
        executionId=_EXECUTION,
        status="COMPLETED",
    ),
    PreflightFailedError(
        "the plan cannot be started: no server carries the tags of group Databases",
        findings=[
            failure_at(
                Target(account_id=_ACCOUNT, region=_REGION),
                FindingCode.NO_SERVERS_MATCH,
                "no server carries the tags of group Databases",
                group_id=_GROUP,
                group_name="Databases",
                wave_number=0,
            ).wire()
        ],
    ),
    QuotaExceededError("no room", quota="Concurrent jobs in progress", limit=20, inUse=20, needed=1),
    DrsServiceError(
        "DRS is busy",
        drsCode="ThrottlingException",
        httpStatus=429,
        accountId=_ACCOUNT,
        region=_REGION,
        operation="DescribeSourceServers",
    ),
    CrossAccountError(
        f"the role in account {_ACCOUNT} cannot be assumed",
        accountId=_ACCOUNT,
        roleArn=SAMPLES["roleArn"],
        step="AssumeRole",
        awsCode="AccessDenied",
    ),
    ExecutionError("Step Functions refused"),
    ThrottledError("too many calls at once", retryAfterSeconds=5),
    InternalError("something went wrong here; the log has more under this reference", reference=REQUEST_ID),
)

ERRORS: Final[Mapping[ErrorCode, dict[str, Any]]] = {error.code: error_object(error, REQUEST_ID) for error in _RAISED}
"""The envelope of each code, as an operation that raises it answers."""


def request_of(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    """A request that the operation takes, whole: path, query and body together; ValueError if none is known."""
    given = REQUESTS.get(operation.name)
    schema = schemas.request(operation.request_model)
    made: dict[str, Any] = dict(given) if given is not None else _Maker(schemas, whole=False).value(schema, "")
    try:
        read_strictly(operation.request_model, made)
    except pydantic.ValidationError as error:
        where = "tools/contract/prose/requests.py"
        raise ValueError(f"{operation.name} does not take {made}: give an example in {where}\n{error}") from error
    return made


def answer_of(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    """An answer of the operation with almost everything that it can hold; empty if it answers nothing."""
    if operation.answer_model is None:
        return {}
    schema = reference(schemas.answer_name(operation.answer_model))
    made: dict[str, Any] = _Maker(schemas, whole=True).value(schema, "")
    return dict(_instead(made, ANSWERS.get(operation.name, {})))


def rehearsal_of(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    """An answer to a dry run, with nothing that is there only if something was begun."""
    if operation.answer_model is None:
        return {}
    made: dict[str, Any] = _Maker(schemas, whole=False).value(schemas.answer(operation.answer_model), "")
    return made | ({"dryRun": True} if "dryRun" in made else {})


@dataclass(frozen=True)
class _Maker:
    """Makes values of schemas, the same each time; `whole` objects have also what may be left out."""

    schemas: Schemas
    whole: bool

    def value(self, schema: Schema, name: str, above: tuple[str, ...] = ()) -> Any:
        """A value that the schema allows for a field of that name; ValueError if none comes to mind."""
        if "$ref" in schema:
            made = self.value(self.schemas.resolved(schema), name, (*above, name_of(schema)))
            return _instead(made, TYPES.get(name_of(schema), {})) if self.whole else made
        for sample in _samples(name):
            if _fits(sample, schema):
                return sample
        for key in ("const", "default"):
            if key in schema:
                return schema[key]
        if "enum" in schema:
            return schema["enum"][0]
        if "anyOf" in schema and "type" not in schema:
            return self.value(schema["anyOf"][0], name, above)
        return self._of_type(schema, name, above)

    def _of_type(self, schema: Schema, name: str, above: tuple[str, ...]) -> Any:
        match schema.get("type"):
            case "object":
                return self._object(schema, above)
            case "array":
                items = schema.get("items", {})
                if "$ref" in items and name_of(items) in above:
                    return []
                # of items of several kinds each is shown
                return [self.value(kind, name.removesuffix("s"), above) for kind in items.get("oneOf", [items])]
            case "string":
                return _text(schema, name)
            case "integer" | "number":
                return max(1, schema.get("minimum", 1)) if schema.get("maximum", 1) >= 1 else schema["maximum"]
            case "boolean":
                return True
            case _:
                return {}

    def _object(self, schema: Schema, above: tuple[str, ...]) -> dict[str, Any]:
        required = [*schema.get("required", ()), *_first_of_each_choice(schema)]
        shown = {
            name: below
            for name, below in schema.get("properties", {}).items()
            if name in required or (self.whole and not _is_among(below, above))
        }
        return {name: self.value(below, name, above) for name, below in shown.items()}


def _instead(made: Any, told: Mapping[str, Any]) -> Any:
    """The object with what is told over what was made."""
    return {name: value for name, value in {**made, **told}.items() if value is not None} if told else made


def _first_of_each_choice(schema: Schema) -> list[str]:
    """Of several names for one required field the first."""
    return [choice["oneOf"][0]["required"][0] for choice in schema.get("allOf", ()) if "oneOf" in choice]


def _is_among(schema: Schema, above: tuple[str, ...]) -> bool:
    return "$ref" in schema and name_of(schema) in above


_ENDINGS: Final[Mapping[tuple[str, ...], Any]] = {
    ("At", "Until", "Point"): INSTANT,
    ("By",): SAMPLES["actor"],
    ("Reason",): SAMPLES["message"],
}
"""What a name says by its end."""


def _samples(name: str) -> list[Any]:
    found = [SAMPLES[name]] if name in SAMPLES else []
    return [*found, *(sample for ends, sample in _ENDINGS.items() if name.endswith(ends))]


def _text(schema: Schema, name: str) -> str:
    candidates = (INSTANT, f"some {name}", f"some-{name}", "sample", *map(str, SAMPLES.values()), "1", "100%")
    wants_instant = schema.get("format") == "date-time"
    for each in candidates if wants_instant else candidates[1:]:
        if _fits(each, schema):
            return each
    raise ValueError(f"no example of {name} ({schema}) comes to mind: add one to tools/contract/prose/samples.py")


def _fits(value: Any, schema: Schema) -> bool:
    """Whether a sample is one of the values; of an object only whether one without known fields is wanted."""
    if "enum" in schema or "const" in schema:
        return value in schema.get("enum", [schema.get("const")])
    if "anyOf" in schema and "type" not in schema:
        return any(_fits(value, each) for each in schema["anyOf"])
    kind = schema.get("type")
    if isinstance(value, bool):
        return bool(kind == "boolean")
    if isinstance(value, int):
        return bool(kind == "integer" and schema.get("minimum", value) <= value <= schema.get("maximum", value))
    if isinstance(value, str):
        bounds = schema.get("minLength", 0), schema.get("maxLength", len(value))
        return bool(
            kind == "string" and bounds[0] <= len(value) <= bounds[1] and re.search(schema.get("pattern", ""), value)
        )
    return kind == "object" and "properties" not in schema
