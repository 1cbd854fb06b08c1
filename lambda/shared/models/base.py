"""The base of every noun, and how instants look on the wire."""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from shared.models.forms import form

FIRST_YEAR: Final = 1000
"""DRS takes no instant whose year begins with a zero."""

_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def format_instant(instant: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`, so that text order is time order."""
    utc = instant.astimezone(UTC)
    # strftime writes years before 1000 with fewer digits
    return f"{utc.year:04d}-" + utc.strftime("%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def _from_text(value: Any) -> Any:
    """The instant that a text names; pydantic alone would take any number in a text as seconds since 1970."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("datetime_type", "is no text: an instant is written as 2026-01-31T06:30:00Z")
    if _RFC_3339.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper())
        except ValueError:
            # it has the shape, and is in no calendar
            pass
    raise PydanticCustomError("datetime_parsing", "is no instant as RFC 3339 writes it, such as 2026-01-31T06:30:00Z")


def _whole_milliseconds(instant: datetime) -> datetime:
    try:
        utc = instant.astimezone(UTC)
    except OverflowError as error:
        raise _out_of_years() from error
    if utc.year < FIRST_YEAR:
        raise _out_of_years()
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def _out_of_years() -> PydanticCustomError:
    return PydanticCustomError("out_of_range", "as UTC it is not in the years {first} to 9999", {"first": FIRST_YEAR})


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_from_text),
    AfterValidator(_whole_milliseconds),
    PlainSerializer(format_instant, return_type=str),
]
"""An aware UTC datetime in milliseconds; text of RFC 3339 on the wire."""


Name = Annotated[
    str,
    form(
        r"^[^\x00-\x1f\x7f]*$",
        "one line without control characters",
        strip_whitespace=True,
        min_length=1,
        max_length=64,
    ),
]
"""What people call a thing: one line of 1 to 64 characters, trimmed; that they can be seen is a rule (text_rules)."""


class Model(BaseModel):
    """Immutable, strict about unknown fields, camelCase only on the wire."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        ser_json_inf_nan="strings",
        defer_build=True,
        # an external id that breaks a rule would stand in the text of the error, and so in the log
        hide_input_in_errors=True,
    )

    def wire(self) -> dict[str, Any]:
        """The JSON object: camelCase, instants as text, absent values left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @property
    def json_bytes(self) -> int:
        """Bytes of the JSON object as UTF-8; as an item DynamoDB counts hardly more, and mostly less."""
        return len(json.dumps(self.wire(), ensure_ascii=False, separators=(",", ":")).encode())


Read = TypeVar("Read", bound=BaseModel)


def read_strictly(model: type[Read], value: Any) -> Read:
    """The model of a JSON value from outside, taken at its word: no number from a text, no truth from either.

    Fields have their name of the wire only. Raises pydantic's ValidationError.
    """
    return model.model_validate_json(json.dumps(value), strict=True, by_alias=True, by_name=False)
