"""Launches in doubt, running and ended: adoption by tag, loss by proof, and what DRS says of each job."""

from collections.abc import Iterator

from shared.drs_utils import LAUNCH_TAG
from shared.engine.bounds import ADOPTION_WINDOW, CLOCK_SKEW, POLL_SECONDS
from shared.engine.effects import AdoptJob, LoseLaunch
from shared.engine.observations import JobsQuestion, Unavailable
from shared.engine.state import IN_DOUBT, Draft
from shared.models.drs import Job, JobListing, JobType, SourceServer
from shared.models.event import EventType
from shared.models.launch import LIVE_LAUNCH_STATES, LaunchedServer, LaunchRecord, LaunchState
from shared.models.server_record import LaunchStatus, ServerRecord
from shared.models.targets import ServerKey, Target
from shared.models.wave_record import ENDED_WAVE_STATUSES

WATCHED = frozenset({LaunchState.OPEN, LaunchState.STARTED, LaunchState.LOST})


def settle_launches(draft: Draft) -> None:
    """Adopt the jobs of launches in doubt, prove losses, and follow servers into and out of launches."""
    for target in sorted({launch.target for launch in watched_launches(draft)}, key=str):
        watched = [launch for launch in watched_launches(draft) if launch.target == target]
        listing = jobs_of(draft, target, watched)
        if isinstance(listing, JobListing):
            for launch in watched:
                if launch.state in IN_DOUBT:
                    _settle_doubt(draft, launch, listing)
    follow_launches(draft)


def watched_launches(draft: Draft) -> Iterator[LaunchRecord]:
    """The launches that DRS is asked about: not those of this very step, which it has only just been told of.

    Nor those that are abandoned: after the end the reconciler asks about them.
    """
    return (
        launch
        for launch in draft.launches.values()
        if launch.state in WATCHED and not launch.is_abandoned and not launch.launch_id.startswith(draft.launch_prefix)
    )


def jobs_of(draft: Draft, target: Target, watched: list[LaunchRecord]) -> JobListing | None:
    """The listing of an account and region; None if it is not known (yet), which is noted."""
    doubtful = [launch.intent_at for launch in watched if launch.state in IN_DOUBT]
    question = JobsQuestion(
        ids=frozenset(launch.job_id for launch in watched if launch.job_id),
        since=min(doubtful) - ADOPTION_WINDOW if doubtful else None,
    )
    listing = draft.observer.jobs(target, question)
    if isinstance(listing, Unavailable):
        for launch in watched:
            draft.obstruct(launch.wave_number, listing.reason)
        return None
    return listing


def _settle_doubt(draft: Draft, launch: LaunchRecord, listing: JobListing) -> None:
    job = next((job for job in listing.jobs if job.tags.get(LAUNCH_TAG) == launch.launch_id), None)
    if job is not None:
        _adopt(draft, launch, job)
    elif launch.state is LaunchState.OPEN and listing.began_at > launch.not_after + draft.bounds.doubt:
        _lose(draft, launch, listing)


def _adopt(draft: Draft, launch: LaunchRecord, job: Job) -> None:
    draft.effects.append(AdoptJob(launch, job.job_id))
    draft.launches[launch.launch_id] = launch.model_copy(update={"state": LaunchState.STARTED, "job_id": job.job_id})
    draft.event(
        EventType.LAUNCH_ADOPTED,
        f"Job {job.job_id} in {launch.target} is ours by its tag; it is watched, not started again",
        wave=launch.wave_number,
        jobId=job.job_id,
        launchId=launch.launch_id,
    )


def _lose(draft: Draft, launch: LaunchRecord, listing: JobListing) -> None:
    """A launch is lost only if no job of its time may be its own, and the servers know nothing of it either."""
    for job in listing.jobs:
        if _may_be_its_own(draft, launch, job) and not _is_foreign(draft, launch, job):
            return
    for key, _ in members_of(launch):
        answer = draft.observer.source(key)
        if answer is None:
            return
        source = answer[0]
        if isinstance(source, Unavailable):
            draft.obstruct(launch.wave_number, source.reason)
            return
        if source is not None and not _is_clear(draft, launch, source, listing):
            return
    reason = "no job of ours appeared after the call could no longer have been carried out"
    draft.effects.append(LoseLaunch(launch, reason))
    draft.event(
        EventType.LAUNCH_LOST, reason, wave=launch.wave_number, launchId=launch.launch_id, target=str(launch.target)
    )
    draft.wait(1, "a lost launch is started again")


