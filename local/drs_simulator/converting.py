"""CREATE_CONVERTED_SNAPSHOT jobs: before an extended server is launched, its staging account converts a snapshot of it.

There is one for each staging account of a launch, it is the staging account's own job, and the launch of each of its
servers waits until it has ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from local.drs_simulator.admission import admit
from local.drs_simulator.clock import later
from local.drs_simulator.courses import Course, plan_conversion, set_status, stuck_for
from local.drs_simulator.faults import LaunchFailure, ServerFault
from local.drs_simulator.jobs import end_job, open_job, start_job
from local.drs_simulator.state import Cell, Snapshot, SourceServer
from local.drs_simulator.world import World, names_of

_BY_THE_TARGET: Final = "TARGET_ACCOUNT"


@dataclass(slots=True)
class Conversion:
    """What becomes of one server in its staging account, and when the job there ends."""

    course: Course
    until: datetime

    @property
    def snapshot(self) -> Snapshot | None:
        """What the server is launched from; known when the conversion is over."""
        return self.course.snapshot

    @property
    def failure(self) -> str:
        """Why the server cannot be launched, if so."""
        if not self.course.failed:
            return ""
        job, account = self.course.job, self.course.cell.account
        return f"The staging account {account} made no converted snapshot in {job.job_id}: {self.course.failure}"


def admit_launch(world: World, cell: Cell, servers: Sequence[SourceServer]) -> None:
    """Pass if a launch of these servers may start now, here and in their staging accounts.

    Raises ServiceQuotaExceeded or Conflict of the account in whose way it is.
    """
    admit(cell, world.quotas_of(cell), servers, world.now)
    for account, originals in _by_account(servers).items():
        home = world.cell(account, cell.region)
        admit(home, world.quotas_of(home), originals, world.now)


def begin_conversions(world: World, cell: Cell, at: datetime, courses: Sequence[Course]) -> dict[str, Conversion]:
    """Create a job in each staging account of these launches and plan its course; by the extension's id."""
    own: dict[str, list[Course]] = {}
    for course in courses:
        staging = course.server.staging
        if staging is not None and not staging.error:
            own.setdefault(staging.account, []).append(course)
    found: dict[str, Conversion] = {}
    for account, launches in own.items():
        found |= _begin(world, world.cell(account, cell.region), at, launches)
    return found


def _by_account(servers: Sequence[SourceServer]) -> dict[str, list[SourceServer]]:
    found: dict[str, list[SourceServer]] = {}
    for server in servers:
        if server.staging is not None and not server.staging.error:
            found.setdefault(server.staging.account, []).append(server.staging.original)
    return found


def _begin(world: World, home: Cell, at: datetime, launches: Sequence[Course]) -> dict[str, Conversion]:
    timings = world.settings.timings
    originals = {
        launch.server.server_id: launch.server.staging.original for launch in launches if launch.server.staging
    }
    ids = [original.server_id for original in originals.values()]
    job = open_job(world, home, at, ids, job_type="CREATE_CONVERTED_SNAPSHOT", initiated_by=_BY_THE_TARGET)
    started = later(at, timings.pending)
    world.agenda.plan(started, partial(start_job, world, home, job))
    begun = later(started, stuck_for(world, home, ids, at))
    conversions = {}
    for launch in launches:
        original = originals[launch.server.server_id]
        met = _faults_of(world, home, original, launch, at)
        course = Course(world, home, job, original, met, begun, launch.snapshot)
        world.agenda.plan(begun, partial(set_status, course, "IN_PROGRESS"))
        plan_conversion(course)
        if not course.failed:
            world.agenda.plan(course.at, partial(set_status, course, "LAUNCHED"))
        conversions[launch.server.server_id] = course
    ended = later(max(course.at for course in conversions.values()), timings.finish)
    world.agenda.plan(ended, partial(end_job, world, home, job))
    return {server_id: Conversion(course, ended) for server_id, course in conversions.items()}


def _faults_of(
    world: World, home: Cell, original: SourceServer, launch: Course, at: datetime
) -> tuple[ServerFault, ...]:
    """The failures that the server meets here, and those of its launch at a stage that is passed here.

    There is no launch here, so a failure of one is that of the last stage that there is.
    """
    names = names_of(home, [original.server_id])
    here = world.faults.of_server(home.account, home.region, names, launching=True, now=at)
    failures = [fault for fault in here if isinstance(fault, LaunchFailure)]
    moved = [
        fault.model_copy(update={"stage": "conversion"}) if fault.stage == "launch" else fault for fault in failures
    ]
    return (*moved, *(one for one in launch.faults if isinstance(one, LaunchFailure) and one.stage != "launch"))
