"""May this job start? Conflicts and quotas, in the order in which DRS refuses."""

from collections.abc import Sequence
from datetime import datetime

from local.drs_simulator.errors import DrsError, conflict, quota_exceeded
from local.drs_simulator.settings import Quotas
from local.drs_simulator.state import Cell, SourceServer

SERVERS_PER_JOB = "L-B827C881"
JOBS_AT_ONCE = "L-D88FAC3A"
SERVERS_IN_ALL_JOBS = "L-05AFA8C6"
JOBS_PER_SERVER = "L-DD6D028C"


def admit(cell: Cell, quotas: Quotas, servers: Sequence[SourceServer], now: datetime) -> None:
    """Pass if a job with these servers may start now.

    Raises ServiceQuotaExceeded or Conflict; the error names the quota.
    """
    if len(servers) > quotas.servers_per_job:
        raise _over(cell, SERVERS_PER_JOB, f"A job may have at most {quotas.servers_per_job} servers")
    for server in servers:
        if server.busy_with or (server.held_until is not None and now < server.held_until):
            raise conflict(
                "One or more of the source servers are currently being processed by a job",
                server.server_id,
                "SourceServer",
                JOBS_PER_SERVER,
            )
    if len(cell.running) >= quotas.jobs_at_once:
        raise _over(cell, JOBS_AT_ONCE, f"At most {quotas.jobs_at_once} jobs may run at once")
    busy = sum(len(job.participants) for job in cell.running.values())
    if busy + len(servers) > quotas.servers_in_all_jobs:
        raise _over(
            cell, SERVERS_IN_ALL_JOBS, f"At most {quotas.servers_in_all_jobs} servers may be in all jobs together"
        )


def _over(cell: Cell, code: str, message: str) -> DrsError:
    return quota_exceeded(message, code, cell.account, "Account")
