"""Launches in doubt, running and ended, and the servers that follow them."""

from collections.abc import Iterator
from datetime import datetime

from shared.engine.bounds import ADOPTION_WINDOW
from shared.engine.doubt import adopt_by_tag, obstruct_launch, settle_doubt
from shared.engine.launch_settings import settings_note
from shared.engine.observations import JobsQuestion, Unavailable
from shared.engine.state import IN_DOUBT, Draft
from shared.models.drs import JobListing
from shared.models.execution import ExecutionStatus
from shared.models.launch import LIVE_LAUNCH_STATES, LaunchedServer, LaunchRecord, LaunchState
from shared.models.server_record import LaunchStatus, ServerRecord
from shared.models.targets import Target
from shared.models.wave_record import ENDED_WAVE_STATUSES, WaveStatus

WATCHED = frozenset({LaunchState.OPEN, LaunchState.STARTED, LaunchState.LOST})


def settle_launches(draft: Draft) -> None:
    """Adopt the jobs of launches in doubt, prove losses, and follow servers into and out of launches."""
    left = [launch for launch in draft.launches.values() if is_left(draft, launch)]
    draft.settling |= {launch.launch_id for launch in left if draft.now <= proof_at(draft, launch)}
    for target in sorted({launch.target for launch in watched_launches(draft)}, key=str):
        watched = [launch for launch in watched_launches(draft) if launch.target == target]
        listing = jobs_of(draft, target, watched)
        if isinstance(listing, JobListing):
            for launch in watched:
                if _is_doubtful(launch):
                    settle_doubt(draft, launch, listing)
            # their sake is no reason to ask: before anything is launched there again they are looked for anyway
            for launch in postponed_launches(draft, target):
                adopt_by_tag(draft, launch, listing)
    follow_launches(draft)


def watched_launches(draft: Draft) -> Iterator[LaunchRecord]:
    """The launches that DRS is asked about: not those of this very step, which it has only just been told of.

    Nor those that are abandoned: after the end the reconciler asks about them. Of those that were refused for now no
    more than one listing is asked for, when it is a proof, and only if no call looks for their jobs.
    """
    return (
        launch
        for launch in draft.launches.values()
        if not launch.launch_id.startswith(draft.launch_prefix)
        and (
            (launch.state in WATCHED and not launch.is_abandoned)
            or (is_left(draft, launch) and draft.now > proof_at(draft, launch))
        )
    )


def is_left(draft: Draft, launch: LaunchRecord) -> bool:
    """Whether a launch that was refused for now is unproven, and no call to come looks for its job.

    A call does while one of its servers waits to be launched, and may be.
    """
    number, header = launch.wave_number, draft.header
    if not draft.is_unproven(launch):
        return False
    is_going_on = header.status in (ExecutionStatus.RUNNING, ExecutionStatus.PAUSED) and not draft.pause_is_open
    if not is_going_on or draft.why_nothing_starts or header.summary(number).status is not WaveStatus.LAUNCHING:
        return True
    if not draft.attend(number):
        return draft.sleeps(number)
    return all(draft.servers[key].launch is not LaunchStatus.PENDING for key, _ in launch.members)


def proof_at(draft: Draft, launch: LaunchRecord) -> datetime:
    """After which instant one listing proves of all launches of a wave that are left there that they have no job."""
    left = [other for other in draft.launches_of(launch.wave_number) if is_left(draft, other)]
    latest = max((other.not_after for other in left if other.target == launch.target), default=launch.not_after)
    return latest + draft.bounds.doubt


def _is_doubtful(launch: LaunchRecord) -> bool:
    return launch.state in IN_DOUBT or launch.is_postponed


def postponed_launches(draft: Draft, target: Target) -> list[LaunchRecord]:
    """The launches there that were refused for now, and of which no job is known."""
    return [launch for launch in draft.launches.values() if launch.target == target and launch.is_postponed]


def jobs_of(draft: Draft, target: Target, watched: list[LaunchRecord]) -> JobListing | None:
    """The listing of an account and region; None if it is not known (yet), which is noted."""
    doubtful = [launch.intent_at for launch in watched if _is_doubtful(launch)]
    question = JobsQuestion(
        ids=frozenset(launch.job_id for launch in watched if launch.job_id),
        since=min(doubtful) - ADOPTION_WINDOW if doubtful else None,
    )
    listing = draft.observer.jobs(target, question)
    if isinstance(listing, Unavailable):
        if not listing.reason:
            draft.unasked.add(target)
        elif any(launch.state is LaunchState.LOST for launch in watched):
            draft.denied[target] = listing.reason
        for launch in watched:
            obstruct_launch(draft, launch, listing.reason)
        return None
    return listing


def follow_launches(draft: Draft) -> None:
    """Servers follow their launches: into LAUNCHING, out of lost ones, and down with those that refuse for good."""
    for launch in list(draft.launches.values()):
        number = launch.wave_number
        if not _matters_to_servers(launch) or _is_over(draft, number) or not draft.attend(number):
            continue
        # the wave's own record counts, not the header, which lags behind it when a step ended before its commit
        if draft.is_observed(number):
            for key, member in launch.members:
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
            settings_note=settings_note(draft, server),
        )
    elif launch.fails_servers and member.attempt == server.attempt:
        draft.change_server(server.server, launch=LaunchStatus.FAILED, reason=launch.reason)


def _follow(draft: Draft, server: ServerRecord, launch: LaunchRecord) -> None:
    """A server in the launch that its record names."""
    match launch.state:
        case LaunchState.REFUSED | LaunchState.LOST if launch.fails_servers:
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
