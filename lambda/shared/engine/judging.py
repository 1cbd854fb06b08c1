"""Verdicts: DRS jobs end COMPLETED even if every server failed, so servers are judged by their recovery instances."""

from collections.abc import Collection, Sequence
from datetime import datetime

from shared.engine.bounds import DRAINED_POLL_SECONDS, JUDGEMENT_GRACE, POLL_SECONDS, UNREAD_GRACE
from shared.engine.checking import launch_again
from shared.engine.deadlines import tell_the_end
from shared.engine.draining import is_long_drained
from shared.engine.effects import FinishLaunch, RecordEnd
from shared.engine.findings import forget_instance
from shared.engine.observations import Unavailable
from shared.engine.recovery_points import recovery_words
from shared.engine.settling import jobs_of, watched_launches
from shared.engine.state import FINAL_LAUNCH_STATUSES, RUNNING_WAVE_STATUSES, Draft
from shared.engine.texts import counted
from shared.execution_utils import is_well
from shared.job_log_words import sentence_of
from shared.models.drs import Job, JobListing, JobLogEntry, JobStatus, ParticipantStatus, RecoveryInstance
from shared.models.event import EventType
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.targets import Target
from shared.models.wave_record import ENDED_WAVE_STATUSES


def judge_launches(draft: Draft) -> None:
    """Judge every server of the launches whose jobs have ended."""
    by_target: dict[Target, list[LaunchRecord]] = {}
    for launch in watched_launches(draft):
        by_target.setdefault(launch.target, []).append(launch)
    started = [launch for launch in watched_launches(draft) if launch.state is LaunchState.STARTED]
    jobs: dict[tuple[Target, str | None], Job] = {}
    for target in dict.fromkeys(launch.target for launch in started):
        listing = jobs_of(draft, target, by_target[target])
        # of a job that two pages show, the first tells
        jobs |= {(target, job.job_id): job for job in reversed(listing.jobs)} if listing else {}
    for launch in started:
        job = jobs.get((launch.target, launch.job_id))
        has_ended = job is not None and job.status is JobStatus.COMPLETED
        if job is not None and has_ended and draft.may_settle() and draft.load(launch.wave_number):
            _judge_launch(draft, launch, job)
    doubt_beside_unread(draft)


def _judge_launch(draft: Draft, launch: LaunchRecord, job: Job) -> None:
    """Every server of an ended job gets its verdict; only then the launch is done."""
    undecided = 0
    ended_at = job.ended_at or launch.ended_at or draft.now
    for key, _ in launch.members:
        server = draft.servers[key]
        if _may_be_replaced(draft, server, launch):
            undecided += not _replace_instance(draft, server, launch, job, ended_at)
            continue
        if server.launch in FINAL_LAUNCH_STATUSES or server.judged_launch_id == launch.launch_id:
            continue
        if server.launch_id in (None, launch.launch_id):
            undecided += server.launch_id is None or not _judge_server(draft, server, job, ended_at)
        elif _is_in_doubt(draft, server):
            # proved to be lost, or given up, the newer launch leaves the server to this job
            draft.settling.add(launch.launch_id)
            undecided += 1
    _tell_its_wave(draft, launch.wave_number)
    if undecided:
        _await_verdicts(draft, launch, job, undecided, ended_at)
        return
    if not _is_counted(draft, launch.wave_number):
        draft.settling.add(launch.launch_id)
        draft.wait(1, f"what job {job.job_id} has launched late is counted")
        return
    draft.effects.append(FinishLaunch(launch))
    draft.launches[launch.launch_id] = launch.model_copy(update={"state": LaunchState.DONE, "ended_at": ended_at})
    draft.event(
        EventType.LAUNCH_DONE,
        f"Job {job.job_id} in {launch.target} has ended",
        wave=launch.wave_number,
        jobId=job.job_id,
        launchId=launch.launch_id,
    )


def _await_verdicts(draft: Draft, launch: LaunchRecord, job: Job, undecided: int, ended_at: datetime) -> None:
    """So many servers of an ended job have no verdict yet: look again; its end is being settled within the grace."""
    if job.ended_at is None and launch.ended_at is None:
        draft.effects.append(RecordEnd(launch, draft.now))
    is_early = draft.looked_at - ended_at < JUDGEMENT_GRACE
    seconds = DRAINED_POLL_SECONDS if not is_early and is_long_drained(draft, launch.wave_number) else POLL_SECONDS
    draft.wait(seconds, f"job {job.job_id} has ended, {counted(undecided, 'server')} without a verdict")
    if is_early or launch.wave_number in draft.postponed:
        draft.settling.add(launch.launch_id)


def _is_counted(draft: Draft, number: int) -> bool:
    """Whether what the servers of a loaded wave have become is counted, or will be.

    Those of a wave that is not observed nobody reads again once its launch is done, and the commit of this step may be
    lost: the header that was loaded has to count them.
    """
    if draft.is_observed(number):
        return True
    draft.count_servers()
    before, now = draft.state.header.summary(number), draft.header.summary(number)
    return (before.launched_count, before.failed_count) == (now.launched_count, now.failed_count)


