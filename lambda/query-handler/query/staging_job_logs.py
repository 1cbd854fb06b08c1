"""The logs of the jobs that staging accounts run for an execution's launches, read from DRS at this moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from query.log_lines import JobLogLine, ReadFailure, lines_of, read_failure, unanswered
from shared.aws.ports import DrsPort
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.base import Model
from shared.models.launch import LaunchRecord
from shared.models.server_record import ServerRecord
from shared.models.staging_job import StagingJob, UnreadStaging
from shared.models.targets import Target
from shared.patience import answers_of, part_of_patience
from shared.services.staging_jobs import StagingJobs, originals_of, staging_jobs

_AT_ONCE: Final = 8


class StagingJobLog(Model):
    """The log of the job of a staging account; with `failure` it could not be read, which says nothing of the job."""

    job: StagingJob
    lines: tuple[JobLogLine, ...] = ()
    failure: ReadFailure | None = None


@dataclass(frozen=True, slots=True)
class StagingLogs:
    """The logs by the id of their launch, and by that the staging accounts that did not name their jobs."""

    logs: Mapping[str, tuple[StagingJobLog, ...]]
    unread: Mapping[str, tuple[UnreadStaging, ...]]


def staging_logs(launches: Sequence[LaunchRecord], servers: Sequence[ServerRecord], drs: DrsPort) -> StagingLogs:
    """What staging accounts logged for these launches; without extended servers nothing is asked."""
    originals = originals_of(servers)
    if not originals:
        return StagingLogs({}, {})
    found = staging_jobs(launches, originals, drs)
    names = {
        server.staging.source_server_id: server.name for server in servers if server.staging is not None and server.name
    }
    jobs = {(job.account_id, job.job_id): job for own in found.by_launch.values() for job in own}
    asked = {key: partial(_log_of, job, names, drs) for key, job in jobs.items()}
    logs = answers_of(asked, workers=_AT_ONCE, seconds=part_of_patience(is_last=True))
    return StagingLogs(
        {launch_id: tuple(_logged(job, logs) for job in own) for launch_id, own in found.by_launch.items()},
        {launch.launch_id: unread for launch in launches if (unread := tuple(_unread(launch, servers, found)))},
    )


def _log_of(job: StagingJob, names: Mapping[str, str], drs: DrsPort) -> StagingJobLog:
    try:
        entries = drs.job_log(Target(account_id=job.account_id, region=job.region), job.job_id)
    except (CrossAccountError, DrsServiceError) as error:
        return StagingJobLog(job=job, failure=read_failure(error))
    return StagingJobLog(job=job, lines=lines_of(entries, names))


def _logged(job: StagingJob, logs: Mapping[tuple[str, str], StagingJobLog]) -> StagingJobLog:
    """The log beside the job as this launch has it; a job is mostly of one launch."""
    log = logs.get((job.account_id, job.job_id))
    if log is None:
        place = Target(account_id=job.account_id, region=job.region)
        return StagingJobLog(job=job, failure=unanswered(place))
    return log.model_copy(update={"job": job})


def _unread(launch: LaunchRecord, servers: Iterable[ServerRecord], found: StagingJobs) -> Iterable[UnreadStaging]:
    members = {key for key, _ in launch.members}
    places = {server.staging.target for server in servers if server.staging is not None and server.server in members}
    return (found.unread[place] for place in sorted(places) if place in found.unread)
