"""Fields that several requests about executions share."""

from typing import Annotated

from pydantic import Field, StringConstraints

ExecutionId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
"""Part of names of Step Functions runs, which take at most 80 characters of this alphabet."""

PlanId = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]
"""The sort keys of an execution begin with it, so it holds no `#`."""

Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
"""Why, in the operator's words."""

GateNumber = Annotated[int, Field(ge=1, le=9999)]
"""Which of a wave's gates, of whatever kind, counted from 1."""

Limit = Annotated[int, Field(ge=1, le=100)]
"""How many items a page of a list may have; 50 unless told."""

NextToken = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
"""Where the page before left off; opaque."""