def _tell_its_wave(draft: Draft, number: int) -> None:
    """A wave that had its verdict before a late job ended tells what that has launched; one that drains does later."""
    summary = draft.header.summary(number)
    if summary.status in ENDED_WAVE_STATUSES and not summary.draining:
        tell_the_end(draft, number)


def _is_in_doubt(draft: Draft, server: ServerRecord) -> bool:
    """Whether nobody knows whether the launch that the server's record names has a job."""
    launch = draft.launches.get(server.launch_id or "")
    return launch is not None and launch.state is LaunchState.OPEN


def _may_be_replaced(draft: Draft, server: ServerRecord, launch: LaunchRecord) -> bool:
    """Whether the job of another attempt has come late for a server that has its verdict.

    Once its wave has one too, a server that was found well stays what that rests on.
    """
    if server.launch not in FINAL_LAUNCH_STATUSES or launch.launch_id in (server.launch_id, server.judged_launch_id):
        return False
    return _is_running(draft, server) or not is_well(server)


def _is_running(draft: Draft, server: ServerRecord) -> bool:
    return draft.header.summary(server.wave_number).status in RUNNING_WAVE_STATUSES


def _replace_instance(draft: Draft, server: ServerRecord, launch: LaunchRecord, job: Job, ended_at: datetime) -> bool:
    """The late job becomes the server's next attempt if it has launched it; whether that is known now.

    Of one that launched nothing the verdict stays, unless DRS has taken the earlier job's instance away for it. That of
    the wave, if it has one, stays in any case: nobody checks the instance, but it is there, and is told.
    """
    instances = _instances_of(draft, server)
    if instances is None:
        return False
    instance = next((found for found in instances if found.job_id == job.job_id), None)
    if instance is None:
        shown = {found.recovery_instance_id for found in instances}
        _doubt_health(draft, server, ended_at, shown, f"job {job.job_id} of an earlier attempt came late")
        return draft.looked_at - ended_at >= JUDGEMENT_GRACE
    words = f"job {job.job_id} of an earlier attempt came late"
    launch_again(draft, server, f"{words} and has launched it")
    if _is_running(draft, server):
        unchecked = f"{words} and has launched another instance in the place of the one before"
    else:
        unchecked = f"{words}, after its wave's verdict: nobody has checked what it launched"
    draft.change_server(server.server, health=HealthStatus.UNKNOWN, reason=unchecked, launch_id=launch.launch_id)
    _launched(draft, draft.servers[server.server], job, instance)
    return True


def _doubt_health(draft: Draft, server: ServerRecord, ended_at: datetime, shown: Collection[str], why: str) -> None:
    """Check a healthy server again whose instance DRS does not show any more: it goes before the next is launched.

    Once when the job has ended and once after the grace: EC2 may go on to find well what DRS does not show.
    """
    if server.health is not HealthStatus.HEALTHY or server.recovery_instance_id in shown:
        return
    if _is_to_be_doubted(draft, server, ended_at):
        words = f"{why}, and DRS does not show the instance any more"
        draft.change_server(server.server, health=HealthStatus.UNKNOWN, reason=words, checked_from=draft.now)


def _is_to_be_doubted(draft: Draft, server: ServerRecord, ended_at: datetime) -> bool:
    """Whether the server was not checked again yet since a job has ended; after the grace, not since that."""
    due_at = ended_at if draft.looked_at - ended_at < JUDGEMENT_GRACE else ended_at + JUDGEMENT_GRACE
    return server.checked_from is None or server.checked_from < due_at


def doubt_beside_unread(draft: Draft) -> None:
    """A job that has ended, and may have been that of a lost launch, may have taken instances away, whosever it was.

    Only those of waves without a verdict are checked again.
    """
    for launch in list(draft.launches.values()):
        listing = draft.observations.jobs.get(launch.target)
        if not launch.unread or not isinstance(listing, JobListing):
            continue
        is_judged = draft.header.summary(launch.wave_number).status not in RUNNING_WAVE_STATUSES
        if launch.state is LaunchState.LOST and not is_judged and draft.load(launch.wave_number):
            for job in listing.jobs:
                if job.job_id in launch.unread:
                    _doubt_what_it_shows(draft, launch, job)


