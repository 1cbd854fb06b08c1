"""One server's way through a job: what all jobs that convert or launch have in common.

The fate of every server is decided when the job is created and its steps are put on the agenda; a step only
changes state.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from local.drs_simulator.clock import later
from local.drs_simulator.faults import LaunchFailure, ServerFault, StuckJob
from local.drs_simulator.jobs import log
from local.drs_simulator.snapshots import latest_snapshot, take_snapshot
from local.drs_simulator.state import Cell, Job, LaunchStatus, Snapshot, SourceServer
from local.drs_simulator.world import World, names_of


@dataclass(slots=True)
class Course:
    """One server's way through the job."""

    world: World
    cell: Cell
    job: Job
    server: SourceServer
    faults: Sequence[ServerFault]
    at: datetime
    snapshot: Snapshot | None
    failed: bool = False
    """It does not reach the end."""
    failure: str = ""
    """Why not."""

    def fault(self, kind: str) -> ServerFault | None:
        """The fault of this kind that it meets."""
        return next((fault for fault in self.faults if fault.kind == kind), None)

    def wait(self, seconds: float) -> None:
        """Let time pass, at the server's own pace."""
        self.at = later(self.at, seconds * self.server.pace)

    def say(self, event: str, **data: str) -> None:
        """Plan a line of the job's log."""
        self.world.agenda.plan(
            self.at, partial(_say, self.job, event=event, server_id=self.server.server_id, data=data)
        )


def plan_conversion(course: Course) -> None:
    """Plan the snapshot, unless there is one already, and its conversion."""
    timings = course.world.settings.timings
    if course.snapshot is None:
        _plan_snapshot(course)
    if not course.failed:
        factor = timings.windows_factor if "windows" in course.server.spec.os.lower() else 1.0
        plan_stage(course, "conversion", "CONVERSION_START", "CONVERSION_FAIL", timings.conversion * factor)
    if not course.failed:
        course.say("CONVERSION_END")


def plan_stage(course: Course, stage: str, begin: str, fail: str, seconds: float) -> None:
    """Plan a stage, which is where the launch may fail."""
    course.say(begin)
    course.wait(seconds)
    failure = course.fault("launchFailure")
    if isinstance(failure, LaunchFailure) and failure.stage == stage:
        plan_failure(course, fail, failure.raw_error)


def plan_failure(course: Course, event: str, raw_error: str) -> None:
    """Plan that it ends here, with this line of the log and this reason."""
    course.failed, course.failure = True, raw_error
    course.world.agenda.plan(course.at, partial(fail, course, event, raw_error))


def fail(course: Course, event: str, raw_error: str, at: datetime) -> None:
    """The server fails now."""
    log(course.job, at, event, course.server.server_id, rawError=raw_error)
    if course.fault("stuckPending") is None:
        set_status(course, "FAILED", at)
    course.world.note(
        course.cell,
        at,
        "launchFailed",
        job_id=course.job.job_id,
        server_id=course.server.server_id,
        detail={"rawError": raw_error},
    )


def set_status(course: Course, status: LaunchStatus, _at: datetime) -> None:
    """What its job, and its life cycle if this is its last launch, say of the server from now on."""
    course.job.participants[course.server.server_id].status = status
    launch = course.server.last_launch
    if launch is not None and launch.job_id == course.job.job_id:
        launch.status = status


def stuck_for(world: World, cell: Cell, servers: Iterable[str], at: datetime) -> float:
    """The seconds in which nothing happens in a job that has started."""
    met = world.faults.of_job(StuckJob, cell.account, cell.region, names_of(cell, servers), at)
    return max((fault.seconds for fault in met), default=0)


def _plan_snapshot(course: Course) -> None:
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
    plan_failure(course, "USING_PREVIOUS_SNAPSHOT_FAILED", reason)


def _snapshot(course: Course, at: datetime) -> None:
    course.snapshot = take_snapshot(course.world, course.server, at)


def _say(job: Job, at: datetime, event: str, server_id: str, data: Mapping[str, str]) -> None:
    log(job, at, event, server_id, **data)
