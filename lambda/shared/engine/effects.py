"""What a decision asks the shell to do; every effect may be asked for again and then does no harm."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.models.gate import Gate, GateStatus
from shared.models.health_checks import CommandCheck
from shared.models.launch import LaunchedServer, LaunchRecord
from shared.models.mail import MailType
from shared.models.server_record import ServerRecord
from shared.models.targets import Target


@dataclass(frozen=True)
class StartLaunch:
    """Admit, record the intent, and call StartRecovery once; the job may take `expected_seconds`, if that is known.

    `snapshots` names the recovery snapshot of each server, if the execution is to a point in time. `more`: other
    servers of the execution wait for room there after these. `postponed`: launches there that were refused for now;
    nothing is called if one of them turns out to have a job.
    """

    launch_id: str
    wave_number: int
    target: Target
    servers: tuple[LaunchedServer, ...]
    expected_seconds: float | None = None
    snapshots: Mapping[str, str] = field(default_factory=dict)
    more: bool = False
    postponed: tuple[LaunchRecord, ...] = ()


@dataclass(frozen=True)
class AdoptJob:
    """A listing shows the job of a launch that is in doubt: record it."""

    launch: LaunchRecord
    job_id: str


@dataclass(frozen=True)
class LoseLaunch:
    """A complete, late listing shows no job: the launch is LOST if it still is in doubt.

    With `fails_servers` nothing tells which of several jobs is its own: its servers fail and are not launched anew.
    """

    launch: LaunchRecord
    reason: str
    fails_servers: bool = False


@dataclass(frozen=True)
class RememberJobs:
    """Write down what is known of the jobs of a LOST launch's servers: which are not its own, and not asked for their
    tags again, which may be, on which of its servers these work, and which may have been when they ended.
    """

    launch: LaunchRecord


@dataclass(frozen=True)
class RecordEnd:
    """A job that has ended does not say when: keep when we saw it first, from which its servers' grace is counted."""

    launch: LaunchRecord
    ended_at: datetime


@dataclass(frozen=True)
class FinishLaunch:
    """The job has ended and every server has a verdict: free the reservation."""

    launch: LaunchRecord


@dataclass(frozen=True)
class AbandonLaunch:
    """The execution ends without waiting for this launch, as its item says: its job holds its servers from now on."""

    launch: LaunchRecord


@dataclass(frozen=True)
class ForgetLaunches:
    """Refused launches that nothing needs any more: their servers follow others now."""

    launch_ids: tuple[str, ...]


@dataclass(frozen=True)
class SendCommands:
    """Send these commands of a wave, by their positions, to the instances of these servers: the intent is written
    down before each call, which is made once. The comments of the calls begin with `marker`.
    """

    marker: str
    wave_number: int
    target: Target
    servers: tuple[ServerRecord, ...]
    commands: tuple[tuple[int, CommandCheck], ...]


@dataclass(frozen=True)
class LeaveQueue:
    """Nothing of this execution waits for room there any more: its place in the queue is free."""

    target: Target


@dataclass(frozen=True)
class NoteSilence:
    """A job of ours has ended in an account and region from which no launch event came."""

    target: Target


@dataclass(frozen=True)
class VerifySettings:
    """Have the launch settings of a wave's servers verified, and mended as their groups say; asked for at that time."""

    wave_number: int
    asked_at: datetime


@dataclass(frozen=True)
class RestoreSettings:
    """Have the launch settings restored that were there for this execution only."""


@dataclass(frozen=True)
class StartGateRun:
    """An open gate needs its run."""

    gate: Gate


@dataclass(frozen=True)
class CloseGate:
    """A gate is decided: write it down, then end its run."""

    gate: Gate
    status: GateStatus
    decided_by: str
    decision_id: str
    reason: str


@dataclass(frozen=True)
class EndGateRun:
    """A decided gate whose run is not known to have ended."""

    gate: Gate


@dataclass(frozen=True)
class SendMail:
    """A mail about the whole execution."""

    type: MailType


LaunchOutcome = AdoptJob | LoseLaunch | RememberJobs | RecordEnd | FinishLaunch | AbandonLaunch
"""What became of a launch, to be recorded."""

ToldEffect = LaunchOutcome | LeaveQueue | NoteSilence | CloseGate | SendMail | VerifySettings
"""What the commit of its step tells of, also if only the outcome of the step's launches led to it."""

PromptEffect = ToldEffect | ForgetLaunches
"""Carried out within the step, and before it launches anything if they do not follow from that. Short ones, and few in
a step."""

LateEffect = StartLaunch | SendCommands | StartGateRun | EndGateRun
"""What follows from a state that stays until it was carried out: may be left to a later step. The slow ones."""

Effect = PromptEffect | LateEffect | RestoreSettings