def _doubt_what_it_shows(draft: Draft, launch: LaunchRecord, job: Job) -> None:
    """The wave's verdict waits for the grace while DRS does not show the instance of a server that is well."""
    ended_at = job.ended_at or job.created_at or launch.intent_at
    shown = {participant.source_server_id for participant in job.participants}
    is_early = draft.looked_at - ended_at < JUDGEMENT_GRACE
    for key, _ in launch.members:
        server = draft.servers[key]
        is_older = server.launched_at is None or server.launched_at <= ended_at
        if server.health is not HealthStatus.HEALTHY or not is_older or (shown and key.source_server_id not in shown):
            continue
        if not is_early and not _is_to_be_doubted(draft, server, ended_at):
            continue
        instances = draft.observer.instances(key)
        why = f"job {job.job_id}, which may have been ours, has ended"
        if isinstance(instances, Unavailable):
            if _doubt_unread(draft, server, ended_at, instances.reason, why) or is_early:
                draft.doubted.add(launch.wave_number)
        elif instances is not None:
            ids = {found.recovery_instance_id for found in instances}
            _doubt_health(draft, server, ended_at, ids, why)
            if is_early and server.recovery_instance_id not in ids:
                draft.doubted.add(launch.wave_number)
                words = "DRS does not show the instance of a server any more that is well"
                draft.hold(launch.wave_number, f"job {job.job_id} has ended, and {words}")


def _doubt_unread(draft: Draft, server: ServerRecord, ended_at: datetime, reason: str, why: str) -> bool:
    """DRS could not be read, or was not asked in this step: whether that is waited for, some minutes beyond the grace.

    Otherwise EC2 is asked.
    """
    if not reason and draft.looked_at - ended_at < JUDGEMENT_GRACE + UNREAD_GRACE:
        draft.obstruct(server.wave_number, "")
        return True
    unread, cause = f"{why}, and nobody could read whether", reason or "there was no time to ask"
    draft.obstruct(server.wave_number, f"{unread} the instance of a server is still there that is well: {cause}")
    if _is_to_be_doubted(draft, server, ended_at):
        words = f"{unread} its instance is still there: {cause}"
        draft.change_server(server.server, health=HealthStatus.UNKNOWN, reason=words, checked_from=draft.now)
    return False


def _obstruct(draft: Draft, number: int, reason: str) -> None:
    """Something about an ended job could not be read: it is told, and asked for again soon, unless it was for long."""
    if reason and is_long_drained(draft, number):
        draft.hold(number, reason)
    else:
        draft.obstruct(number, reason)


def _instances_of(draft: Draft, server: ServerRecord) -> Sequence[RecoveryInstance] | None:
    """All recovery instances of the server; None while they are not known, and if they cannot be, which is told."""
    instances = draft.observer.instances(server.server)
    if isinstance(instances, Unavailable):
        _obstruct(draft, server.wave_number, instances.reason)
        return None
    return instances


def _judge_server(draft: Draft, server: ServerRecord, job: Job, ended_at: datetime) -> bool:
    """Whether the server has its verdict now."""
    instances = _instances_of(draft, server)
    if instances is None:
        return False
    instance = next((found for found in instances if found.job_id == job.job_id), None)
    status = next(
        (
            participant.status
            for participant in job.participants
            if participant.source_server_id == server.server.source_server_id
        ),
        None,
    )
    if instance is not None:
        _launched(draft, server, job, instance)
        return True
    if status is ParticipantStatus.FAILED:
        return _failed(draft, server, job, "DRS reports the launch as failed")
    if draft.looked_at - ended_at < JUDGEMENT_GRACE:
        return False
    if status is ParticipantStatus.LAUNCHED:
        forget_instance(draft, server)
        draft.change_server(server.server, launch=LaunchStatus.LAUNCHED, job_id=job.job_id, launched_at=draft.now)
        draft.change_server(server.server, health=HealthStatus.UNHEALTHY, reason="no instance found")
        return True
    shown = status.value if status else "absent"
    return _failed(draft, server, job, f"the job has ended and shows the server as {shown}")


def _launched(draft: Draft, server: ServerRecord, job: Job, instance: RecoveryInstance) -> None:
    draft.change_server(
        server.server,
        launch=LaunchStatus.LAUNCHED,
        reason=recovery_words(draft, instance.point_in_time),
        job_id=job.job_id,
        recovery_instance_id=instance.recovery_instance_id,
        recovery_point=instance.point_in_time,
        finding=None,
        launched_at=draft.now,
    )


def _failed(draft: Draft, server: ServerRecord, job: Job, otherwise: str) -> bool:
    """A failed launch has the reason of the job's log, if it gives one."""
    log = draft.observer.job_log(server.server.target, job.job_id)
    if log is None:
        return False
    if isinstance(log, Unavailable):
        _obstruct(draft, server.wave_number, log.reason)
        return False
    names = {server.server.source_server_id: server.name}
    reasons = [sentence_of(entry, names) for entry in log if _tells_why(entry, server)]
    reason = "; ".join(dict.fromkeys(reasons)) or otherwise
    forget_instance(draft, server)
    draft.change_server(server.server, launch=LaunchStatus.FAILED, reason=reason, job_id=job.job_id)
    return True


def _tells_why(entry: JobLogEntry, server: ServerRecord) -> bool:
    """Whether a line of the job's log says why the server was not launched."""
    if entry.source_server_id is None:
        return entry.event == "JOB_CANCEL"
    is_telling = "FAIL" in entry.event or entry.event == "SERVER_SKIPPED" or entry.raw_error is not None
    return entry.source_server_id == server.server.source_server_id and is_telling
