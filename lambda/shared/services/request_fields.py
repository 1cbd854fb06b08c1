"""Fields that several requests share."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from shared.models.forms import form
from shared.stores.page_token import check_form


def _id(longest: int) -> StringConstraints:
    words = "letters of A to Z and a to z, digits, - and _"
    return form(r"^[A-Za-z0-9_-]+$", words, min_length=1, max_length=longest)


ExecutionId = Annotated[str, _id(64)]
"""Part of names of Step Functions runs, which take at most 80 characters of this alphabet."""

PlanId = Annotated[str, _id(128)]
"""The sort keys of an execution begin with it, so it holds no `#`."""

GroupId = Annotated[str, _id(128)]
"""The id of a protection group."""

Reason = Annotated[
    str,
    form(
        r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
        "text without control characters but tabs and ends of lines",
        strip_whitespace=True,
        max_length=1000,
    ),
]
"""Why, in the operator's words."""

GateNumber = Annotated[int, Field(ge=1, le=9999)]
"""Which of a wave's gates, of whatever kind, counted from 1."""

ClientToken = Annotated[
    str,
    form(
        r"^[!-~]{1,128}$",
        "1 to 128 printable characters of ASCII without blanks; the API has it as header Idempotency-Key",
    ),
]
"""Makes a repeated call the first one, for 24 hours; the header `Idempotency-Key` at the API."""

Version = Annotated[int, Field(ge=1, le=1_000_000_000)]
"""The version that was read, on which a change rests: every change raises it by one."""

LARGEST_PAGE: Final = 100

Limit = Annotated[int, Field(ge=1, le=LARGEST_PAGE)]
"""How many items a page of a list may have; 50 unless told."""

NextToken = Annotated[str, StringConstraints(min_length=1, max_length=4096), AfterValidator(check_form)]
"""Where the page before left off; opaque, and if nobody can have made it here it has not its form."""

NamePrefix = Annotated[
    str, form(r"^[^\x00-\x1f\x7f]*$", "one line without control characters", min_length=1, max_length=64)
]
"""How a name begins, whatever its case."""
