"""The errors of the interpreter: those of a run, which a state machine can see, and those of the test."""

from __future__ import annotations

from typing import Final

RUNTIME: Final = "States.Runtime"
TIMEOUT: Final = "States.Timeout"
DATA_LIMIT: Final = "States.DataLimitExceeded"
UNCATCHABLE: Final = frozenset({RUNTIME, DATA_LIMIT})
"""States.ALL does not match these (AWS: error handling in Step Functions)."""


class StatesError(Exception):
    """An error by name, as Retry and Catch see it."""

    def __init__(self, name: str, cause: str = "") -> None:
        super().__init__(f"{name}: {cause}")
        self.name = name
        self.cause = cause


class UnsupportedError(ValueError):
    """The document says something that this interpreter does not know; raised when it is loaded."""


def runtime_error(cause: str) -> StatesError:
    """What a bad path or a bad value ends the run with; no Catch sees it."""
    return StatesError(RUNTIME, cause)
