"""Exactly once: admission and intent in one transaction, one call, and what is known of its outcome."""

from dataclasses import dataclass
from http import HTTPStatus

from orchestration.dependencies import Dependencies
from orchestration.notes import Note
from shared.aws.ports import DoubtError, NotSentError
from shared.drs_limits import RUNNING_JOBS_SINCE
from shared.drs_utils import LAUNCH_TAG, job_tags
from shared.engine.admission import Admission, admit
from shared.engine.effects import StartLaunch
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.drs import Job
from shared.models.event import EventType
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord, LaunchState
from shared.stores.refusals import QuotaRowChangedError

ADMISSION_TRIES = 5
WAIT_FOR_ROOM = 30
WAIT_IN_DOUBT = 5
FAILS_SERVERS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})
"""Refusals that would come again: the servers fail. 402, 403, 409 and 429 wait for room, rights or their turn."""


@dataclass(frozen=True)
class Attempt:
    """The launch item and a line for the timeline, or what held the servers up; the longest wait that makes sense.

    `closed`: whatever else is to be launched there would be held up too.
    """

    record: LaunchRecord | None = None
    note: Note | None = None
    held_up: str = ""
    closed: bool = False
    wait_seconds: int | None = None


def launch(effect: StartLaunch, header: ExecutionHeader, deps: Dependencies) -> Attempt:
    """Reserve room, write the intent, call StartRecovery once, record the job.

    Raises StepLostError if another step has begun: then nothing was called.
    """
    try:
        record = _open(effect, header, deps)
    except (CrossAccountError, DrsServiceError) as error:
        return held_up(effect, f"could not list jobs in {effect.target}: {error.message}")
    if isinstance(record, Admission):
        return held_up(effect, record.reason, closed=record.is_full)
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
        words = error.cause.message if error.cause else error.message
        return _refused(record, f"not sent: {words}", False, deps)
    except DrsServiceError as error:
        return _refused_by_drs(record, error, deps)
    except DoubtError as error:
        return _doubtful(record, error.message)
    return _started(record, job, deps)


def held_up(effect: StartLaunch, reason: str, *, closed: bool = True) -> Attempt:
    """The servers wait, and why."""
    words = f"{len(effect.servers)} servers wait: {reason}"
    return Attempt(held_up=words, closed=closed, wait_seconds=WAIT_FOR_ROOM)


def _open(effect: StartLaunch, header: ExecutionHeader, deps: Dependencies) -> LaunchRecord | Admission:
    """The launch item with its reservation, or why there is no room; list first, then read the row, then write."""
    for _ in range(ADMISSION_TRIES):
        listing = deps.drs.jobs(effect.target, since=deps.clock.now() - RUNNING_JOBS_SINCE)
        row = deps.quotas.get(effect.target)
        now = deps.clock.now()
        admission = admit(
            row,
            listing,
            reservation_id=effect.launch_id,
            execution_id=header.execution_id,
            server_count=len(effect.servers),
            now=now,
        )
        if admission.row is None:
            return admission
        record = LaunchRecord(
            execution_id=header.execution_id,
            plan_id=header.plan_id,
            launch_id=effect.launch_id,
            wave_number=effect.wave_number,
            target=effect.target,
            servers=effect.servers,
            expected_seconds=effect.expected_seconds,
            intent_at=now,
            not_after=now + deps.bounds.not_after,
        )
        try:
            deps.executions.open_launch(header, record, admission.row)
        except QuotaRowChangedError:
            continue
        return record
    return Admission(None, f"{effect.target}: other executions take room at this moment", is_full=True)


def _started(record: LaunchRecord, job: Job, deps: Dependencies) -> Attempt:
    stored = deps.executions.record_job(record, job.job_id)
    deps.quotas.record_job(record.target, record.launch_id, job.job_id)
    deps.executions.expect_reports(record, job.job_id)
    note = Note(
        EventType.LAUNCH_STARTED,
        f"Job {job.job_id} launches {len(record.servers)} servers in {record.target}",
        record.wave_number,
        {"jobId": job.job_id, "launchId": record.launch_id, "target": str(record.target)},
    )
    return Attempt(stored, note)


def _refused_by_drs(record: LaunchRecord, error: DrsServiceError, deps: Dependencies) -> Attempt:
    reason = f"DRS refused the launch in {record.target}: {error.drs_code}: {error.message}"
    if error.http_status == HTTPStatus.CONFLICT and not _explained(record, deps):
        return _doubtful(record, reason)
    # a conflict is about these servers; room, rights and rates are about all of them
    closes_all = error.http_status != HTTPStatus.CONFLICT
    return _refused(record, reason, error.http_status in FAILS_SERVERS, deps, closes_all=closes_all)


def _explained(record: LaunchRecord, deps: Dependencies) -> bool:
    """A conflict is definite only if a running job that is not this launch holds one of its servers."""
    try:
        listing = deps.drs.jobs(record.target, since=deps.clock.now() - RUNNING_JOBS_SINCE)
    except (CrossAccountError, DrsServiceError):
        return False
    ours = {server.source_server_id for server in record.servers}
    return not any(job.tags.get(LAUNCH_TAG) == record.launch_id for job in listing.jobs) and any(
        job.is_running and ours & {participant.source_server_id for participant in job.participants}
        for job in listing.jobs
    )


def _refused(
    record: LaunchRecord, reason: str, fails_servers: bool, deps: Dependencies, *, closes_all: bool = True
) -> Attempt:
    refused = deps.executions.refuse_launch(record, reason, fails_servers=fails_servers)
    deps.quotas.release(record.target, record.launch_id)
    note = Note(
        EventType.LAUNCH_REFUSED,
        reason,
        record.wave_number,
        {"launchId": record.launch_id, "target": str(record.target), "failsServers": fails_servers},
    )
    if fails_servers:
        return Attempt(refused, note, wait_seconds=1)
    return Attempt(refused, note, held_up=reason, closed=closes_all, wait_seconds=WAIT_FOR_ROOM)


def _doubtful(record: LaunchRecord, reason: str) -> Attempt:
    note = Note(
        EventType.WAITING,
        f"the launch in {record.target} is in doubt and is looked for, not repeated: {reason}",
        record.wave_number,
        {"launchId": record.launch_id, "target": str(record.target), "state": LaunchState.OPEN.value},
    )
    return Attempt(record, note, wait_seconds=WAIT_IN_DOUBT)
