"""Operations that read jobs and their logs."""

from typing import Any

from local.drs_simulator.operations.servers import instant_in
from local.drs_simulator.paging import page
from local.drs_simulator.state import Cell, Job
from local.drs_simulator.views import show_job, show_log_item
from local.drs_simulator.world import World


def describe_jobs(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """Jobs that pass all filters, newest first; an unknown id is no error, its job is simply not there."""
    filters = parameters.get("filters", {})
    ids = set(filters.get("jobIDs", ()))
    since, until = instant_in(filters, "fromDate"), instant_in(filters, "toDate")
    found = [
        job
        for job in reversed(cell.jobs.values())
        if (not ids or job.job_id in ids)
        and (since is None or job.created >= since)
        and (until is None or job.created <= until)
        and _is_visible(job, world, asked_for=bool(ids))
    ]
    return page(
        cell,
        world.settings.page_sizes,
        "DescribeJobs",
        parameters,
        found,
        position=lambda job: job.sequence,
        show=lambda job: show_job(job, world.now),
        newest_first=True,
    )


def describe_job_log_items(world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """The log of a job in order of time; empty for an unknown job, as AWS declares no error for it."""
    job = cell.jobs.get(parameters["jobID"])
    lines = list(enumerate(job.log)) if job else []
    return page(
        cell,
        world.settings.page_sizes,
        "DescribeJobLogItems",
        parameters,
        lines,
        position=lambda line: line[0],
        show=lambda line: show_log_item(line[1]),
    )


def _is_visible(job: Job, world: World, asked_for: bool) -> bool:
    since = job.found_from if asked_for else job.listed_from
    return since is None or world.now >= since
