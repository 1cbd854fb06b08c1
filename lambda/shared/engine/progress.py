"""How far an execution and its waves are: one number each, from what was seen, that never falls."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from shared.engine.observations import Unavailable
from shared.engine.schedule import is_near_its_end
from shared.engine.state import FINAL_LAUNCH_STATUSES, Draft
from shared.execution_utils import WAVES_TO_RETRY
from shared.models.drs import Job, JobLogEntry, ParticipantStatus
from shared.models.execution import WaveSummary
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.targets import Target
from shared.models.wave_record import WaveStatus

SNAPSHOT: Final = 10
CONVERSION: Final = 50
LAUNCH: Final = 20
HEALTH: Final = 20
"""What each phase of a server is worth, in percent: roughly its share of the time that DRS takes for it."""

DONE: Final = SNAPSHOT + CONVERSION + LAUNCH + HEALTH
ALMOST: Final = 99
"""As far as anything gets that may still change."""

LOGS_READ: Final = 5
"""Of so many jobs of an account and region the log is read in one step; of the others the listing alone tells.

Calls are rationed there: a look at many jobs costs little more than a look at one.
"""

_REACHED: Final[Mapping[str, int]] = {
    "SNAPSHOT_END": SNAPSHOT,
    "USING_PREVIOUS_SNAPSHOT": SNAPSHOT,
    "CONVERSION_START": SNAPSHOT,
    "CONVERSION_END": SNAPSHOT + CONVERSION,
    "LAUNCH_START": SNAPSHOT + CONVERSION,
}
"""What a line of a job's log says about how far its server is."""

_SHOWN: Final[Mapping[ParticipantStatus | None, int]] = {
    ParticipantStatus.IN_PROGRESS: SNAPSHOT + CONVERSION,
    ParticipantStatus.LAUNCHED: SNAPSHOT + CONVERSION + LAUNCH,
    ParticipantStatus.FAILED: DONE,
}
"""What a listing says of it: nothing before the launch itself, and then enough."""

_UNCHANGEABLE: Final = frozenset({WaveStatus.COMPLETED, WaveStatus.SKIPPED, WaveStatus.CANCELLED})


def measure_progress(draft: Draft) -> None:
    """Bring the progress of every wave at hand, and of the execution, up to date, once everything is decided."""
    logs: Counter[Target] = Counter()
    for number in list(draft.waves):
        wave = draft.waves[number]
        progress = _progress_of(draft, number, logs)
        if progress > wave.progress:
            draft.change_wave(number, progress=progress)
    if draft.header.is_terminal:
        draft.change_header(progress=DONE)
        return
    weights = {wave.wave_number: max(1, wave.server_count) for wave in draft.header.waves}
    points = sum(weights[wave.wave_number] * _shown(draft, wave) for wave in draft.header.waves)
    draft.change_header(progress=max(draft.header.progress, min(ALMOST, points // sum(weights.values()))))


def _progress_of(draft: Draft, number: int, logs: Counter[Target]) -> int:
    """What a wave at hand has reached, in percent; `logs` counts those that were read in this step."""
    if draft.waves[number].status in _UNCHANGEABLE:
        return DONE
    count = draft.header.summary(number).server_count
    if number not in draft.members and not draft.sleeps(number):
        return 0
    phases = _phases(draft, number, logs)
    if number in draft.members:
        points = sum(_points(server, phases) for server in draft.servers_of(number))
    else:
        # of a dormant wave, whoever is in no running job has its verdicts
        points = DONE * (count - len(phases)) + sum(phases.values())
    return min(ALMOST, points // max(1, count))


def _shown(draft: Draft, summary: WaveSummary) -> int:
    wave = draft.waves.get(summary.wave_number)
    if wave is not None:
        return wave.progress
    if summary.status in _UNCHANGEABLE:
        return DONE
    return ALMOST if summary.status in WAVES_TO_RETRY else 0


def _points(server: ServerRecord, phases: Mapping[str, int]) -> int:
    if server.launch is LaunchStatus.LAUNCHED and server.health is HealthStatus.UNKNOWN:
        return DONE - HEALTH
    if server.launch in FINAL_LAUNCH_STATUSES:
        return DONE
    return phases.get(str(server.server), 0)


def _phases(draft: Draft, number: int, logs: Counter[Target]) -> dict[str, int]:
    """How far each server is that is in a running job of the wave, by its key, as far as this step has seen."""
    reached: dict[str, int] = {}
    for launch in draft.launches_of(number):
        if launch.state is not LaunchState.STARTED:
            continue
        job = _listed(draft, launch)
        log = _log_of(draft, launch, job, logs)
        shown = {participant.source_server_id: participant.status for participant in job.participants} if job else {}
        for key, member in launch.members:
            server_id = member.source_server_id
            reached[str(key)] = max(_SHOWN.get(shown.get(server_id), 0), _reached(log, server_id))
    return reached


def _listed(draft: Draft, launch: LaunchRecord) -> Job | None:
    """The job of a launch, if a listing of this step shows it."""
    listing = draft.observations.jobs.get(launch.target)
    if listing is None or isinstance(listing, Unavailable):
        return None
    return next((job for job in listing.jobs if job.job_id == launch.job_id), None)


def _log_of(draft: Draft, launch: LaunchRecord, job: Job | None, logs: Counter[Target]) -> tuple[JobLogEntry, ...]:
    """The log of a running job; near its end the next look comes too soon to need it."""
    if job is None or not job.is_running or is_near_its_end(draft) or logs[launch.target] >= LOGS_READ:
        return ()
    logs[launch.target] += 1
    log = draft.observer.job_log(launch.target, job.job_id)
    # progress decides nothing: a log that cannot be read only leaves it where it was
    return () if log is None or isinstance(log, Unavailable) else log


def _reached(log: Iterable[JobLogEntry], source_server_id: str) -> int:
    return max((_REACHED.get(entry.event, 0) for entry in log if entry.source_server_id == source_server_id), default=0)
