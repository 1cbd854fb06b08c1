"""Healthy servers whose instances a late job may have taken away: DRS takes the one before for it, and EC2 tells."""

from collections.abc import Sequence
from datetime import datetime

from shared.engine.bounds import JUDGEMENT_GRACE, LOOK_PATIENCE
from shared.engine.observations import Unavailable
from shared.engine.state import RUNNING_WAVE_STATUSES, Draft
from shared.models.drs import Job, JobListing, RecoveryInstance
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.server_record import HealthStatus, ServerRecord


def recheck_if_gone(
    draft: Draft, server: ServerRecord, instances: Sequence[RecoveryInstance], ended_at: datetime, why: str
) -> bool:
    """Check a healthy server again whose instance DRS does not show any more; whether it is one."""
    shown = {found.recovery_instance_id for found in instances}
    if server.health is not HealthStatus.HEALTHY or server.recovery_instance_id in shown:
        return False
    _recheck(draft, server, ended_at, f"{why}, and DRS does not show the instance any more")
    return True


def recheck_beside_unread(draft: Draft) -> None:
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
                    _recheck_servers(draft, launch, job)


def _recheck_servers(draft: Draft, launch: LaunchRecord, job: Job) -> None:
    """Those of the launch that the job shows, or all if it shows none, unless they were launched after it had ended."""
    ended_at = job.ended_at or job.created_at or launch.intent_at
    shown = {participant.source_server_id for participant in job.participants}
    for key, _ in launch.members:
        server = draft.servers[key]
        is_older = server.launched_at is None or server.launched_at <= ended_at
        if server.health is HealthStatus.HEALTHY and is_older and (not shown or key.source_server_id in shown):
            _recheck_server(draft, server, job, ended_at)


def _recheck_server(draft: Draft, server: ServerRecord, job: Job, ended_at: datetime) -> None:
    """The wave's verdict waits for the grace while DRS does not show the instance of a server that is well."""
    is_early = draft.looked_at - ended_at < JUDGEMENT_GRACE
    if not is_early and not _is_due(draft, server, ended_at):
        return
    instances = draft.observer.instances(server.server)
    why = f"job {job.job_id}, which may have been ours, has ended"
    if isinstance(instances, Unavailable):
        if _recheck_unread(draft, server, ended_at, instances.reason, why) or is_early:
            draft.rechecking.add(server.wave_number)
    elif instances is None:
        return
    elif not recheck_if_gone(draft, server, instances, ended_at, why):
        if not is_early:
            # that it is there is known for good: else every step to the verdict would ask for each server that is well
            draft.change_server(server.server, checked_from=draft.now)
    elif is_early:
        draft.rechecking.add(server.wave_number)
        words = f"job {job.job_id} has ended, and DRS does not show the instance of a server any more that is well"
        draft.hold(server.wave_number, words)


def _recheck_unread(draft: Draft, server: ServerRecord, ended_at: datetime, reason: str, why: str) -> bool:
    """DRS could not be read, or was not asked in this step: whether that is waited for, some minutes beyond the grace.

    Otherwise EC2 is asked.
    """
    if not reason and draft.looked_at - ended_at < JUDGEMENT_GRACE + LOOK_PATIENCE:
        draft.obstruct(server.wave_number, "")
        return True
    unread, cause = f"{why}, and nobody could read whether", reason or "there was no time to ask"
    draft.obstruct(server.wave_number, f"{unread} the instance of a server is still there that is well: {cause}")
    _recheck(draft, server, ended_at, f"{unread} its instance is still there: {cause}")
    return False


def _recheck(draft: Draft, server: ServerRecord, ended_at: datetime, reason: str) -> None:
    """Once when the job has ended and once after the grace: EC2 may go on to find well what DRS does not show."""
    if _is_due(draft, server, ended_at):
        draft.change_server(server.server, health=HealthStatus.UNKNOWN, reason=reason, checked_from=draft.now)


def _is_due(draft: Draft, server: ServerRecord, ended_at: datetime) -> bool:
    """Whether the server was not checked again yet since a job has ended; after the grace, not since that.

    That DRS shows its instance then is as good as a check.
    """
    due_at = ended_at if draft.looked_at - ended_at < JUDGEMENT_GRACE else ended_at + JUDGEMENT_GRACE
    return server.checked_from is None or server.checked_from < due_at
