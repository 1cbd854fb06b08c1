"""DRS's quotas, and what they mean for a plan: findings, never refusals, because the engine waits for room."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from shared.drs_utils import LAUNCH_TAG, extension_obstacle, replication_obstacle
from shared.models.drs import Job, SourceServer
from shared.models.finding import Finding, FindingCode, FindingReason, failure_at, warning_at
from shared.models.quota import Reservation
from shared.models.recovery_plan import wave_words
from shared.models.targets import Target

SERVERS_PER_JOB: Final = 100
"""L-B827C881, hard."""

JOBS_AT_ONCE: Final = 20
"""L-D88FAC3A, hard, per account and region."""

SERVERS_IN_ALL_JOBS: Final = 500
"""L-05AFA8C6, hard, per account and region."""

REPLICATING_SERVERS: Final = 300
"""L-C1D14A2B, hard."""

SOURCE_SERVERS: Final = 4000
"""L-E28BE5E0, which AWS raises on request."""

JOBS_PER_SERVER: Final = 1
"""L-DD6D028C, hard."""

LAUNCH_ACTIONS: Final = 200
"""L-0588D03B, hard, per resource."""

SOURCE_NETWORKS: Final = 100
"""L-4B0323BD, which AWS raises on request."""

CODES: Final = MappingProxyType(
    {
        "L-C1D14A2B": "replicating_servers",
        "L-E28BE5E0": "source_servers",
        "L-B827C881": "servers_per_job",
        "L-D88FAC3A": "jobs_at_once",
        "L-05AFA8C6": "servers_in_all_jobs",
        "L-DD6D028C": "jobs_per_server",
        "L-0588D03B": "launch_actions",
        "L-4B0323BD": "source_networks",
    }
)
"""Quota codes of DRS (AWS General Reference) and what we call them."""

RAISED_ON_REQUEST: Final = frozenset({"source_servers", "source_networks"})
"""The others are hard."""

RUNNING_JOBS_SINCE: Final = timedelta(hours=24)
"""How far back a job may have begun that still runs; AWS's own launches take minutes."""


@dataclass(frozen=True, slots=True)
class DrsQuotas:
    """The quotas of one account and region; the documented values where Service Quotas says nothing.

    `unread` is why Service Quotas could not be asked: then they are what it said before, or what is documented. `told`
    are the names of those that it said.
    """

    servers_per_job: int = SERVERS_PER_JOB
    jobs_at_once: int = JOBS_AT_ONCE
    servers_in_all_jobs: int = SERVERS_IN_ALL_JOBS
    replicating_servers: int = REPLICATING_SERVERS
    source_servers: int = SOURCE_SERVERS
    jobs_per_server: int = JOBS_PER_SERVER
    launch_actions: int = LAUNCH_ACTIONS
    source_networks: int = SOURCE_NETWORKS
    unread: str = ""
    told: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def servers_per_call(self) -> int:
        """The most servers of one launch: never more than are documented, whatever an account is promised."""
        return min(SERVERS_PER_JOB, self.servers_per_job, self.servers_in_all_jobs)


DOCUMENTED: Final = DrsQuotas()


def warn_of_unread(target: Target, quotas: DrsQuotas) -> tuple[Finding, ...]:
    """A warning if these quotas are not what Service Quotas says now, with why, and what counts instead."""
    if not quotas.unread:
        return ()
    message = (
        f"the quotas of DRS in {target} could not be read: what was read before or is documented counts, "
        f"{quotas.jobs_at_once} jobs at once with {quotas.servers_in_all_jobs} servers; {quotas.unread}"
    )
    return (warning_at(target, FindingCode.QUOTA, message, reason=FindingReason.NOT_READ),)


def validate_wave_sizes(
    target: Target, sizes: Mapping[int, int], names: Mapping[int, str], quotas: DrsQuotas = DOCUMENTED
) -> tuple[Finding, ...]:
    """A warning for each wave with more servers in the account and region than may be in jobs at once.

    `sizes` maps wave numbers to their servers there, `names` to their names. Up to that quota a wave is packed into
    jobs and needs no word.
    """
    return tuple(
        warning_at(
            target,
            FindingCode.QUOTA,
            f"{wave_words(number, names[number])} launches {size} servers in {target}, "
            f"where {quotas.servers_in_all_jobs} may be in jobs at once: the rest waits for the first",
            reason=FindingReason.WAVE_SIZE,
            wave_number=number,
            details=_numbers("serversInAllJobs", quotas.servers_in_all_jobs, 0, size),
        )
        for number, size in sorted(sizes.items())
        if size > quotas.servers_in_all_jobs
    )


