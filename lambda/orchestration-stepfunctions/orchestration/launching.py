"""Exactly once: room and intent first, one call, and what is known of its outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from orchestration.dependencies import Dependencies
from orchestration.notes import Note
from orchestration.reservations import adopt
from orchestration.room import LateJob, late_job, list_jobs, open_launch
from shared.aws.ports import DoubtError, NotSentError
from shared.drs_utils import LAUNCH_TAG, job_tags
from shared.engine.admission import Admission
from shared.engine.doubt import may_be_its_job
from shared.engine.effects import StartLaunch
from shared.engine.texts import counted
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.drs import Job
from shared.models.event import EventType
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord, LaunchState

WAIT_FOR_ROOM: Final = 30
WAIT_IN_DOUBT: Final = 5
AT_ONCE: Final = 1
FAILS_SERVERS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})
"""Refusals that would come again: the servers fail. 402, 403, 409 and 429 wait for room, rights or their turn."""

ONE_IS_AT_FAULT: Final = frozenset({"ValidationException", "ResourceNotFoundException"})
"""DRS refuses a call as a whole for one server in it, and does not reliably say for which."""

JOBS_TOLD: Final = 3
"""More in one sentence nobody reads."""


@dataclass(frozen=True)
class Attempt:
    """The launch item and a line for the timeline, or what held the servers up; the longest wait that makes sense.

    `held_up` is None if nothing did, and without words if it is only not their turn yet. `closed`: whatever else is to
    be launched there would fare no better in this step. `queued`: the execution may have a ticket there now.
    """

    record: LaunchRecord | None = None
    note: Note | None = None
    held_up: str | None = None
    closed: bool = False
    queued: bool = False
    wait_seconds: int | None = None


def launch(effect: StartLaunch, header: ExecutionHeader, deps: Dependencies) -> Attempt:
    """Reserve room, write the intent, call StartRecovery once, record the job.

    Raises StepLostError if another step has begun: then nothing was called, or what it has come to is found like any
    doubt.
    """
    try:
        record = open_launch(effect, header, deps)
    except (CrossAccountError, DrsServiceError) as error:
        reason = f"could not list jobs in {effect.target}: {error.message}"
        return Attempt(held_up=reason, closed=True, wait_seconds=WAIT_FOR_ROOM)
    if isinstance(record, Admission):
        return Attempt(held_up=record.reason, closed=True, queued=True, wait_seconds=record.wait_seconds)
    if isinstance(record, LateJob):
        return _found(record, header, deps)
    return replace(_call(record, effect, header, deps), queued=effect.more)


def _found(late: LateJob, header: ExecutionHeader, deps: Dependencies) -> Attempt:
    """The job of an earlier launch: its servers follow it, and whatever else waits there does so until they do."""
    note = Note(
        EventType.LAUNCH_ADOPTED,
        f"Job {late.job.job_id} in {late.launch.target} is ours by its tag although the call was refused, for it was "
        "sent twice on its way; it is watched, not started again",
        late.launch.wave_number,
        {"jobId": late.job.job_id, "launchId": late.launch.launch_id},
    )
    stored = adopt(late.launch, late.job.job_id, deps, header)
    return Attempt(stored, note, held_up="", closed=True, wait_seconds=AT_ONCE)


def _call(record: LaunchRecord, effect: StartLaunch, header: ExecutionHeader, deps: Dependencies) -> Attempt:
    """The one call, and what is known of it."""
    try:
        job = deps.drs.start_recovery(
            record.target,
            [server.source_server_id for server in record.servers],
            is_drill=header.is_drill,
            tags=job_tags(record.launch_id, record.execution_id),
            not_after=record.not_after,
            snapshots=effect.snapshots,
        )
    except NotSentError as error:
        never = record.model_copy(update={"never_sent": True})
        return _postponed(never, f"the launch in {record.target} was not sent: {error.why}", deps)
    except DrsServiceError as error:
        return _refused_by_drs(record, error, effect, header, deps)
    except DoubtError as error:
        # the next call there may take as long
        return replace(_doubtful(record, error.message), closed=True)
    return _started(record, job, deps)


def _started(record: LaunchRecord, job: Job, deps: Dependencies) -> Attempt:
    stored = adopt(record, job.job_id, deps)
    note = Note(
        EventType.LAUNCH_STARTED,
        f"Job {job.job_id} launches {counted(len(record.servers), 'server')} in {record.target}",
        record.wave_number,
        {"jobId": job.job_id, "launchId": record.launch_id, "target": str(record.target)},
    )
    return Attempt(stored, note)


def _refused_by_drs(
    record: LaunchRecord, error: DrsServiceError, effect: StartLaunch, header: ExecutionHeader, deps: Dependencies
) -> Attempt:
    """A conflict is about some of the servers, a fault in the call about one, the rest about all or none of them."""
    reason = f"DRS refused the launch in {record.target}: {error.drs_code}: {error.message}"
    if error.http_status == HTTPStatus.CONFLICT:
        holders = _holders(record, effect, header, deps)
        return _parted(record, reason, holders, deps) if holders else _doubtful(record, reason)
    if error.http_status not in FAILS_SERVERS:
        return _postponed(record, reason, deps)
    splits = error.drs_code in ONE_IS_AT_FAULT and len(record.servers) > 1
    refused = record.model_copy(update={"reason": reason, "splits": splits, "fails_servers": not splits})
    return _refused(refused, deps, next_at_once=True, wait_seconds=AT_ONCE)


def _holders(
    record: LaunchRecord, effect: StartLaunch, header: ExecutionHeader, deps: Dependencies
) -> Mapping[str, str]:
    """The servers of the launch that are in a running job, and in which; none, if that does not explain the conflict.

    A conflict is definite only if a job that is not this launch holds one of its servers: what lies between us and DRS
    may have sent the call twice, and then the job of the first is what the second conflicts with. If the holder is the
    job of an earlier launch of ours that was refused for now, it is recorded there, and its servers follow it.
    """
    try:
        listing = list_jobs(effect, deps)
        if any(_may_be_its_own(record, job, header, deps) for job in listing.jobs):
            return {}
        late = late_job(effect, listing, deps)
    except (CrossAccountError, DrsServiceError):
        return {}
    if late is not None:
        adopt(late.launch, late.job.job_id, deps, header)
    ours = {server.source_server_id for server in record.servers}
    return {
        participant.source_server_id: job.job_id
        for job in listing.jobs
        if job.is_running
        for participant in job.participants
        if participant.source_server_id in ours
    }


def _may_be_its_own(record: LaunchRecord, job: Job, header: ExecutionHeader, deps: Dependencies) -> bool:
    """Whether the job is this launch's, or nothing tells that it is not.

    Raises CrossAccountError or DrsServiceError if a job that shows no tags cannot be asked for them.
    """
    tags: Mapping[str, str] = job.tags
    if not tags:
        if not may_be_its_job(record, job, is_drill=header.is_drill, bounds=deps.bounds):
            return False
        # a listing may leave out what only ListTagsForResource tells
        tags = deps.drs.job_tags(record.target, job.job_id)
    return not tags or tags.get(LAUNCH_TAG) == record.launch_id


def _parted(record: LaunchRecord, reason: str, holders: Mapping[str, str], deps: Dependencies) -> Attempt:
    """The servers that are held wait for the job that holds them; the others are launched without them, at once."""
    jobs = sorted(set(holders.values()))
    named = ", ".join(jobs[:JOBS_TOLD]) + (f" and {len(jobs) - JOBS_TOLD} more" if len(jobs) > JOBS_TOLD else "")
    servers = tuple(server.model_copy(update={"busy": server.source_server_id in holders}) for server in record.servers)
    words = f"{counted(len(holders), 'server')} held by {named} until it ends; {reason}"
    parted = record.model_copy(update={"reason": words, "servers": servers})
    return _refused(parted, deps, next_at_once=True, wait_seconds=AT_ONCE)


def _postponed(record: LaunchRecord, reason: str, deps: Dependencies) -> Attempt:
    """Nothing can be launched there for now: no room, no rights, no connection, too many calls."""
    attempt = _refused(record.model_copy(update={"reason": reason}), deps, wait_seconds=WAIT_FOR_ROOM)
    return replace(attempt, held_up=reason, closed=True)


def _refused(record: LaunchRecord, deps: Dependencies, *, wait_seconds: int, next_at_once: bool = False) -> Attempt:
    refused = deps.executions.refuse_launch(record.model_copy(update={"ended_at": deps.clock.now()}))
    if next_at_once:
        deps.quotas.withdraw(record.target, record.launch_id, deps.spacing.stagger)
    else:
        deps.quotas.give_back(record.target, record.launch_id)
    note = Note(
        EventType.LAUNCH_REFUSED,
        record.reason,
        record.wave_number,
        {"launchId": record.launch_id, "target": str(record.target), "failsServers": record.fails_servers},
    )
    return Attempt(refused, note, wait_seconds=wait_seconds)


def _doubtful(record: LaunchRecord, reason: str) -> Attempt:
    note = Note(
        EventType.WAITING,
        f"the launch in {record.target} is in doubt and is looked for, not repeated: {reason}",
        record.wave_number,
        {"launchId": record.launch_id, "target": str(record.target), "state": LaunchState.OPEN.value},
    )
    return Attempt(record, note, wait_seconds=WAIT_IN_DOUBT)
