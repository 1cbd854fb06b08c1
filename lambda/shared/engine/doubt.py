"""Launches in doubt: adoption by tag, or by servers and time where jobs show no tags; loss by proof only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.drs_utils import LAUNCH_TAG
from shared.engine.bounds import CLOCK_SKEW, POLL_SECONDS, WallBounds
from shared.engine.draining import is_drained
from shared.engine.effects import AdoptJob, LoseLaunch, RememberJobs
from shared.engine.observations import Unavailable
from shared.engine.state import Draft
from shared.models.drs import Job, JobListing, JobType, SourceServer
from shared.models.event import EventType
from shared.models.launch import MOST_STRANGERS, MOST_SUSPECTS, LaunchedServer, LaunchRecord, LaunchState
from shared.models.wave_record import ENDED_WAVE_STATUSES

TAGS_TO_COME: Final = Unavailable("it has only just begun")
"""What a job says of its tags that has none so far."""


def settle_doubt(draft: Draft, launch: LaunchRecord, listing: JobListing) -> None:
    """Adopt the job of a launch that is OPEN, LOST or refused for now; unless it is LOST, a complete listing that began
    late proves that it has none.
    """
    if adopt_by_tag(draft, launch, listing):
        return
    is_lost = launch.state is LaunchState.LOST
    # of one that is LOST no step to come learns more than this one
    tells = is_lost or listing.began_at > launch.not_after + draft.bounds.doubt
    may_look = not tells or draft.may_settle()
    if tells and may_look:
        (_look_for_late_job if is_lost else _adopt_or_lose)(draft, launch, listing)
    if not tells or launch.wave_number in draft.postponed or (is_lost and not may_look):
        draft.settling.add(launch.launch_id)


def obstruct_launch(draft: Draft, launch: LaunchRecord, reason: str) -> None:
    """What a step has to know about a launch could not be read: it is told, and looked for again.

    Soon, unless all that the execution awaits may be a gate that is open for a year: of a LOST launch whose wave has
    its verdict, and of one whose drain is over, it is looked for as seldom as where it can be read.
    """
    has_ended = draft.header.summary(launch.wave_number).status in ENDED_WAVE_STATUSES
    is_lost = launch.state is LaunchState.LOST
    if has_ended and not is_lost:
        # the drain of a job that turned up when its wave was over stands with the wave
        draft.load(launch.wave_number)
    is_seldom = (has_ended and is_lost) or is_drained(draft, launch.wave_number)
    if reason and is_seldom:
        draft.hold(launch.wave_number, reason)
    else:
        draft.obstruct(launch.wave_number, reason)


def adopt_by_tag(draft: Draft, launch: LaunchRecord, listing: JobListing) -> bool:
    """Adopt the job that has the launch's tag; whether there is one and this step may still record it."""
    job = next((job for job in listing.jobs if job.tags.get(LAUNCH_TAG) == launch.launch_id), None)
    if job is None or not draft.may_settle():
        return False
    _adopt(draft, launch, job, "by its tag")
    return True


def _look_for_late_job(draft: Draft, launch: LaunchRecord, listing: JobListing) -> None:
    """Ask the jobs without tags that may be those of a LOST launch, however late, for their tags: adopt its own.

    Each is asked until an answer rules it out, which is remembered. That it has none does so once it is old enough. One
    that runs and cannot be asked, or is younger, is suspected: the launch is awaited like one that runs. When it has
    ended it holds nothing any more, as after the end of an execution; that nobody knows whose it was is told, and kept.
    """
    known = {other.job_id for other in draft.launches.values()}
    told = {*known, *launch.strangers, *(job.job_id for job in listing.jobs)}
    found = _Found(
        suspects=[one for one in launch.suspects if one not in told],
        unread=[one for one in launch.unread if one not in told],
    )
    for job in listing.jobs:
        if job.tags or not may_be_its(launch, job, known):
            continue
        tags = draft.observer.job_tags(launch.target, job.job_id)
        if isinstance(tags, Unavailable):
            _keep_unread(draft, launch, job, tags, found)
        elif tags is not None and tags.get(LAUNCH_TAG) == launch.launch_id:
            _adopt(draft, launch, job, "by its tag")
            return
        elif tags or (tags is not None and _is_settled(job, listing, draft.bounds)):
            found.strangers.append(job.job_id)
        elif tags is not None and job.is_running:
            _keep_unread(draft, launch, job, TAGS_TO_COME, found)
            draft.settling.add(launch.launch_id)
    _remember(draft, launch, listing, found)


@dataclass
class _Found:
    """What a listing has told of the jobs that may be those of a LOST launch, by their ids."""

    suspects: list[str]
    unread: list[str]
    strangers: list[str] = field(default_factory=list)


def _keep_unread(draft: Draft, launch: LaunchRecord, job: Job, unread: Unavailable, found: _Found) -> None:
    """A job whose tags were not read: what holds its launch, or its wave, is told."""
    if not unread.reason:
        # there was no time to ask about it: the next step does, and until then it is what it was
        draft.unasked.add(launch.target)
        obstruct_launch(draft, launch, "")
        if job.is_running or job.job_id in launch.suspects:
            found.suspects.append(job.job_id)
        elif job.job_id in launch.unread:
            found.unread.append(job.job_id)
    elif job.is_running:
        words = f"job {job.job_id} in {launch.target} may be that of a lost launch and shows no tags: {unread.reason}"
        obstruct_launch(draft, launch, words)
        found.suspects.append(job.job_id)
    else:
        found.unread.append(job.job_id)


