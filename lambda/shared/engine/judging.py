"""Verdicts: DRS jobs end COMPLETED even if every server failed, so servers are judged by their recovery instances."""

from collections.abc import Sequence
from datetime import datetime

from shared.engine.bounds import DRAINED_POLL_SECONDS, JUDGEMENT_GRACE, POLL_SECONDS
from shared.engine.checking import launch_again
from shared.engine.deadlines import tell_the_end
from shared.engine.draining import is_long_drained
from shared.engine.effects import FinishLaunch, RecordEnd
from shared.engine.findings import forget_instance
from shared.engine.observations import Unavailable
from shared.engine.rechecking import recheck_beside_unread, recheck_if_gone
from shared.engine.recovery_points import recovery_words
from shared.engine.settling import jobs_of, watched_launches
from shared.engine.state import FINAL_LAUNCH_STATUSES, RUNNING_WAVE_STATUSES, Draft
from shared.engine.texts import counted
from shared.execution_utils import is_well
from shared.job_log_words import sentence_of
from shared.models.drs import Job, JobLogEntry, JobStatus, ParticipantStatus, RecoveryInstance
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
    recheck_beside_unread(draft)


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
        recheck_if_gone(draft, server, instances, ended_at, f"job {job.job_id} of an earlier attempt came late")
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
