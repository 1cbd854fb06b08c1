"""What one round of a termination sees of an account and region: its jobs, its instances, what is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestration.abandoned import tags_of_nameless
from orchestration.dependencies import Dependencies
from orchestration.reservations import adopt
from orchestration.surviving import due_instances, note_survivors, note_unanswered
from orchestration.termination_round import TerminationRound
from shared.drs_limits import RUNNING_JOBS_SINCE
from shared.drs_utils import LAUNCH_TAG
from shared.engine.bounds import ADOPTION_WINDOW, JUDGEMENT_GRACE
from shared.engine.doubt import may_be_its
from shared.engine.texts import counted
from shared.models.base import format_instant
from shared.models.drs import Job, JobListing, JobType, ParticipantStatus, RecoveryInstance
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.prepared_instance import was_there
from shared.models.targets import Target
from shared.models.termination import TerminationCall


@dataclass(frozen=True)
class Seen:
    """The jobs of an account and region, and the instances that are to be terminated now."""

    listing: JobListing
    due: Sequence[RecoveryInstance]


def look(target: Target, found: TerminationRound) -> Seen:
    """Read an account and region, settle what was going on there, and note what is left.

    Everything is read before anything is settled: what became of a call is not forgotten because a read failed. So is
    whose an instance is: nothing is terminated while EC2 does not tell.
    """
    launches = [launch for launch in found.launches if launch.target == target]
    listing, ours, unread = _ledger(target, launches, found)
    servers = {member.source_server_id for launch in launches for member in launch.servers}
    shown = [
        instance
        for instance in found.deps.drs.recovery_instances(target, source_server_ids=sorted(servers))
        if instance.job_id in ours
    ]
    _find_owned(target, shown, ours, found)
    instances = [instance for instance in shown if not found.is_left(target, instance)]
    calls = _settle_calls(target, listing, found)
    held = _held(target, launches, listing, ours, found) | _held_unread(target, launches, listing, unread, found)
    going = _in_terminations(listing) & servers
    if going:
        found.running.add(target)
    found.reachable += sum(instance.source_server_id not in held for instance in instances)
    hidden = _not_shown_yet(target, listing, ours, found)
    # a TERMINATE job brings no instance: a server without one is not kept because others of its job hang
    found.see(target, instances, held | hidden, is_quiet=calls.all_shown)
    found.miss_instances(target, _ended_servers(listing, ours) - hidden, shown)
    found.leave_unread(target, _ended_unread(listing, unread))
    free = [instance for instance in instances if instance.source_server_id not in going | held]
    note_survivors(target, calls.ended, free, found)
    note_unanswered(target, calls.unanswered, free, found)
    found.keep_marks()
    return Seen(listing, due_instances(target, _in_no_call(free, calls.kept), found) if calls.all_shown else ())


def _find_owned(
    target: Target, shown: Sequence[RecoveryInstance], ours: Mapping[str, LaunchRecord], found: TerminationRound
) -> None:
    """Note which of the instances were there before, though nothing of ours says so: EC2 is asked before any call.

    They carry the tag, and were made before the launch. What it has made itself may carry it too, as a copy.
    """
    unasked = [
        instance
        for instance in shown
        if not found.is_left(target, instance)
        and not any(call.was_for(instance.recovery_instance_id) for call in found.calls)
    ]
    if not unasked:
        return
    owned = found.deps.ec2.open_to_launches(target, sorted(instance.ec2_instance_id for instance in unasked))
    for instance in unasked:
        instance_id, launch = instance.ec2_instance_id, ours[instance.job_id or ""]
        if instance_id in owned and was_there(owned[instance_id], launch.intent_at):
            found.leave(target, instance)


def _in_no_call(instances: Sequence[RecoveryInstance], running: Sequence[TerminationCall]) -> list[RecoveryInstance]:
    """Those for which no call of ours is under way: DRS names nobody just after the creation of a job."""
    return [
        instance for instance in instances if not any(call.was_for(instance.recovery_instance_id) for call in running)
    ]


def _ledger(
    target: Target, launches: Sequence[LaunchRecord], found: TerminationRound
) -> tuple[JobListing, Mapping[str, LaunchRecord], Mapping[str, str]]:
    """The jobs there, and by job our launches, also those that were given up and have one by now.

    A listing may leave out the tags that only ListTagsForResource tells. Of the jobs whose tags our role may not read,
    so that they may be ours, it tells why; one of them may be denied for ever and keeps nothing else waiting.
    """
    deps = found.deps
    since = deps.clock.now() - RUNNING_JOBS_SINCE
    listing = deps.drs.jobs(target, since=min([since, *(launch.intent_at - ADOPTION_WINDOW for launch in launches)]))
    ours = {launch.job_id: launch for launch in launches if launch.job_id}
    unknown = {launch.launch_id: launch for launch in launches if launch.job_id is None}
    told, unread = tags_of_nameless(target, list(unknown.values()), listing, frozenset(ours), deps)
    for job in listing.jobs:
        launch = unknown.get((job.tags or told.get(job.job_id, {})).get(LAUNCH_TAG, ""))
        if launch is not None and job.is_running:
            ours[job.job_id] = adopt(launch, job.job_id, deps)
        elif launch is not None:
            ours[job.job_id] = deps.executions.record_job(launch, job.job_id)
        elif not job.is_running and job.job_id in ours:
            _free_room(ours[job.job_id], deps)
    return listing, ours, unread


def _free_room(launch: LaunchRecord, deps: Dependencies) -> None:
    """Of a late job that a termination has found and that has ended; that of an abandoned one is freed with its end."""
    if launch.state is LaunchState.STARTED and not launch.is_abandoned:
        deps.quotas.release(launch.target, launch.launch_id)


def _held(
    target: Target,
    launches: Sequence[LaunchRecord],
    listing: JobListing,
    ours: Mapping[str, LaunchRecord],
    found: TerminationRound,
) -> set[str]:
    """The servers on which launch jobs of this execution work, those that are awaited and abandoned ones."""
    abandoned = [launch for launch in launches if launch.is_abandoned]
    for launch in abandoned:
        found.stuck.append(f"{target}: {launch.job_words}, begun at {format_instant(launch.intent_at)}, has not ended")
    stuck = {launch.job_id for launch in abandoned}
    running = [job for job in listing.jobs if job.is_running and job.job_id in ours and job.job_id not in stuck]
    for job in running:
        found.running.add(target)
        found.may_launch = True
        found.busy.append(f"{target}: job {job.job_id} of this execution still runs")
    members = {server.source_server_id for launch in abandoned for server in launch.held}
    return members.union(*(_servers_of(job, ours) for job in running))


def _held_unread(
    target: Target,
    launches: Sequence[LaunchRecord],
    listing: JobListing,
    unread: Mapping[str, str],
    found: TerminationRound,
) -> set[str]:
    """The servers on which jobs work that may be ours; of one that shows none all of which it may be the launch."""
    held = set[str]()
    for job in listing.jobs:
        if job.job_id in unread and job.is_running:
            words = f"job {job.job_id} still runs, and nobody may read whether it is of this execution"
            found.stuck.append(f"{target}: {words}: {unread[job.job_id]}")
            maybe = [launch for launch in launches if launch.job_id is None and may_be_its(launch, job, ())]
            members = {member.source_server_id for launch in maybe for member in launch.servers}
            held |= {one.source_server_id for one in job.participants} or members
    return held


def _ended_unread(listing: JobListing, unread: Mapping[str, str]) -> Mapping[str, str]:
    """The jobs that have ended, may be ours, and may have launched anything: why nobody may read it."""
    return {
        job.job_id: unread[job.job_id]
        for job in listing.jobs
        if job.job_id in unread and not job.is_running and not _has_failed(job)
    }


def _has_failed(job: Job) -> bool:
    """Whether it launched none of its servers."""
    return bool(job.participants) and all(one.status is ParticipantStatus.FAILED for one in job.participants)


def _not_shown_yet(
    target: Target, listing: JobListing, ours: Mapping[str, LaunchRecord], found: TerminationRound
) -> set[str]:
    """Servers of launch jobs that have just ended, whose instances nobody has seen: DRS may not show them yet.

    What is clean without them may not be so in a minute.
    """
    now = found.deps.clock.now()
    ended = [job for job in listing.jobs if job.job_id in ours and not job.is_running]
    fresh = [job for job in ended if now - _ended_at(job, ours[job.job_id], found) < JUDGEMENT_GRACE]
    hidden = {server for job in fresh for server in _servers_of(job, ours) - found.launched_by(target, job.job_id)}
    if hidden:
        found.running.add(target)
        found.may_launch = True
        words = f"{counted(len(hidden), 'server')} of a job that has just ended may show an instance yet"
        found.busy.append(f"{target}: {words}")
    return hidden


def _ended_at(job: Job, launch: LaunchRecord, found: TerminationRound) -> datetime:
    """When a job has ended; one that does not say so, when it was first seen to have ended, which is written down."""
    if job.ended_at is not None:
        return job.ended_at
    now = found.deps.clock.now()
    return launch.ended_at or found.deps.executions.note_end(launch, now).ended_at or now


def _ended_servers(listing: JobListing, ours: Mapping[str, LaunchRecord]) -> set[str]:
    """The servers of our launch jobs that have ended, but those that failed in them."""
    ended = [job for job in listing.jobs if job.job_id in ours and not job.is_running]
    return set[str]().union(*(_servers_of(job, ours) for job in ended))


def _servers_of(job: Job, ours: Mapping[str, LaunchRecord]) -> set[str]:
    """What DRS names, but those that failed, and what the launch asked for: it names nobody just after the creation."""
    failed = {one.source_server_id for one in job.participants if one.status is ParticipantStatus.FAILED}
    named = {one.source_server_id for one in job.participants}
    return {*named, *(member.source_server_id for member in ours[job.job_id].servers)} - failed


def _in_terminations(listing: JobListing) -> set[str]:
    """The servers on which TERMINATE jobs work, whoever began them."""
    return {
        participant.source_server_id
        for job in listing.jobs
        if job.is_running and job.type is JobType.TERMINATE
        for participant in job.participants
    }


@dataclass
class _Settled:
    """What became of the calls: those whose jobs have `ended`, those of which none has appeared in time, those `kept`.

    `all_shown` unless the listing may hide a job of ours: what it terminates would be called for again.
    """

    ended: list[tuple[TerminationCall, Job]]
    unanswered: list[TerminationCall]
    kept: list[TerminationCall]
    all_shown: bool = True


def _settle_calls(target: Target, listing: JobListing, found: TerminationRound) -> _Settled:
    """Calls whose job has ended, or whose outcome nobody will ever know, hold no room any more."""
    deps, shown = found.deps, {job.job_id: job for job in listing.jobs}
    settled, elsewhere = _Settled([], [], []), []
    for call in found.calls:
        job = shown.get(call.job_id or "")
        is_fresh = deps.clock.now() - call.made_at < deps.bounds.not_after + deps.bounds.doubt
        if call.target != target:
            elsewhere.append(call)
        elif is_fresh if job is None else job.is_running:
            found.running.add(target)
            found.awaits_first = found.awaits_first or call.first
            found.busy.append(_running_words(call))
            settled.kept.append(call)
            settled.all_shown = settled.all_shown and job is not None
        else:
            deps.quotas.release(target, call.call_id)
            if job is None:
                settled.unanswered.append(call)
            else:
                settled.ended.append((call, job))
    found.calls = elsewhere + settled.kept
    return settled


def _running_words(call: TerminationCall) -> str:
    job = f"job {call.job_id}" if call.job_id else "a call without an answer"
    begun, runs = format_instant(call.made_at), "runs" if call.job_id else "may run"
    return f"{call.target}: a termination of {counted(call.server_count, 'instance')} {runs}, {job} of {begun}"