def _remember(draft: Draft, launch: LaunchRecord, listing: JobListing, found: _Found) -> None:
    """Write down which jobs are not those of a LOST launch, beside those known before, which may be or were, and on
    which of its servers those work that may be.
    """
    known_first = sorted(found.unread, key=lambda job_id: job_id not in launch.unread)
    remembered = launch.model_copy(
        update={
            "strangers": (*launch.strangers, *found.strangers)[:MOST_STRANGERS],
            "suspects": tuple(found.suspects[:MOST_SUSPECTS]),
            "unread": tuple(known_first[:MOST_SUSPECTS]),
            "servers": _with_spared(launch, listing, found.suspects),
        }
    )
    if remembered != launch:
        draft.launches[launch.launch_id] = remembered
        draft.effects.append(RememberJobs(remembered))
    for job_id in found.unread:
        if job_id in launch.suspects or (job_id in remembered.unread and job_id not in launch.unread):
            _tell_of_unread(draft, launch, job_id)
    if launch.suspects and not found.suspects:
        # a wave that is over tells of them, and of their drain: at hand, it forgets both, and is written first
        draft.load(launch.wave_number)


def _with_spared(launch: LaunchRecord, listing: JobListing, suspects: Sequence[str]) -> tuple[LaunchedServer, ...]:
    """The servers of a launch, and which of them no suspect shows; none, if one shows none or more are suspected."""
    shown = {job.job_id: {one.source_server_id for one in job.participants} for job in listing.jobs}
    working = [shown.get(job_id, set()) for job_id in suspects]
    is_known = 0 < len(working) < MOST_SUSPECTS and all(working)
    held = set[str]().union(*working)
    return tuple(
        member.model_copy(update={"spared": is_known and member.source_server_id not in held})
        for member in launch.servers
    )


def _tell_of_unread(draft: Draft, launch: LaunchRecord, job_id: str) -> None:
    target = launch.target
    words = f"Job {job_id} in {target} has ended, and nobody could read whether it was that of a lost launch"
    draft.event(EventType.LAUNCH_LOST, words, wave=launch.wave_number, launchId=launch.launch_id, target=str(target))


def _is_settled(job: Job, listing: JobListing, bounds: WallBounds) -> bool:
    """Whether the job is so old that what it shows is all."""
    return job.created_at is not None and job.created_at + bounds.doubt < listing.began_at


def _adopt(draft: Draft, launch: LaunchRecord, job: Job, why: str) -> None:
    draft.effects.append(AdoptJob(launch, job.job_id))
    draft.launches[launch.launch_id] = launch.model_copy(update={"state": LaunchState.STARTED, "job_id": job.job_id})
    draft.event(
        EventType.LAUNCH_ADOPTED,
        f"Job {job.job_id} in {launch.target} is ours {why}; it is watched, not started again",
        wave=launch.wave_number,
        jobId=job.job_id,
        launchId=launch.launch_id,
    )


def _adopt_or_lose(draft: Draft, launch: LaunchRecord, listing: JobListing) -> None:
    """Settle the doubt, unless something must be asked or waited for first."""
    nameless = _nameless_of_its_time(draft, launch, listing)
    if nameless is None or _waits_for_nameless(draft, launch, nameless):
        return
    twins = _twins(draft, launch, nameless)
    if len(twins) == 1:
        _adopt(draft, launch, twins[0], "by its servers and its time, for it has no tags")
    elif twins:
        _lose(draft, launch, undecidable_words(twins), fails_servers=True)
    elif _servers_know_nothing(draft, launch, listing):
        _lose(draft, launch, "no job of ours appeared after the call could no longer have been carried out")


def _lose(draft: Draft, launch: LaunchRecord, reason: str, *, fails_servers: bool = False) -> None:
    if launch.is_postponed:
        draft.disproved.add(launch.launch_id)
    else:
        draft.effects.append(LoseLaunch(launch, reason, fails_servers))
    draft.event(
        EventType.LAUNCH_LOST, reason, wave=launch.wave_number, launchId=launch.launch_id, target=str(launch.target)
    )
    draft.wait(1, "a lost launch is settled")


def _nameless_of_its_time(draft: Draft, launch: LaunchRecord, listing: JobListing) -> list[Job] | None:
    """The jobs of the launch's time and servers that have no tags at all; None while tags are to be read first.

    If the tags prove that one is the launch's, it is adopted; other tags prove that it is not.
    """
    nameless, is_known = list[Job](), True
    known = {other.job_id for other in draft.launches.values()}
    for job in listing.jobs:
        if not is_of_its_time(launch, job, known, draft.bounds):
            continue
        # a listing may leave out what only ListTagsForResource tells
        tags = job.tags or draft.observer.job_tags(launch.target, job.job_id)
        if tags is None or isinstance(tags, Unavailable):
            is_known = False
            if isinstance(tags, Unavailable):
                obstruct_launch(draft, launch, tags.reason)
        elif tags.get(LAUNCH_TAG) == launch.launch_id:
            _adopt(draft, launch, job, "by its tag")
            return None
        elif not tags:
            nameless.append(job)
    return nameless if is_known else None


