"""The jobs that staging accounts run for launches of extended servers, read from DRS at this moment.

DRS names the launch in none of them. A server is in one job at a time, so a job that has the original of a launched
server, and was created while the launch may have been under way, is the launch's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from shared.aws.ports import DrsPort
from shared.errors import CrossAccountError, DrsServiceError, ErrorCode
from shared.models.drs import Job, JobType, Participant, ParticipantStatus
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord
from shared.models.server_record import ServerRecord
from shared.models.staging_job import StagingJob, UnreadStaging, WaveStaging
from shared.models.targets import ServerKey, Target
from shared.patience import answers_of
from shared.stores.execution_store import ExecutionStore

_AT_ONCE: Final = 16
_PAGE: Final = 200
_SECONDS: Final = 6
"""Of a reader's patience; what a staging account has not said by then is told as unread."""

_MARGIN: Final = timedelta(seconds=60)
"""Between our clock and that of DRS, and between the answer of a launch and what it began."""


@dataclass(frozen=True, slots=True)
class StagingJobs:
    """The jobs by the id of their launch, in the order of their accounts and regions, and who did not answer."""

    by_launch: Mapping[str, tuple[StagingJob, ...]]
    unread: Mapping[Target, UnreadStaging]


@dataclass(frozen=True, slots=True)
class _Extension:
    """A server of the target account, and those launches that have it."""

    server: ServerKey
    launches: list[LaunchRecord]


@dataclass(frozen=True, slots=True)
class _Jobs:
    """What a place answered; it may be nothing."""

    jobs: tuple[Job, ...]


def originals_of(servers: Iterable[ServerRecord]) -> dict[ServerKey, ServerKey]:
    """The servers in staging accounts of those that are extended, by these."""
    return {server.server: server.staging for server in servers if server.staging is not None}


def staging_jobs(
    launches: Sequence[LaunchRecord], originals: Mapping[ServerKey, ServerKey], drs: DrsPort
) -> StagingJobs:
    """What the staging accounts of these launches' servers have done, and do, for them."""
    launched = [launch for launch in launches if launch.job_id is not None]
    own = _by_place(launched, originals)
    if not own:
        return StagingJobs({}, {})
    since, until = _span(launched)
    questions = {place: partial(_listed, drs, place, since, until) for place in sorted(own)}
    answers = answers_of(questions, workers=_AT_ONCE, seconds=_SECONDS)
    found: dict[str, list[StagingJob]] = {}
    unread: dict[Target, UnreadStaging] = {}
    for place in questions:
        jobs = answers.get(place) or _silent(place)
        if isinstance(jobs, UnreadStaging):
            unread[place] = jobs
            continue
        for job in jobs.jobs:
            for launch_id, seen in _shown(place, job, own[place]):
                found.setdefault(launch_id, []).append(seen)
    return StagingJobs({launch_id: tuple(seen) for launch_id, seen in found.items()}, unread)


def staging_of_waves(
    header: ExecutionHeader, wave_numbers: Iterable[int], executions: ExecutionStore, drs: DrsPort
) -> dict[int, WaveStaging]:
    """The same for waves of an execution, all accounts and regions at once."""
    servers = {number: executions.servers(header, number) for number in wave_numbers}
    launches = [launch for launch in executions.launches(header) if launch.wave_number in servers]
    found = staging_jobs(launches, originals_of(server for own in servers.values() for server in own), drs)
    return {
        number: WaveStaging(
            jobs=tuple(
                job
                for launch in launches
                if launch.wave_number == number
                for job in found.by_launch.get(launch.launch_id, ())
            ),
            unread=tuple(found.unread[place] for place in sorted(_places(own)) if place in found.unread),
        )
        for number, own in servers.items()
    }


def _by_place(
    launches: Iterable[LaunchRecord], originals: Mapping[ServerKey, ServerKey]
) -> dict[Target, dict[str, _Extension]]:
    """The extended servers of these launches by where they are replicated, and by their ids there."""
    found: dict[Target, dict[str, _Extension]] = {}
    for launch in launches:
        for key, _ in launch.members:
            original = originals.get(key)
            if original is not None:
                in_place = found.setdefault(original.target, {})
                in_place.setdefault(original.source_server_id, _Extension(key, [])).launches.append(launch)
    return found


def _places(servers: Iterable[ServerRecord]) -> set[Target]:
    return {server.staging.target for server in servers if server.staging is not None}


def _span(launches: Sequence[LaunchRecord]) -> tuple[datetime, datetime | None]:
    """From when until when their jobs can have been created."""
    since = min(launch.intent_at for launch in launches) - _MARGIN
    ends = [launch.ended_at for launch in launches]
    last = [end for end in ends if end is not None]
    return since, max(last) + _MARGIN if len(last) == len(ends) else None


def _listed(drs: DrsPort, place: Target, since: datetime, until: datetime | None) -> _Jobs | UnreadStaging:
    jobs: list[Job] = []
    token: str | None = None
    try:
        while True:
            page = drs.job_page(place, ids=None, since=since, until=until, limit=_PAGE, token=token)
            jobs += (job for job in page.jobs if job.type is JobType.CREATE_CONVERTED_SNAPSHOT)
            token = page.next_token
            if token is None:
                return _Jobs(tuple(sorted(jobs, key=lambda job: (job.created_at or since, job.job_id))))
    except (DrsServiceError, CrossAccountError) as error:
        return _unread(place, error.code, error.message)


def _silent(place: Target) -> UnreadStaging:
    message = f"DescribeJobs in {place}: the endpoint did not answer while the caller waited"
    return _unread(place, ErrorCode.DRS_SERVICE_ERROR, message)


def _unread(place: Target, code: ErrorCode, message: str) -> UnreadStaging:
    return UnreadStaging(account_id=place.account_id, region=place.region, error=code.value, message=message)


def _shown(place: Target, job: Job, extensions: Mapping[str, _Extension]) -> Iterator[tuple[str, StagingJob]]:
    """The job as each launch of its servers has it; mostly that is one."""
    of_launch: dict[str, tuple[LaunchRecord, list[Participant]]] = {}
    for participant in job.participants:
        extension = extensions.get(participant.source_server_id)
        launch = None if extension is None else _launch_of(extension, job)
        if launch is not None:
            of_launch.setdefault(launch.launch_id, (launch, []))[1].append(participant)
    for launch_id, (launch, participants) in of_launch.items():
        named = [(extensions[each.source_server_id].server.source_server_id, each.status) for each in participants]
        yield (
            launch_id,
            StagingJob(
                job_id=job.job_id,
                launch_job_id=launch.job_id or "",
                account_id=place.account_id,
                region=place.region,
                status=job.status,
                created_at=job.created_at,
                ended_at=job.ended_at,
                server_ids=tuple(server_id for server_id, _ in named),
                failed_server_ids=tuple(server_id for server_id, status in named if status is ParticipantStatus.FAILED),
            ),
        )


def _launch_of(extension: _Extension, job: Job) -> LaunchRecord | None:
    """The last launch of the server that had begun when the job was created, and had not ended."""
    if job.created_at is None:
        return None
    created = job.created_at
    begun = [
        launch
        for launch in extension.launches
        if launch.intent_at - _MARGIN <= created and (launch.ended_at is None or created <= launch.ended_at + _MARGIN)
    ]
    return max(begun, key=lambda launch: launch.intent_at, default=None)
