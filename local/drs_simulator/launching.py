"""A LAUNCH job: what happens to each server, when, and what it leaves behind.

The fate of every server is decided when the job is created and its steps are put on the agenda; a step only
changes state. The order of log events is AWS's: JOB_START; per server CLEANUP (if an earlier launch left something),
SNAPSHOT, CONVERSION, LAUNCH_START and, only on failure, LAUNCH_FAILED; JOB_END. Of an extended server SNAPSHOT and
CONVERSION are in the log of its staging account's job, for whose end the launch waits.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from local.drs_simulator.clock import later
from local.drs_simulator.converting import Conversion, begin_conversions
from local.drs_simulator.courses import Course, fail, plan_conversion, plan_failure, plan_stage, set_status, stuck_for
from local.drs_simulator.events import plan_launch_event
from local.drs_simulator.faults import StuckPending
from local.drs_simulator.instances import launch_instance, replace_instance
from local.drs_simulator.jobs import end_job, log, open_job, start_job
from local.drs_simulator.state import Cell, Job, LastLaunch, Snapshot, StagingArea
from local.drs_simulator.world import World, names_of


def begin_launch(
    world: World,
    cell: Cell,
    at: datetime,
    servers: Mapping[str, Snapshot | None],
    *,
    is_drill: bool = False,
    tags: Mapping[str, str] | None = None,
) -> Job:
    """Create a LAUNCH job for admitted servers, each with the point in time it asked for, and plan its whole course."""
    initiated_by = "START_DRILL" if is_drill else "START_RECOVERY"
    job = open_job(world, cell, at, servers, job_type="LAUNCH", initiated_by=initiated_by, is_drill=is_drill, tags=tags)
    started = later(at, world.settings.timings.pending)
    world.agenda.plan(started, partial(start_job, world, cell, job))
    begun = later(started, stuck_for(world, cell, servers, at))
    courses = []
    for server_id, wanted in servers.items():
        met = world.faults.of_server(cell.account, cell.region, names_of(cell, [server_id]), launching=True, now=at)
        course = Course(world, cell, job, cell.servers[server_id], met, begun, wanted)
        courses.append(course)
    conversions = begin_conversions(world, cell, at, courses)
    for course in courses:
        _plan_course(course, conversions.get(course.server.server_id))
    ended = later(max(course.at for course in courses), world.settings.timings.finish)
    world.agenda.plan(ended, partial(end_job, world, cell, job))
    for course in courses:
        _plan_aftermath(course, ended)
        course.server.last_launch = LastLaunch(at, job.job_id, is_drill, "PENDING")
    return job


def _plan_course(course: Course, conversion: Conversion | None) -> None:
    timings = course.world.settings.timings
    cleanup_first = course.world.settings.quirks.cleanup == "first"
    if course.server.staging is not None:
        _plan_wait(course, course.server.staging, conversion)
    if cleanup_first and not course.failed:
        _plan_cleanup(course)
    if course.server.staging is None:
        plan_conversion(course)
    if not course.failed:
        if not cleanup_first:
            _plan_cleanup(course)
        if course.fault("stuckPending") is None:
            course.world.agenda.plan(course.at, partial(set_status, course, "IN_PROGRESS"))
        plan_stage(course, "launch", "LAUNCH_START", "LAUNCH_FAILED", timings.launch)
    if not course.failed:
        course.world.agenda.plan(course.at, partial(_launch, course))


def _plan_wait(course: Course, staging: StagingArea, conversion: Conversion | None) -> None:
    """Of an extended server: nothing happens until its staging account is through with it."""
    if conversion is None:
        plan_failure(course, "LAUNCH_FAILED", staging.error)
        return
    course.at = max(course.at, conversion.until)
    if conversion.failure:
        plan_failure(course, "LAUNCH_FAILED", conversion.failure)
    else:
        course.world.agenda.plan(course.at, partial(_take_over, course, conversion))


def _plan_cleanup(course: Course) -> None:
    if not course.server.recovery_instance_id:
        return
    course.say("CLEANUP_START")
    course.wait(course.world.settings.timings.cleanup)
    course.world.agenda.plan(course.at, partial(_replace, course))


def _plan_aftermath(course: Course, ended: datetime) -> None:
    stuck = course.fault("stuckPending")
    if not isinstance(stuck, StuckPending):
        plan_launch_event(
            course.world,
            course.cell,
            course.job,
            course.server,
            decided=course.at,
            ended=ended,
            met=course.faults,
        )
    elif stuck.resolves_after is not None and not course.failed:
        course.world.agenda.plan(later(ended, stuck.resolves_after), partial(_resolve, course))


def _take_over(course: Course, conversion: Conversion, _at: datetime) -> None:
    course.snapshot = conversion.snapshot


def _replace(course: Course, at: datetime) -> None:
    raw_error = replace_instance(course.world, course.cell, course.server, course.job, at)
    if raw_error:
        log(course.job, at, "CLEANUP_FAIL", course.server.server_id, rawError=raw_error)
    else:
        log(course.job, at, "CLEANUP_END", course.server.server_id)


def _launch(course: Course, at: datetime) -> None:
    stuck = course.fault("stuckPending")
    if isinstance(stuck, StuckPending) and not stuck.launches and stuck.resolves_after is None:
        return
    instance_id, raw_error = launch_instance(
        course.world,
        course.cell,
        course.job,
        course.server,
        at,
        snapshot=course.snapshot,
        met=course.faults,
    )
    if not instance_id:
        fail(course, "LAUNCH_FAILED", raw_error, at)
    elif stuck is None:
        _show_launched(course, at)


def _resolve(course: Course, at: datetime) -> None:
    if course.server.recovery_instance_id:
        _show_launched(course, at)


def _show_launched(course: Course, at: datetime) -> None:
    set_status(course, "LAUNCHED", at)
    if course.fault("missingInstanceId") is None:
        participant = course.job.participants[course.server.server_id]
        participant.recovery_instance_id = course.server.recovery_instance_id