def is_of_its_time(launch: LaunchRecord, job: Job, known: Collection[str | None], bounds: WallBounds) -> bool:
    """Whether the job is of the launch's time and servers, and none of those for which launches of ours account."""
    is_late = job.created_at is not None and job.created_at > launch.not_after + bounds.doubt
    return may_be_its(launch, job, known) and not is_late


def may_be_its(launch: LaunchRecord, job: Job, known: Collection[str | None]) -> bool:
    """Whether the job was begun since the launch with servers of it, however late, and nobody else accounts for it.

    Other launches account for the `known` ones, and others than us for the launch's strangers.
    """
    if job.type is not JobType.LAUNCH or job.job_id in known or job.job_id in launch.strangers:
        return False
    if job.created_at is not None and job.created_at < launch.intent_at - CLOCK_SKEW:
        return False
    listed = {participant.source_server_id for participant in job.participants}
    return not listed or bool(listed & {member.source_server_id for member in launch.servers})


def _waits_for_nameless(draft: Draft, launch: LaunchRecord, nameless: list[Job]) -> bool:
    """Whether jobs without tags keep the doubt: one whose servers are not shown, one that runs and is not the launch's
    twin, twins of which nothing tells which is the launch's while they run. It is told.
    """
    in_the_way = [job.job_id for job in in_its_way(nameless, _twins(draft, launch, nameless))]
    if in_the_way:
        words = f"{', '.join(in_the_way)} in {launch.target} may be ours and shows no tags: it is waited for"
        obstruct_launch(draft, launch, words)
    return bool(in_the_way)


def _twins(draft: Draft, launch: LaunchRecord, nameless: Sequence[Job]) -> list[Job]:
    is_drill, bounds = draft.header.is_drill, draft.bounds
    return [job for job in nameless if is_its_twin(launch, job, is_drill=is_drill, bounds=bounds)]


def undecidable_words(twins: Sequence[Job]) -> str:
    """That more than one job has the launch's servers and time."""
    named = " and ".join(job.job_id for job in twins)
    return f"{named} may both be the launch of these servers, and no tag tells which: look at what they launched"


def in_its_way(nameless: Sequence[Job], twins: Sequence[Job]) -> list[Job]:
    """The jobs without tags that leave open whether one of them is the launch's."""
    return [
        job for job in nameless if not job.participants or (job.is_running and (job not in twins or len(twins) > 1))
    ]


def may_be_its_job(launch: LaunchRecord, job: Job, *, is_drill: bool, bounds: WallBounds) -> bool:
    """Whether a job without tags may be the launch's: of its time, begun as we call, and with no server of others."""
    servers = {participant.source_server_id for participant in job.participants}
    return (
        is_of_its_time(launch, job, (), bounds)
        and job.initiated_by in (_called(is_drill=is_drill), "")
        and servers <= {member.source_server_id for member in launch.servers}
    )


def _called(*, is_drill: bool) -> str:
    """By which call DRS says that a job of ours was begun."""
    return "START_DRILL" if is_drill else "START_RECOVERY"


def is_its_twin(launch: LaunchRecord, job: Job, *, is_drill: bool, bounds: WallBounds) -> bool:
    """Whether the job has just the launch's servers, was begun as we call, and within the time of our call."""
    servers = {participant.source_server_id for participant in job.participants}
    return (
        job.initiated_by == _called(is_drill=is_drill)
        and servers == {member.source_server_id for member in launch.servers}
        and (job.created_at is None or job.created_at <= launch.not_after + bounds.creation)
    )


def _servers_know_nothing(draft: Draft, launch: LaunchRecord, listing: JobListing) -> bool:
    """Whether no server of the launch reports a launch since the intent that may be this one."""
    for key, _ in launch.members:
        answer = draft.observer.source(key)
        if answer is None:
            return False
        source = answer[0]
        if isinstance(source, Unavailable):
            obstruct_launch(draft, launch, source.reason)
            return False
        if source is not None and not _is_clear(draft, launch, source, listing):
            return False
    return True


def _is_clear(draft: Draft, launch: LaunchRecord, source: SourceServer, listing: JobListing) -> bool:
    """Whether the server reports no launch since the intent, or one that surely is not this launch."""
    reported, job_id = source.last_launch_initiated_at, source.last_launch_job_id
    if reported is None or reported < launch.intent_at - CLOCK_SKEW:
        return True
    if any(job_id is not None and other.job_id == job_id for other in draft.launches.values()):
        return True
    if all(job.job_id != job_id for job in listing.jobs):
        words = f"server {source.source_server_id} reports a launch that no listing of {launch.target} shows"
        draft.wait(POLL_SECONDS, words)
        return False
    # of the jobs that are listed none is this launch's: its tags, or its servers and its time, have told
    return True
