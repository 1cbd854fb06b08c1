"""Recovery plans: waves of groups and the order between them."""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from shared.models.base import Instant, Model, Name
from shared.models.health_checks import ChecksOfWave, alarms_of
from shared.models.targets import SourceServerId

HIGHEST_WAVE_NUMBER: Final = 9999

WaveNumber = Annotated[int, Field(ge=0, le=HIGHEST_WAVE_NUMBER)]


def wave_words(wave_number: int, wave_name: str | None = None, *, first: bool = False) -> str:
    """How people call a wave: its own number, counted from one, and its name: `wave 3 (Web servers)`.

    With a capital as the `first` word of a sentence.
    """
    return f"{'Wave' if first else 'wave'} {wave_number + 1}" + (f" ({wave_name})" if wave_name else "")


class FailurePolicy(StrEnum):
    """What a failed wave does to the rest of the plan."""

    STOP = "STOP"
    PAUSE = "PAUSE"
    CONTINUE = "CONTINUE"


DEADLINE_MINUTES: Final = 120
"""How long a wave may take unless its plan says otherwise (engine.md, section 5)."""

DRAIN_MINUTES: Final = 360
"""How long jobs are followed that outlived the judgement of their wave, unless its plan says otherwise."""

WaitMinutes = Annotated[int, Field(ge=1, le=120)]
DeadlineMinutes = Annotated[int, Field(ge=1, le=10_080)]
DrainMinutes = Annotated[int, Field(ge=1, le=10_080)]

LARGEST_COUNT: Final = 1_000_000
"""Of servers in one wave; far beyond what DRS replicates, and a number that every table stores."""

_Count = Annotated[int, Field(strict=True, ge=1, le=LARGEST_COUNT)]
_Percentage = Annotated[str, StringConstraints(strict=True, pattern=r"^([1-9]|[1-9][0-9]|100)%$")]


def _as_one_refusal(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """pydantic refuses a value of a union once for each member, each at a path of its own; people gave one value."""
    try:
        return read(value)
    except ValidationError as error:
        is_whole = isinstance(value, int | str) and not isinstance(value, bool)
        raise PydanticCustomError(
            "wrong_format" if is_whole else "int_type",
            'give a count of at least 1 and at most {largest}, or a percentage of 1 to 100 such as "80%"',
            {"largest": LARGEST_COUNT},
        ) from error


MinimumSuccess = Annotated[_Count | _Percentage, WrapValidator(_as_one_refusal)]
"""How many required servers of a wave let the plan go on: a count, or a percentage such as `80%`."""


class Wave(Model):
    """One wave of a plan; numbers are kept as given, counted from 0.

    `wait_minutes` are waited after the approval; `deadline_minutes` count from the first try for admission;
    `drain_minutes` from the end of judgement: after them a job that still runs is abandoned.
    `health_checks` are what must be well beside EC2's own checks, every one of them.
    """

    wave_number: WaveNumber
    wave_name: Name
    description: Annotated[str, StringConstraints(max_length=1000)] = ""
    protection_group_ids: tuple[str, ...]
    pause_before_wave: bool = False
    depends_on_waves: tuple[WaveNumber, ...] = ()
    failure_policy: FailurePolicy = FailurePolicy.PAUSE
    minimum_success: MinimumSuccess | None = None
    optional_server_ids: tuple[SourceServerId, ...] = ()
    wait_minutes: WaitMinutes | None = None
    deadline_minutes: DeadlineMinutes = DEADLINE_MINUTES
    drain_minutes: DrainMinutes = DRAIN_MINUTES
    health_checks: ChecksOfWave = None


Description = Annotated[str, StringConstraints(max_length=1000)]
NotificationEmail = Annotated[str, StringConstraints(max_length=254)]
RtoMinutes = Annotated[int, Field(ge=1, le=525_600)]
RpoSeconds = Annotated[int, Field(ge=0, le=31_536_000)]


class RecoveryPlanFields(Model):
    """What people say of a plan."""

    plan_name: Name
    description: Description = ""
    notification_email: NotificationEmail | None = None
    rto_minutes: RtoMinutes | None = None
    rpo_seconds: RpoSeconds | None = None
    waves: Annotated[tuple[Wave, ...], Field(min_length=1, max_length=500)]

    @property
    def group_ids(self) -> tuple[str, ...]:
        """Every group of its waves, once, in their order."""
        return tuple(dict.fromkeys(group_id for wave in self.waves for group_id in wave.protection_group_ids))

    @property
    def alarm_account_ids(self) -> tuple[str, ...]:
        """Every account that one of its alarms names, once, in their order; other alarms are where the servers are."""
        alarms = (alarm for wave in self.waves for alarm in alarms_of(wave.health_checks or ()))
        return tuple(dict.fromkeys(alarm.account_id for alarm in alarms if alarm.account_id is not None))


class RecoveryPlan(RecoveryPlanFields):
    """A stored plan; every change raises `version` by one."""

    plan_id: str
    created_at: Instant
    updated_at: Instant
    created_by: str
    version: int = 1