def room_taken(
    jobs: Iterable[Job], reservations: Iterable[Reservation], quotas: DrsQuotas = DOCUMENTED
) -> tuple[int, int]:
    """How many jobs, and servers in jobs, take room: those of all reservations, and the running ones that none names.

    Several reservations may be about one job, which may be any of theirs: it takes room once, for the most servers that
    anything tells of it. A job that lists no servers and that no reservation names counts as a full one.
    """
    rooms, launches = dict[str, int](), set[str]()
    for reservation in reservations:
        name = reservation.job_id or reservation.reservation_id
        rooms[name] = max(rooms.get(name, 0), reservation.server_count)
        launches.add(reservation.reservation_id)
    for job in jobs:
        if job.is_running and (job.job_id in rooms or job.tags.get(LAUNCH_TAG) not in launches):
            servers = len(job.participants) or rooms.get(job.job_id, quotas.servers_per_job)
            rooms[job.job_id] = max(rooms.get(job.job_id, 0), servers)
    return len(rooms), sum(rooms.values())


def validate_concurrent_jobs(
    target: Target,
    running: Iterable[Job],
    reservations: Iterable[Reservation],
    needed_servers: int,
    quotas: DrsQuotas = DOCUMENTED,
) -> tuple[Finding, ...]:
    """A warning for each quota that leaves no room now for the largest wave's servers.

    `running` may hold ended jobs; they take no room.
    """
    jobs_used, servers_used = room_taken(running, reservations, quotas)
    jobs_needed = -(-needed_servers // quotas.servers_per_job)
    rows = (
        (FindingReason.JOBS_AT_ONCE, "jobsAtOnce", "jobs", quotas.jobs_at_once, jobs_used, jobs_needed),
        (
            FindingReason.SERVERS_IN_ALL_JOBS,
            "serversInAllJobs",
            "servers in jobs",
            quotas.servers_in_all_jobs,
            servers_used,
            min(needed_servers, quotas.servers_in_all_jobs),
        ),
    )
    return tuple(
        warning_at(
            target,
            FindingCode.QUOTA,
            f"{in_use} of {limit} {noun} are in use in {target}, the largest wave needs {needed}: it waits for room",
            reason=reason,
            details=_numbers(quota, limit, in_use, needed),
        )
        for reason, quota, noun, limit, in_use, needed in rows
        if in_use + needed > limit
    )


def validate_server_states(target: Target, servers: Iterable[SourceServer], **place: object) -> tuple[Finding, ...]:
    """An error for each server that cannot be recovered now: for its replication state, or a useless extension."""
    listed = tuple(servers)
    unusable = (
        failure_at(
            target,
            FindingCode.EXTENSION_UNUSABLE,
            f"server {server.hostname or server.source_server_id} cannot be recovered: {obstacle}",
            reason=FindingReason.NOTHING_TO_LAUNCH,
            server_ids=(server.source_server_id,),
            details={"stagingAccountId": server.staging_account_id} if server.staging_account_id else {},
            **place,
        )
        for server in listed
        if (obstacle := extension_obstacle(server)) is not None
    )
    not_replicating = (
        failure_at(
            target,
            FindingCode.REPLICATION_STATE,
            f"server {server.hostname or server.source_server_id} cannot be recovered: {obstacle}",
            server_ids=(server.source_server_id,),
            details={"replicationState": server.replication_state or "UNKNOWN"},
            **place,
        )
        for server in listed
        if (obstacle := replication_obstacle(server)) is not None
    )
    return (*unusable, *not_replicating)


def _numbers(quota: str, limit: int, in_use: int, needed: int) -> dict[str, object]:
    return {"quota": quota, "limit": limit, "inUse": in_use, "needed": needed}
