"""One run of a plan: the header, and the vocabulary of executions."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.models.base import Instant, Model
from shared.models.recovery_plan import FailurePolicy, WaveNumber
from shared.models.targets import Target
from shared.models.wave_record import WaveStatus

SCHEMA_VERSION = 1
"""The version of the items of an execution; a run begun by one version is finished by the next."""


class ExecutionType(StrEnum):
    """A drill leaves the sources alone and is cleaned up; a recovery is the real thing."""

    DRILL = "DRILL"
    RECOVERY = "RECOVERY"


class ExecutionStatus(StrEnum):
    """The life of an execution; the legal moves are in `shared.execution_utils`."""

    PREPARING = "PREPARING"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"
    DRAINING = "DRAINING"
    COMPLETED = "COMPLETED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMEOUT = "TIMEOUT"


TERMINAL_STATUSES = frozenset(
    {
        ExecutionStatus.COMPLETED,
        ExecutionStatus.PARTIAL,
        ExecutionStatus.FAILED,
        ExecutionStatus.CANCELLED,
        ExecutionStatus.TIMEOUT,
    }
)
LIVE_STATUSES = frozenset(ExecutionStatus) - TERMINAL_STATUSES


class WaveSummary(Model):
    """What the header knows of a wave: enough for the graph and for a list, about 150 bytes.

    `continued`: it failed, and somebody let the plan go on. `draining`: it is judged, and a job of ours still runs.
    Of one that `verifies_settings` servers have launch settings; `settings_asked_at` is when a look was last asked for.
    """

    wave_number: WaveNumber
    wave_name: str
    status: WaveStatus = WaveStatus.PENDING
    depends_on_waves: tuple[WaveNumber, ...] = ()
    pause_before_wave: bool = False
    failure_policy: FailurePolicy = FailurePolicy.PAUSE
    continued: bool = False
    draining: bool = False
    server_count: int = 0
    launched_count: int = 0
    failed_count: int = 0
    verifies_settings: bool = False
    settings_asked_at: Instant | None = None


class ExecutionHeader(Model):
    """The execution itself; written by the start, then by the engine only.

    `step`, `by`, `run_seq` and `launch_ids` are the claim and the ledger of the engine (engine.md, section 3);
    `seconds_at_gates` counts the time during which nothing ran and a gate was open, in engine seconds;
    `gate_seconds_at_recovery` is what it had counted when `recovered_at`, the last verdict, was given. `expired_gate`
    names the gate that nobody decided in time; `has_launched` stays true once a server was launched. `progress` is a
    percentage that never falls; 100 is the end. `abandoned_count` jobs still ran, or may have, when it ended.
    `broken_by` is the error with which the step broke off that came before the last one, and empty if none did;
    `queued_in` are the accounts and regions in which it may wait for room. It `begins_late` if its first run was not
    started before it was too late for what its operator asked for: no later run goes on in its place.
    `override_reason` is why it was started in spite of findings, if it was, and `override_codes` are those that its
    start has named.
    `point_in_time` is the instant for the whole plan, if it is not to be recovered to its latest data.
    At least `launch_into_count` servers are launched into instances that were there before.
    It `lends_settings` from when servers of it have launch settings for its own time only until they are given back.
    All else was over at `unasked_since`, and since then there was no time yet to look for jobs of lost launches in
    `unasked_in`. In `denied_in` they could not be looked for since every wave is judged, because the account or DRS
    refused; the end waits for that until `denied_until`. What the end did not wait for any more stays in both.
    """

    execution_id: str
    plan_id: str
    plan_name: str
    plan_version: int
    execution_type: ExecutionType
    status: ExecutionStatus
    status_reason: str = ""
    started_at: Instant
    ended_at: Instant | None = None
    recovered_at: Instant | None = None
    paused_since: Instant | None = None
    seconds_at_gates: Annotated[float, Field(ge=0)] = 0
    gate_seconds_at_recovery: Annotated[float, Field(ge=0)] = 0
    initiated_by: str
    reason: str = ""
    override_reason: str | None = None
    override_codes: tuple[str, ...] = ()
    cancelled_by: str | None = None
    expired_gate: str | None = None
    has_launched: bool = False
    abandoned_count: Annotated[int, Field(ge=0)] = 0
    progress: Annotated[int, Field(ge=0, le=100)] = 0
    notification_email: str | None = None
    rto_minutes: int | None = None
    rpo_seconds: int | None = None
    point_in_time: Instant | None = None
    lends_settings: bool = False
    targets: tuple[Target, ...] = ()
    waves: tuple[WaveSummary, ...]
    wave_count: int
    server_count: int
    launch_into_count: Annotated[int, Field(ge=0)] = 0
    schema_version: int = SCHEMA_VERSION
    step: int = 0
    committed_step: int = 0
    by: str = ""
    run_seq: int = 1
    begins_late: bool = False
    seen: int = 0
    broken_by: str = ""
    launch_ids: tuple[str, ...] = ()
    queued_in: tuple[Target, ...] = ()
    unasked_in: tuple[Target, ...] = ()
    unasked_since: Instant | None = None
    denied_in: tuple[Target, ...] = ()
    denied_until: Instant | None = None
    pause_gate: int = 0
    pause_closed: bool = True
    termination_count: int = 0
    open: bool = True

    @property
    def is_drill(self) -> bool:
        """Whether this is a rehearsal."""
        return self.execution_type is ExecutionType.DRILL

    @property
    def launched_anything(self) -> bool:
        """Whether any server was launched, be it that it is not launched any more."""
        return self.has_launched or any(wave.launched_count for wave in self.waves)

    @property
    def is_terminal(self) -> bool:
        """Whether the status can never change again."""
        return self.status in TERMINAL_STATUSES

    @property
    def account_ids(self) -> tuple[str, ...]:
        """The accounts that its servers are in, in their order."""
        return tuple(sorted({target.account_id for target in self.targets}))

    @property
    def run_name(self) -> str:
        """The name of its present run of the state machine."""
        return self.execution_id if self.run_seq == 1 else f"{self.execution_id}-r{self.run_seq}"

    def gate_seconds_by(self, moment: datetime) -> float:
        """The seconds at gates up to this moment, the running pause included."""
        running = 0.0 if self.paused_since is None else (moment - self.paused_since).total_seconds()
        return self.seconds_at_gates + max(0.0, running)

    def summary(self, wave_number: int) -> WaveSummary:
        """The summary of one wave; KeyError if the plan has no such wave."""
        return self.waves[self.place_of(wave_number)]

    def place_of(self, wave_number: int) -> int:
        """Where a wave stands among the summaries; KeyError if the plan has no such wave."""
        # most plans number their waves in their order
        if wave_number < len(self.waves) and self.waves[wave_number].wave_number == wave_number:
            return wave_number
        for place, wave in enumerate(self.waves):
            if wave.wave_number == wave_number:
                return place
        raise KeyError(wave_number)
