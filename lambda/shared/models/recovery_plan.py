"""Recovery plans: waves of groups and the order between them."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from shared.models.base import Instant, Model, Name

WaveNumber = Annotated[int, Field(ge=0, le=9999)]


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


class Wave(Model):
    """One wave of a plan; numbers are kept as given, counted from 0."""

    wave_number: WaveNumber
    wave_name: Name
    description: Annotated[str, StringConstraints(max_length=1000)] = ""
    protection_group_ids: tuple[str, ...]
    pause_before_wave: bool = False
    depends_on_waves: tuple[WaveNumber, ...] = ()
    failure_policy: FailurePolicy = FailurePolicy.STOP


class RecoveryPlanFields(Model):
    """What people say of a plan."""

    plan_name: Name
    description: Annotated[str, StringConstraints(max_length=1000)] = ""
    notification_email: Annotated[str, StringConstraints(max_length=254)] | None = None
    rto_minutes: Annotated[int, Field(ge=1, le=525_600)] | None = None
    rpo_seconds: Annotated[int, Field(ge=0, le=31_536_000)] | None = None
    waves: Annotated[tuple[Wave, ...], Field(min_length=1, max_length=500)]


class RecoveryPlan(RecoveryPlanFields):
    """A stored plan; every change raises `version` by one."""

    plan_id: str
    created_at: Instant
    updated_at: Instant
    created_by: str
    version: int = 1
