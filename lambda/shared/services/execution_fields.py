"""Fields that several requests about executions share."""

from typing import Annotated

from pydantic import StringConstraints

ExecutionId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
"""Part of names of Step Functions runs, which take at most 80 characters of this alphabet."""

Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
"""Why, in the operator's words."""
