"""A wave of an execution, and the vocabulary of waves."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.models.base import Instant, Model
from shared.models.health_checks import AlarmCheck, AlarmStanding, CommandCheck, HealthChecks
from shared.models.recovery_plan import DEADLINE_MINUTES, DRAIN_MINUTES, MinimumSuccess, WaveNumber
from shared.models.targets import Target


class WaveStatus(StrEnum):
    """The life of a wave; the legal moves are in `shared.execution_utils`."""

    PENDING = "PENDING"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    LAUNCHING = "LAUNCHING"
    LAUNCHED = "LAUNCHED"
    VALIDATING = "VALIDATING"
    COMPLETED = "COMPLETED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"
    TIMEOUT = "TIMEOUT"


ENDED_WAVE_STATUSES = frozenset(
    {
        WaveStatus.COMPLETED,
        WaveStatus.PARTIAL,
        WaveStatus.FAILED,
        WaveStatus.SKIPPED,
        WaveStatus.CANCELLED,
        WaveStatus.TIMEOUT,
    }
)


class WaveRecord(Model):
    """State and verdict of one wave; written by the engine only.

    `gate_number` counts the gates of this wave, the present one included; `approved_by` is set by whoever allowed it.
    `obstacle` is what the engine cannot read or do at this moment, for example in an account that it cannot enter.
    `wait_until` ends `wait_minutes`; `tried_at` is its first try for admission, anew with every retry, from which its
    deadline is counted; `deadline_at` is when that is, while it counts. `drain_until` is when the jobs of a wave are
    given up that is not judged any more, while one runs. `continued_by` is whoever let the plan go on although the wave
    failed. `progress` is a percentage that never falls. A `draining` wave has its verdict while a job of ours still
    runs; a `dormant` one has nothing to judge before one of its running jobs moves. `decision_id` is the request that
    last retried or skipped it.
    `oldest_recovery_point` is the oldest of its launched servers, as far as DRS tells; `unknown_recovery_points` counts
    those of which it does not. `staging_places` are where its extended servers are replicated, and None if it has none.
    `accepted_codes` are those of findings about launch settings of which its operator takes it upon himself that its
    servers are launched as DRS has them, whatever is found of them, and whenever; if a retry said so, `accepted_by` is
    who asked for the last of these, and `override_reason` why.
    `health_checks` are those of the plan, each alarm with its account and region; `alarms`
    is how those stand, once they were looked at.
    """

    execution_id: str
    plan_id: str
    wave_number: WaveNumber
    wave_name: str
    protection_group_ids: tuple[str, ...]
    protection_group_names: tuple[str, ...] = ()
    staging_places: tuple[Target, ...] | None = None
    status: WaveStatus = WaveStatus.PENDING
    status_reason: str = ""
    obstacle: str = ""
    minimum_success: MinimumSuccess | None = None
    wait_minutes: int | None = None
    deadline_minutes: int = DEADLINE_MINUTES
    drain_minutes: int = DRAIN_MINUTES
    gate_number: int = 0
    approved_by: str | None = None
    approved_at: Instant | None = None
    wait_until: Instant | None = None
    started_at: Instant | None = None
    tried_at: Instant | None = None
    deadline_at: Instant | None = None
    drain_until: Instant | None = None
    ended_at: Instant | None = None
    retries: int = 0
    continued_by: str | None = None
    progress: Annotated[int, Field(ge=0, le=100)] = 0
    draining: bool = False
    dormant: bool = False
    decision_id: str | None = None
    oldest_recovery_point: Instant | None = None
    unknown_recovery_points: int = 0
    accepted_codes: tuple[str, ...] = ()
    accepted_by: str | None = None
    accepted_at: Instant | None = None
    override_reason: str | None = None
    health_checks: HealthChecks | None = None
    alarms: AlarmStanding | None = None

    @property
    def present_reason(self) -> str:
        """What to tell people: the obstacle while there is one, else why it is in its state."""
        return self.obstacle or self.status_reason

    @property
    def alarm_checks(self) -> tuple[AlarmCheck, ...]:
        """The alarms that must be OK."""
        return self.health_checks.alarms if self.health_checks else ()

    @property
    def command_checks(self) -> tuple[CommandCheck, ...]:
        """The commands that must succeed on every instance."""
        return self.health_checks.commands if self.health_checks else ()
