"""A LAUNCH job: what happens to each server, when, and what it leaves behind.

The fate of every server is decided when the job is created and its steps are put on the agenda; a step only
changes state. The order of log events is AWS's: JOB_START; per server CLEANUP (if an earlier launch left something),
SNAPSHOT, CONVERSION, LAUNCH_START and, only on failure, LAUNCH_FAILED; JOB_END.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from local.drs_simulator.clock import later
from local.drs_simulator.events import plan_launch_event
from local.drs_simulator.faults import LaunchFailure, ServerFault, StuckJob, StuckPending
from local.drs_simulator.instances import launch_instance, replace_instance
from local.drs_simulator.jobs import end_job, log, open_job, start_job
from local.drs_simulator.snapshots import latest_snapshot, take_snapshot
from local.drs_simulator.state import Cell, Job, LastLaunch, LaunchStatus, Snapshot, SourceServer
from local.drs_simulator.world import World, names_of


@dataclass(slots=True)
class _Course:
    """One server's way through the job."""

    world: World
    cell: Cell
    job: Job
    server: SourceServer
    faults: Sequence[ServerFault]
    at: datetime
    snapshot: Snapshot | None
    failed: bool = False

    def fault(self, kind: str) -> ServerFault | None:
        return next((fault for fault in self.faults if fault.kind == kind), None)

    def wait(self, seconds: float) -> None:
        self.at = later(self.at, seconds * self.server.pace)

    def say(self, event: str, **data: str) -> None:
        self.world.agenda.plan(
            self.at, partial(_say, self.job, event=event, server_id=self.server.server_id, data=data)
        )


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
    begun = later(started, _stuck_for(world, cell, servers, at))
    courses = []
    for server_id, wanted in servers.items():
        met = world.faults.of_server(cell.account, cell.region, names_of(cell, [server_id]), launching=True, now=at)
        course = _Course(world, cell, job, cell.servers[server_id], met, begun, wanted)
        _plan_course(course)
        courses.append(course)
    ended = later(max(course.at for course in courses), world.settings.timings.finish)
    world.agenda.plan(ended, partial(end_job, world, cell, job))
    for course in courses:
        _plan_aftermath(course, ended)
        course.server.last_launch = LastLaunch(at, job.job_id, is_drill, "PENDING")
    return job


def _stuck_for(world: World, cell: Cell, servers: Iterable[str], at: datetime) -> float:
    """The seconds in which nothing happens in a job that has started."""
    met = world.faults.of_job(StuckJob, cell.account, cell.region, names_of(cell, servers), at)
    return max((fault.seconds for fault in met), default=0)


def _plan_course(course: _Course) -> None:
    timings = course.world.settings.timings
    cleanup_first = course.world.settings.quirks.cleanup == "first"
    if cleanup_first:
        _plan_cleanup(course)
    if course.snapshot is None:
        _plan_snapshot(course)
    if not course.failed:
        factor = timings.windows_factor if "windows" in course.server.spec.os.lower() else 1.0
        _plan_stage(course, "conversion", "CONVERSION_START", "CONVERSION_FAIL", timings.conversion * factor)
    if not course.failed:
        course.say("CONVERSION_END")
        if not cleanup_first:
            _plan_cleanup(course)
        if course.fault("stuckPending") is None:
            course.world.agenda.plan(course.at, partial(_set_status, course, "IN_PROGRESS"))
        _plan_stage(course, "launch", "LAUNCH_START", "LAUNCH_FAILED", timings.launch)
    if not course.failed:
        course.world.agenda.plan(course.at, partial(_launch, course))


def _plan_cleanup(course: _Course) -> None:
    if not course.server.recovery_instance_id:
        return
    course.say("CLEANUP_START")
    course.wait(course.world.settings.timings.cleanup)
    course.world.agenda.plan(course.at, partial(_replace, course))


def _plan_snapshot(course: _Course) -> None:
    server = course.server
    course.say("SNAPSHOT_START")
    course.wait(course.world.settings.timings.snapshot)
    failure = course.fault("launchFailure")
    broken = isinstance(failure, LaunchFailure) and failure.stage == "snapshot"
    if server.replication.state in {"CONTINUOUS", "BACKLOG", "CREATING_SNAPSHOT", "RESCAN"} and not broken:
        course.say("SNAPSHOT_END")
        course.world.agenda.plan(course.at, partial(_snapshot, course))
        return
    course.say("SNAPSHOT_FAIL")
    course.snapshot = None if broken else latest_snapshot(server, course.job.created)
    if course.snapshot is not None:
        course.say("USING_PREVIOUS_SNAPSHOT")
        return
    reason = failure.raw_error if isinstance(failure, LaunchFailure) else "No point in time to recover from"
    _plan_failure(course, "USING_PREVIOUS_SNAPSHOT_FAILED", reason)


def _plan_stage(course: _Course, stage: str, begin: str, fail: str, seconds: float) -> None:
    course.say(begin)
    course.wait(seconds)
    failure = course.fault("launchFailure")
    if isinstance(failure, LaunchFailure) and failure.stage == stage:
        _plan_failure(course, fail, failure.raw_error)


def _plan_failure(course: _Course, event: str, raw_error: str) -> None:
    course.failed = True
    course.world.agenda.plan(course.at, partial(_fail, course, event, raw_error))


def _plan_aftermath(course: _Course, ended: datetime) -> None:
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


def _say(job: Job, at: datetime, event: str, server_id: str, data: Mapping[str, str]) -> None:
    log(job, at, event, server_id, **data)


def _set_status(course: _Course, status: LaunchStatus, _at: datetime) -> None:
    course.job.participants[course.server.server_id].status = status
    launch = course.server.last_launch
    if launch is not None and launch.job_id == course.job.job_id:
        launch.status = status


def _snapshot(course: _Course, at: datetime) -> None:
    course.snapshot = take_snapshot(course.world, course.server, at)


def _replace(course: _Course, at: datetime) -> None:
    raw_error = replace_instance(course.world, course.cell, course.server, course.job, at)
    if raw_error:
        log(course.job, at, "CLEANUP_FAIL", course.server.server_id, rawError=raw_error)
    else:
        log(course.job, at, "CLEANUP_END", course.server.server_id)


def _fail(course: _Course, event: str, raw_error: str, at: datetime) -> None:
    log(course.job, at, event, course.server.server_id, rawError=raw_error)
    if course.fault("stuckPending") is None:
        _set_status(course, "FAILED", at)
    course.world.note(
        course.cell,
        at,
        "launchFailed",
        job_id=course.job.job_id,
        server_id=course.server.server_id,
        detail={"rawError": raw_error},
    )


def _launch(course: _Course, at: datetime) -> None:
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
        _fail(course, "LAUNCH_FAILED", raw_error, at)
    elif stuck is None:
        _show_launched(course, at)


def _resolve(course: _Course, at: datetime) -> None:
    if course.server.recovery_instance_id:
        _show_launched(course, at)


def _show_launched(course: _Course, at: datetime) -> None:
    _set_status(course, "LAUNCHED", at)
    if course.fault("missingInstanceId") is None:
        participant = course.job.participants[course.server.server_id]
        participant.recovery_instance_id = course.server.recovery_instance_id
