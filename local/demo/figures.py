"""The figures of the summary, from the simulator's own record: what DRS needed, beside what the plan needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

STATUS_CHECKS: Final = timedelta(seconds=120)
"""EC2's first status checks of a new instance take about this long."""


@dataclass(frozen=True)
class Figures:
    """Durations in engine time."""

    actual: timedelta
    without_gates: timedelta
    at_gates: timedelta
    sum_of_jobs: timedelta
    critical_path: timedelta

    @property
    def overhead(self) -> timedelta:
        """What the orchestration itself added, gates apart."""
        return self.without_gates - self.critical_path


@dataclass(frozen=True)
class JobTimes:
    """When a launch job was created, when it ended, and when its last instance was launched."""

    created: datetime
    ended: datetime
    last_launch: datetime

    @property
    def length(self) -> timedelta:
        """From creation to end."""
        return self.ended - self.created

    @property
    def usable(self) -> datetime:
        """The earliest instant at which all its instances can have passed their checks."""
        return max(self.ended, self.last_launch + STATUS_CHECKS)


def figures(execution: Mapping[str, Any], record: Sequence[Mapping[str, Any]]) -> Figures:
    """The figures of one ended execution; its jobs are those that its servers name."""
    jobs = job_times(record)
    by_wave: dict[int, set[str]] = {}
    for server in execution["servers"]["items"]:
        if server.get("jobId"):
            by_wave.setdefault(server["waveNumber"], set()).add(server["jobId"])
    needed = {
        number: max(jobs[job].usable for job in ids) - min(jobs[job].created for job in ids)
        for number, ids in by_wave.items()
    }
    waits = {wave["waveNumber"]: wave["dependsOnWaves"] for wave in execution["waves"]}
    rto = execution["rto"]
    return Figures(
        actual=timedelta(seconds=rto["actualSeconds"]),
        without_gates=timedelta(seconds=rto["actualSecondsWithoutGates"]),
        at_gates=timedelta(seconds=rto["gateSeconds"]),
        sum_of_jobs=sum((jobs[job].length for ids in by_wave.values() for job in ids), timedelta()),
        critical_path=max((_path(number, waits, needed) for number in waits), default=timedelta()),
    )


def job_times(record: Sequence[Mapping[str, Any]]) -> dict[str, JobTimes]:
    """The times of every launch job of the simulator's record that has ended."""
    created, ended, launched = (
        _instants(record, "jobCreated"),
        _instants(record, "jobEnded"),
        _instants(record, "instanceLaunched"),
    )
    return {job: JobTimes(created[job], ended[job], launched.get(job, created[job])) for job in created if job in ended}


def _instants(record: Sequence[Mapping[str, Any]], kind: str) -> dict[str, datetime]:
    """The last instant of that effect by job."""
    return {entry["jobId"]: datetime.fromisoformat(entry["time"]) for entry in record if entry.get("kind") == kind}


def _path(number: int, waits: Mapping[int, Sequence[int]], needed: Mapping[int, timedelta]) -> timedelta:
    before = max((_path(other, waits, needed) for other in waits[number]), default=timedelta())
    return before + needed.get(number, timedelta())


def duration(length: timedelta) -> str:
    """Minutes and seconds, as people say them."""
    seconds = round(length.total_seconds())
    minutes, rest = divmod(abs(seconds), 60)
    sign = "-" if seconds < 0 else ""
    return f"{sign}{minutes} min {rest:02d} s"


def clock_time(instant: str) -> str:
    """The time of day of an instant on the wire, in UTC."""
    return datetime.fromisoformat(instant).strftime("%H:%M:%S")
