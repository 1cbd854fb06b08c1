"""A state machine as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from tests.support.asl.choices import Rule
from tests.support.asl.templates import Json, Path, Template


class Resource(Enum):
    """The service integrations that are known here."""

    INVOKE = "lambda:invoke"
    INVOKE_AND_WAIT = "lambda:invoke.waitForTaskToken"
    UPDATE_ITEM_AND_WAIT = "aws-sdk:dynamodb:updateItem.waitForTaskToken"

    @property
    def waits(self) -> bool:
        """Whether the task ends only by its token."""
        return self is not Resource.INVOKE


@dataclass(frozen=True, slots=True)
class Retrier:
    """When, and how often, a failed task is tried again."""

    errors: tuple[str, ...]
    interval: float
    backoff: float
    most: int
    longest: float | None

    def delay(self, attempt: int) -> float:
        """Seconds before the given retry, counted from 1."""
        seconds = self.interval * self.backoff ** (attempt - 1)
        return seconds if self.longest is None else min(seconds, self.longest)


@dataclass(frozen=True, slots=True)
class Catcher:
    """Where a failed task goes; without a path its input goes there unchanged."""

    errors: tuple[str, ...]
    result_path: Path | None
    next: str


@dataclass(frozen=True, slots=True)
class Task:
    """A call of another service."""

    resource: Resource
    parameters: Template
    selector: Template | None
    result_path: Path | None
    timeout: int | Path | None
    retriers: tuple[Retrier, ...]
    catchers: tuple[Catcher, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Pass:
    """Puts its parameters or its result where the path says."""

    parameters: Template | None
    result: tuple[Json, ...]
    result_path: Path | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Wait:
    """Lets seconds pass."""

    seconds: int | Path
    next: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    """Goes where the first rule that holds says."""

    rules: tuple[tuple[Rule, str], ...]
    default: str | None


@dataclass(frozen=True, slots=True)
class Fail:
    """Ends the run badly."""

    error: str
    cause: str


@dataclass(frozen=True, slots=True)
class Succeed:
    """Ends the run well."""


State = Task | Pass | Wait | Choice | Fail | Succeed


@dataclass(frozen=True, slots=True)
class Machine:
    """A loaded state machine."""

    start_at: str
    states: Mapping[str, State]
