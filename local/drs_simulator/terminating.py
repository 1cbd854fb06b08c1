"""A TERMINATE job: instances go first, then DRS's records of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from local.drs_simulator.clock import later
from local.drs_simulator.ec2 import Ec2RefusedError
from local.drs_simulator.instances import forget_instance, terminate_in_ec2
from local.drs_simulator.jobs import end_job, log, open_job, start_job
from local.drs_simulator.state import Cell, Job, RecoveryInstance
from local.drs_simulator.world import World, names_of


@dataclass(slots=True)
class _Course:
    """One instance's way through the job."""

    world: World
    cell: Cell
    job: Job
    instance: RecoveryInstance
    failure: str = ""
    """Why the instance survives, if it does."""


def begin_termination(world: World, cell: Cell, at: datetime, instances: Sequence[RecoveryInstance]) -> Job:
    """Create a TERMINATE job for admitted instances and plan its whole course."""
    servers = [instance.server_id for instance in instances]
    job = open_job(world, cell, at, servers, job_type="TERMINATE", initiated_by="TERMINATE_RECOVERY_INSTANCES")
    started = later(at, world.settings.timings.pending)
    world.agenda.plan(started, partial(_start, world, cell, job))
    ended = max(_plan_instance(world, cell, job, instance, started) for instance in instances)
    world.agenda.plan(later(ended, world.settings.timings.finish), partial(end_job, world, cell, job))
    return job


def _plan_instance(world: World, cell: Cell, job: Job, instance: RecoveryInstance, started: datetime) -> datetime:
    job.participants[instance.server_id].recovery_instance_id = instance.instance_id
    names = names_of(cell, [instance.server_id])
    met = world.faults.of_server(cell.account, cell.region, names, launching=False, now=job.created)
    course = _Course(world, cell, job, instance, "The EC2 instance could not be terminated" if met else "")
    seconds = world.settings.timings.terminate * cell.servers[instance.server_id].pace
    gone = later(started, seconds)
    world.agenda.plan(later(started, seconds / 2), partial(_shut_down, course))
    world.agenda.plan(gone, partial(_remove, course))
    return gone


def _start(world: World, cell: Cell, job: Job, at: datetime) -> None:
    start_job(world, cell, job, at)
    for server_id, participant in job.participants.items():
        participant.status = "IN_PROGRESS"
        log(job, at, "CLEANUP_START", server_id)


def _shut_down(course: _Course, at: datetime) -> None:
    instance = course.instance
    if course.failure:
        return
    try:
        terminate_in_ec2(course.world, course.cell, instance.instance_id)
    except Ec2RefusedError as refusal:
        course.failure = str(refusal)
        return
    course.world.note(
        course.cell,
        at,
        "ec2Terminated",
        job_id=course.job.job_id,
        server_id=instance.server_id,
        instance_id=instance.instance_id,
    )


def _remove(course: _Course, at: datetime) -> None:
    job, instance = course.job, course.instance
    participant = job.participants[instance.server_id]
    if course.failure:
        participant.status = "FAILED"
        log(job, at, "CLEANUP_FAIL", instance.server_id, rawError=course.failure)
        return
    participant.status = "TERMINATED"
    log(job, at, "CLEANUP_END", instance.server_id)
    forget_instance(course.world, course.cell, instance.instance_id, job, at, reason="terminated")
