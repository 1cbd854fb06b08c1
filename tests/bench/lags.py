"""What the orchestration adds to a recovery: the time in which nothing that the plan needs was under way.

A wave is done at the later of its jobs' end and its last instance's launch + 120 s, when EC2 can first have checked
all of its instances; where servers are to stay STOPPED there is nothing to check, and it is done when its jobs end.
It could begin when the start was asked for, or when the last wave that it depends on was done, and where a wave beside
it has just called DRS, a stagger after that call. Between that moment and the creation of its last job lies the lag
before the wave; between the moment at which the last wave was done and
the end of the execution lies the lag before the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.demo.figures import JobTimes, job_times
from tests.support.oracle import ExpectedWave
from tests.support.world.functions import LAUNCH_STAGGER

WhenDone = Callable[[JobTimes], datetime]


def when_checked(job: JobTimes) -> datetime:
    """The earliest instant at which all instances of a job can have passed their checks."""
    return job.usable


def when_ended(job: JobTimes) -> datetime:
    """All that there is to wait for if its servers stay STOPPED."""
    return job.ended


@dataclass(frozen=True)
class Lags:
    """Seconds of the simulator's clock, from its own record."""

    first: float
    """Before the waves that depend on none: from the start request to the last of their jobs."""
    before: Mapping[int, float]
    """Before each of the other waves, by number."""
    end: float
    """Before the end of the execution."""
    waves_in_a_row: int
    """How many waves the longest way through the plan has."""
    total: float
    """All lags on the way that decided how long the execution took."""

    @property
    def after_a_wave(self) -> tuple[float, ...]:
        """What followed on a wave: the lags before others, and before the end."""
        return (*self.before.values(), self.end)


def lags(
    record: Sequence[Mapping[str, Any]],
    waves: Mapping[int, ExpectedWave],
    *,
    asked: datetime,
    ended: datetime,
    when_done: WhenDone,
) -> Lags:
    """The lags of an execution whose servers were in one job each; `record` is the simulator's as JSON."""
    jobs = _jobs_by_wave(record, waves)
    begun = {number: max(job.created for job in jobs[number]) for number in waves}
    done = {number: max(when_done(job) for job in jobs[number]) for number in waves}
    could_begin = {
        number: max([asked, *(done[other] for other in wave.after), *_turns(record, begun[number])])
        for number, wave in waves.items()
    }
    lag = {number: (begun[number] - could_begin[number]).total_seconds() for number in waves}
    end = (ended - max(done.values())).total_seconds()
    way = _way(waves, done)
    return Lags(
        first=max(lag[number] for number, wave in waves.items() if not wave.after),
        before={number: lag[number] for number, wave in waves.items() if wave.after},
        end=end,
        waves_in_a_row=len(way),
        total=end + sum(lag[number] for number in way),
    )


def _turns(record: Sequence[Mapping[str, Any]], begun: datetime) -> list[datetime]:
    """When the job of that moment might be called for, after the one before it in its account and region."""
    created = [
        (datetime.fromisoformat(entry["time"]), (entry["account"], entry["region"]))
        for entry in record
        if entry.get("kind") == "jobCreated"
    ]
    places = {place for at, place in created if at == begun}
    before = [at for at, place in created if place in places and at < begun]
    return [max(before) + LAUNCH_STAGGER] if before else []


def _way(waves: Mapping[int, ExpectedWave], done: Mapping[int, datetime]) -> list[int]:
    """The waves that decided how long it took, from the last to the first."""
    way = [max(done, key=lambda number: done[number])]
    while after := waves[way[-1]].after:
        way.append(max(after, key=lambda number: done[number]))
    return way


def _jobs_by_wave(
    record: Sequence[Mapping[str, Any]], waves: Mapping[int, ExpectedWave]
) -> Mapping[int, Sequence[JobTimes]]:
    times = job_times(record)
    servers = {entry["jobId"]: set(entry["detail"]["servers"]) for entry in record if entry.get("kind") == "jobCreated"}
    return {
        number: [times[job] for job, members in servers.items() if members & wave.servers]
        for number, wave in waves.items()
    }