def _is_clear(draft: Draft, launch: LaunchRecord, source: SourceServer, listing: JobListing) -> bool:
    """Whether the server reports no launch since the intent, or one that surely is not this launch."""
    reported, job_id = source.last_launch_initiated_at, source.last_launch_job_id
    if reported is None or reported < launch.intent_at - CLOCK_SKEW:
        return True
    if job_id is not None and any(other.job_id == job_id for other in draft.launches.values()):
        return True
    job = next((job for job in listing.jobs if job.job_id == job_id), None)
    if job is None:
        words = f"server {source.source_server_id} reports a launch that no listing of {launch.target} shows"
        draft.wait(POLL_SECONDS, words)
        return False
    return _is_foreign(draft, launch, job)


def _may_be_its_own(draft: Draft, launch: LaunchRecord, job: Job) -> bool:
    """Whether the job is of the launch's time and servers, and no other launch of ours accounts for it."""
    if job.type is not JobType.LAUNCH or any(other.job_id == job.job_id for other in draft.launches.values()):
        return False
    latest = launch.not_after + draft.bounds.doubt
    if job.created_at is not None and not launch.intent_at - CLOCK_SKEW <= job.created_at <= latest:
        return False
    listed = {participant.source_server_id for participant in job.participants}
    return not listed or bool(listed & {member.source_server_id for member in launch.servers})


def _is_foreign(draft: Draft, launch: LaunchRecord, job: Job) -> bool:
    """Whether the job's tags prove that it is not this launch's; if they prove that it is, it is adopted."""
    # a listing may leave out what only ListTagsForResource tells
    tags = job.tags or draft.observer.job_tags(launch.target, job.job_id)
    if isinstance(tags, Unavailable):
        draft.obstruct(launch.wave_number, tags.reason)
        return False
    if tags is not None and tags.get(LAUNCH_TAG) == launch.launch_id:
        _adopt(draft, launch, job)
        return False
    return tags is not None


def follow_launches(draft: Draft) -> None:
    """Servers follow their launches: into LAUNCHING, out of lost ones, and down with those that refuse for good."""
    for launch in list(draft.launches.values()):
        number = launch.wave_number
        if not _matters_to_servers(launch) or _is_over(draft, number) or not draft.attend(number):
            continue
        # the wave's own record counts, not the header, which lags behind it when a step ended before its commit
        if draft.is_observed(number):
            for key, member in members_of(launch):
                server = draft.servers[key]
                if server.launch_id == launch.launch_id and server.launch is LaunchStatus.LAUNCHING:
                    _follow(draft, server, launch)
                elif (
                    server.launch_id is None
                    and server.launch is LaunchStatus.PENDING
                    and server.judged_launch_id != launch.launch_id
                ):
                    _join(draft, server, launch, member)


def _is_over(draft: Draft, number: int) -> bool:
    summary = draft.header.summary(number)
    return summary.status in ENDED_WAVE_STATUSES and not summary.draining


def _matters_to_servers(launch: LaunchRecord) -> bool:
    return (launch.state in WATCHED and not launch.is_abandoned) or launch.state is LaunchState.REFUSED


def _join(draft: Draft, server: ServerRecord, launch: LaunchRecord, member: LaunchedServer) -> None:
    """A server that waits to be launched, and a launch of it.

    One of an earlier attempt is a late job of ours: it is this attempt now, and the server is not launched beside it.
    """
    if launch.state in LIVE_LAUNCH_STATES:
        draft.change_server(
            server.server,
            launch=LaunchStatus.LAUNCHING,
            launch_id=launch.launch_id,
            job_id=launch.job_id,
            relaunch=False,
        )
    elif launch.state is LaunchState.REFUSED and launch.fails_servers and member.attempt == server.attempt:
        draft.change_server(server.server, launch=LaunchStatus.FAILED, reason=launch.reason)


def _follow(draft: Draft, server: ServerRecord, launch: LaunchRecord) -> None:
    """A server in the launch that its record names."""
    match launch.state:
        case LaunchState.REFUSED if launch.fails_servers:
            draft.change_server(server.server, launch=LaunchStatus.FAILED, reason=launch.reason)
        case LaunchState.REFUSED:
            # another step saw the launch in doubt before its own step was told that it was refused
            draft.change_server(
                server.server, launch=LaunchStatus.PENDING, reason=launch.reason, launch_id=None, job_id=None
            )
        case LaunchState.LOST:
            draft.change_server(
                server.server,
                launch=LaunchStatus.PENDING,
                reason="the launch was lost",
                attempt=server.attempt + 1,
                launch_id=None,
                job_id=None,
            )
        case _:
            draft.change_server(server.server, job_id=launch.job_id)


def members_of(launch: LaunchRecord) -> Iterator[tuple[ServerKey, LaunchedServer]]:
    """The servers of a launch under their full names."""
    for member in launch.servers:
        yield (
            ServerKey(
                account_id=launch.target.account_id,
                region=launch.target.region,
                source_server_id=member.source_server_id,
            ),
            member,
        )
