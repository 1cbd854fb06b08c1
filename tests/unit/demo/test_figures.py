"""The summary's figures come from the simulator's record and follow the graph of waves."""

from datetime import UTC, datetime, timedelta
from typing import Any

from local.demo.figures import duration, figures

START = datetime(2026, 1, 29, 2, 0, tzinfo=UTC)


def entry(kind: str, job: str, seconds: int) -> dict[str, Any]:
    return {"kind": kind, "jobId": job, "time": (START + timedelta(seconds=seconds)).isoformat()}


def execution(waits: dict[int, list[int]], jobs: dict[int, list[str]]) -> dict[str, Any]:
    return {
        "waves": [{"waveNumber": number, "dependsOnWaves": others} for number, others in waits.items()],
        "servers": {"items": [{"waveNumber": number, "jobId": job} for number, ids in jobs.items() for job in ids]},
        "rto": {"actualSeconds": 2000, "actualSecondsWithoutGates": 1900, "gateSeconds": 100},
    }


def job(name: str, created: int, launched: int, ended: int) -> list[dict[str, Any]]:
    return [
        entry("jobCreated", name, created),
        entry("instanceLaunched", name, launched),
        entry("jobEnded", name, ended),
    ]


def test_a_wave_is_as_long_as_its_job_or_its_last_instances_checks_whichever_ends_later() -> None:
    record = job("a", 0, 595, 600)

    found = figures(execution({0: []}, {0: ["a"]}), record)

    assert found.sum_of_jobs == timedelta(seconds=600)
    assert found.critical_path == timedelta(seconds=715)


def test_the_critical_path_of_a_diamond_takes_the_slower_branch() -> None:
    record = job("a", 0, 0, 500) + job("b", 600, 600, 900) + job("c", 600, 600, 1500) + job("d", 1600, 1600, 1900)

    found = figures(execution({0: [], 1: [0], 2: [0], 3: [1, 2]}, {0: ["a"], 1: ["b"], 2: ["c"], 3: ["d"]}), record)

    assert found.critical_path == timedelta(seconds=500 + 900 + 300)
    assert found.sum_of_jobs == timedelta(seconds=500 + 300 + 900 + 300)
    assert found.overhead == timedelta(seconds=200)


def test_a_wave_that_never_launched_adds_nothing() -> None:
    found = figures(execution({0: [], 1: [0]}, {0: ["a"]}), job("a", 0, 0, 300))

    assert found.critical_path == timedelta(seconds=300)


def test_durations_are_said_in_minutes_and_seconds() -> None:
    assert duration(timedelta(seconds=754)) == "12 min 34 s"
    assert duration(timedelta(seconds=-5)) == "-0 min 05 s"
