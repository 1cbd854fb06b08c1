"""What all jobs share: creation, log, start, end."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from local.drs_simulator.clock import later, stamp
from local.drs_simulator.faults import HiddenTags, LateVisibility
from local.drs_simulator.state import Cell, Job, JobType, LogItem, Participant
from local.drs_simulator.world import World, names_of


def open_job(
    world: World,
    cell: Cell,
    at: datetime,
    servers: Iterable[str],
    *,
    job_type: JobType,
    initiated_by: str,
    is_drill: bool = False,
    tags: Mapping[str, str] | None = None,
) -> Job:
    """A new job, PENDING, that holds its servers."""
    job_id = world.ids.resource("drsjob")
    job = Job(
        sequence=world.next_sequence(),
        job_id=job_id,
        arn=cell.arn("job", job_id),
        type=job_type,
        initiated_by=initiated_by,
        created=at,
        participants={server_id: Participant(server_id) for server_id in servers},
        is_drill=is_drill,
        tags=dict(tags or {}),
    )
    cell.jobs[job_id] = job
    cell.running[job_id] = job
    for server_id in job.participants:
        if server_id in cell.servers:
            cell.servers[server_id].busy_with = job_id
    hidden = world.settings.quirks.participants_hidden
    if hidden:
        job.participants_from = later(at, hidden)
    names = names_of(cell, job.participants)
    job.shows_tags = not world.faults.of_job(HiddenTags, cell.account, cell.region, names, at)
    for fault in world.faults.of_job(LateVisibility, cell.account, cell.region, names, at):
        job.listed_from = later(at, fault.seconds)
        if fault.by_id:
            job.found_from = job.listed_from
    detail: dict[str, Any] = {
        "type": job_type,
        "initiatedBy": initiated_by,
        "servers": list(job.participants),
        "tags": dict(job.tags),
    }
    if job.listed_from is not None:
        detail["listedFrom"] = stamp(job.listed_from)
    if not job.shows_tags:
        detail["hidesTags"] = True
    world.note(cell, at, "jobCreated", job_id=job_id, detail=detail)
    return job


def start_job(world: World, cell: Cell, job: Job, at: datetime) -> None:
    """PENDING becomes STARTED."""
    job.status = "STARTED"
    log(job, at, "JOB_START")
    world.note(cell, at, "jobStarted", job_id=job.job_id)


def end_job(world: World, cell: Cell, job: Job, at: datetime) -> None:
    """STARTED becomes COMPLETED, whatever became of the servers; they are free, at once or after a while."""
    job.status = "COMPLETED"
    job.ended = at
    log(job, at, "JOB_END")
    del cell.running[job.job_id]
    quirks = world.settings.quirks
    for server_id in job.participants:
        server = cell.servers.get(server_id)
        if server is not None:
            server.busy_with = ""
            server.held_until = later(at, quirks.held_after_job) if quirks.held_after_job else None
    if job.type == "TERMINATE" and quirks.terminate_job_ends_empty:
        job.participants_gone = True
    verdicts = {participant.server_id: participant.status for participant in job.participants.values()}
    world.note(cell, at, "jobEnded", job_id=job.job_id, detail=verdicts)


def log(job: Job, at: datetime, event: str, server_id: str = "", **data: Any) -> None:
    """Write one line into the job's log."""
    if server_id:
        data["sourceServerID"] = server_id
    job.log.append(LogItem(at, event, data))
