"""DRS: our verbs in, our models out; reads are complete, changing calls are made once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final, TypedDict, TypeVar

from shared.aws.calls import read
from shared.aws.drs_words import (
    job_of,
    launch_settings_of,
    log_entry_of,
    recovery_instance_of,
    snapshot_of,
    source_server_of,
)
from shared.aws.once import call_once
from shared.clock import Clock
from shared.cross_account import AccountSession, Sessions, partition_of
from shared.models.base import FIRST_YEAR, format_instant
from shared.models.drs import (
    Job,
    JobListing,
    JobLogEntry,
    JobPage,
    JobType,
    LaunchSettings,
    RecoveryInstance,
    RecoverySnapshot,
    SourceServer,
    SourceServerPage,
)
from shared.models.targets import Target
from shared.patience import patient

if TYPE_CHECKING:
    from mypy_boto3_drs import DrsClient
    from mypy_boto3_drs.literals import RecoverySnapshotsOrderType
    from mypy_boto3_drs.type_defs import (
        DescribeJobsRequestFiltersTypeDef,
        DescribeRecoveryInstancesRequestFiltersTypeDef,
        DescribeRecoverySnapshotsRequestFiltersTypeDef,
        DescribeSourceServersRequestFiltersTypeDef,
        PaginatorConfigTypeDef,
        StartRecoveryRequestSourceServerTypeDef,
    )

Result = TypeVar("Result")


class _After(TypedDict, total=False):
    """Where a page begins; the first begins nowhere."""

    nextToken: str


IDS_PER_CALL: Final = 200
"""DescribeSourceServers and DescribeRecoveryInstances take 200 ids (DRS service model)."""
JOB_IDS_PER_CALL: Final = 1000
"""DescribeJobs takes 1000 ids (DRS service model)."""
_PAGES: "Final[PaginatorConfigTypeDef]" = {"PageSize": 200}
"""Ask for long pages, because calls are rationed; DRS may still answer short ones."""
_FEW: "Final[PaginatorConfigTypeDef]" = {"PageSize": 10}
"""Where only the first of a sorted listing is wanted."""
_FILTER_MARGIN: Final = timedelta(seconds=1)
"""AWS says of no filter by time whether it includes its instant, nor how exactly it compares: we compare ourselves."""


class DrsGateway:
    """DRS in any account and region, in sessions named after a purpose: an execution id, which CloudTrail shows."""

    def __init__(self, sessions: Sessions, clock: Clock, purpose: str = "drs-orchestration") -> None:
        self._sessions = sessions
        self._clock = clock
        self._purpose = purpose

    def named(self, purpose: str) -> "DrsGateway":
        """The same gateway for another purpose."""
        return DrsGateway(self._sessions, self._clock, purpose)

    def let_go(self, target: Target) -> None:
        """Keep no client of an account and region that is not asked again soon."""
        self._sessions.let_go(target.account_id, self._purpose, "drs", target.region)

    def source_servers(self, target: Target, ids: Sequence[str] | None = None) -> tuple[SourceServer, ...]:
        """The named source servers that exist, or all of the account and region."""

        def filters(part: list[str] | None) -> "DescribeSourceServersRequestFiltersTypeDef":
            return {} if part is None else {"sourceServerIDs": part}

        def listed(client: "DrsClient") -> tuple[SourceServer, ...]:
            pages = client.get_paginator("describe_source_servers")
            return tuple(
                source_server_of(item)
                for part in _slices(ids, IDS_PER_CALL)
                for page in pages.paginate(filters=filters(part), PaginationConfig=_PAGES)
                for item in page["items"]
            )

        return self._read(target, "DescribeSourceServers", listed)

    def jobs(self, target: Target, *, ids: Sequence[str] | None = None, since: datetime | None = None) -> JobListing:
        """A complete listing, all pages; `began_at` was read before the first page was asked for."""

        def filters(part: list[str] | None) -> "DescribeJobsRequestFiltersTypeDef":
            by: DescribeJobsRequestFiltersTypeDef = {} if part is None else {"jobIDs": part}
            if since is not None:
                by["fromDate"] = format_instant(since)
            return by

        def listed(client: "DrsClient") -> JobListing:
            began_at = self._clock.now()
            pages = client.get_paginator("describe_jobs")
            jobs = tuple(
                job_of(item)
                for part in _slices(ids, JOB_IDS_PER_CALL)
                for page in pages.paginate(filters=filters(part), PaginationConfig=_PAGES)
                for item in page["items"]
            )
            return JobListing(began_at=began_at, jobs=jobs)

        return self._read(target, "DescribeJobs", listed)

    def source_server_page(
        self, target: Target, *, ids: Sequence[str] | None, limit: int, token: str | None
    ) -> SourceServerPage:
        """One page of all source servers, or of those with at most 200 ids; it may hold fewer than `limit`."""
        by: DescribeSourceServersRequestFiltersTypeDef = {} if ids is None else {"sourceServerIDs": list(ids)}

        def page(client: "DrsClient") -> SourceServerPage:
            answer = client.describe_source_servers(filters=by, maxResults=limit, **_after(token))
            servers = tuple(map(source_server_of, answer["items"]))
            return SourceServerPage(servers=servers, next_token=answer.get("nextToken"))

        return self._read(target, "DescribeSourceServers", page)

    def job_page(
        self,
        target: Target,
        *,
        ids: Sequence[str] | None,
        since: datetime | None,
        until: datetime | None,
        limit: int,
        token: str | None,
    ) -> JobPage:
        """One page of jobs, newest first as DRS lists them, both instants included; it may hold fewer than `limit`."""
        by: DescribeJobsRequestFiltersTypeDef = {} if ids is None else {"jobIDs": list(ids)}
        if since is not None:
            by["fromDate"] = _moved(since, -_FILTER_MARGIN)
        if until is not None:
            by["toDate"] = _moved(until, _FILTER_MARGIN)

        def is_meant(job: Job) -> bool:
            made = job.created_at
            return made is None or ((since is None or since <= made) and (until is None or made <= until))

        def page(client: "DrsClient") -> JobPage:
            answer = client.describe_jobs(filters=by, maxResults=limit, **_after(token))
            jobs = tuple(filter(is_meant, map(job_of, answer["items"])))
            return JobPage(jobs=jobs, next_token=answer.get("nextToken"))

        return self._read(target, "DescribeJobs", page)

    def ended_launches(self, target: Target, count: int) -> tuple[Job, ...]:
        """The latest LAUNCH jobs that have ended, newest first, at most `count`; no page beyond them is read."""

        def listed(client: "DrsClient") -> tuple[Job, ...]:
            pages = client.get_paginator("describe_jobs").paginate(filters={}, PaginationConfig=_PAGES)
            jobs = (job_of(item) for page in pages for item in page["items"])
            ended = (job for job in jobs if job.type is JobType.LAUNCH and not job.is_running)
            return tuple(islice(ended, count))

        return self._read(target, "DescribeJobs", listed)

    def job_tags(self, target: Target, job_id: str) -> dict[str, str]:
        """The tags of a job by ListTagsForResource, for jobs that show none in a listing."""
        arn = f"arn:{partition_of(target.region)}:drs:{target.region}:{target.account_id}:job/{job_id}"
        return self._read(
            target,
            "ListTagsForResource",
            lambda client: dict(client.list_tags_for_resource(resourceArn=arn).get("tags") or {}),
        )

    def job_log(self, target: Target, job_id: str) -> tuple[JobLogEntry, ...]:
        """The whole log of a job, in the order DRS gives."""

        def listed(client: "DrsClient") -> tuple[JobLogEntry, ...]:
            pages = client.get_paginator("describe_job_log_items").paginate(jobID=job_id, PaginationConfig=_PAGES)
            return tuple(log_entry_of(item) for page in pages for item in page["items"])

        return self._read(target, "DescribeJobLogItems", listed)

    def recovery_instances(
        self,
        target: Target,
        *,
        source_server_ids: Sequence[str] | None = None,
        instance_ids: Sequence[str] | None = None,
    ) -> tuple[RecoveryInstance, ...]:
        """The recovery instances of those servers or with those ids; all if neither is given, never both."""
        if source_server_ids is not None and instance_ids is not None:
            raise ValueError("ask by source servers or by instances, not by both")

        def filters(part: list[str] | None) -> "DescribeRecoveryInstancesRequestFiltersTypeDef":
            if part is None:
                return {}
            return {"sourceServerIDs": part} if instance_ids is None else {"recoveryInstanceIDs": part}

        def listed(client: "DrsClient") -> tuple[RecoveryInstance, ...]:
            pages = client.get_paginator("describe_recovery_instances")
            return tuple(
                recovery_instance_of(item)
                for part in _slices(source_server_ids if instance_ids is None else instance_ids, IDS_PER_CALL)
                for page in pages.paginate(filters=filters(part), PaginationConfig=_PAGES)
                for item in page["items"]
            )

        return self._read(target, "DescribeRecoveryInstances", listed)

    def launch_settings(self, target: Target, source_server_id: str) -> LaunchSettings:
        """What DRS will do with the server when it launches it."""
        return self._read(
            target,
            "GetLaunchConfiguration",
            lambda client: launch_settings_of(
                source_server_id, client.get_launch_configuration(sourceServerID=source_server_id)
            ),
        )

    def newest_snapshot(
        self, target: Target, source_server_id: str, *, not_later_than: datetime
    ) -> RecoverySnapshot | None:
        """The newest recovery snapshot of a server that was taken at that instant or before; None if there is none."""
        until = format_instant(not_later_than + _FILTER_MARGIN)
        return self._first_snapshot(target, source_server_id, "DESC", {"toDateTime": until}, not_later_than)

    def oldest_snapshot(self, target: Target, source_server_id: str) -> RecoverySnapshot | None:
        """The oldest recovery snapshot of a server; None if it has none."""
        return self._first_snapshot(target, source_server_id, "ASC", {}, None)

    def _first_snapshot(
        self,
        target: Target,
        source_server_id: str,
        order: "RecoverySnapshotsOrderType",
        filters: "DescribeRecoverySnapshotsRequestFiltersTypeDef",
        not_later_than: datetime | None,
    ) -> RecoverySnapshot | None:
        """The first one that is taken and not later, in that order; no page beyond it is read."""

        def first(client: "DrsClient") -> RecoverySnapshot | None:
            pages = client.get_paginator("describe_recovery_snapshots").paginate(
                sourceServerID=source_server_id, order=order, filters=filters, PaginationConfig=_FEW
            )
            taken = (snapshot_of(item) for page in pages for item in page["items"])
            return next(
                (one for one in taken if one and (not_later_than is None or one.taken_at <= not_later_than)), None
            )

        return self._read(target, "DescribeRecoverySnapshots", first)

    def start_recovery(
        self,
        target: Target,
        server_ids: Sequence[str],
        *,
        is_drill: bool,
        tags: Mapping[str, str],
        not_after: datetime,
        snapshots: Mapping[str, str] | None = None,
    ) -> Job:
        """One call of StartRecovery, never repeated, not sent after `not_after` of the clock.

        `snapshots` names the recovery snapshot of each server that is not to be launched from its latest data.
        """
        return self._change(
            target,
            "StartRecovery",
            not_after,
            lambda client: job_of(
                client.start_recovery(
                    sourceServers=[_launched_from(server, (snapshots or {}).get(server)) for server in server_ids],
                    isDrill=is_drill,
                    tags=dict(tags),
                )["job"]
            ),
        )

    def terminate(self, target: Target, instance_ids: Sequence[str], *, not_after: datetime) -> Job:
        """One call of TerminateRecoveryInstances, never repeated, not sent after `not_after` of the clock."""
        return self._change(
            target,
            "TerminateRecoveryInstances",
            not_after,
            lambda client: job_of(client.terminate_recovery_instances(recoveryInstanceIDs=list(instance_ids))["job"]),
        )

    def _read(self, target: Target, operation: str, call: Callable[["DrsClient"], Result]) -> Result:
        def in_region(session: AccountSession) -> Result:
            return call(patient(session.client("drs", target.region)))

        return read(self._sessions, self._purpose, target, operation, in_region)

    def _change(self, target: Target, operation: str, not_after: datetime, call: Callable[["DrsClient"], Job]) -> Job:
        return call_once(self._sessions, self._purpose, target, operation, call, clock=self._clock, not_after=not_after)


def _moved(instant: datetime, by: timedelta) -> str:
    """The instant a little earlier or later, as DRS takes it; the instant itself where there is none beyond it."""
    try:
        moved = instant + by
    except OverflowError:
        moved = instant
    return format_instant(moved if moved.year >= FIRST_YEAR else instant)


def _after(token: str | None) -> "_After":
    return {} if token is None else {"nextToken": token}


def _launched_from(server_id: str, snapshot_id: str | None) -> "StartRecoveryRequestSourceServerTypeDef":
    if snapshot_id is None:
        return {"sourceServerID": server_id}
    return {"sourceServerID": server_id, "recoverySnapshotID": snapshot_id}


def _slices(ids: Sequence[str] | None, size: int) -> list[list[str] | None]:
    """Slices of ids, or one absent slice for all; no slice at all for no ids, because an empty filter means all."""
    if ids is None:
        return [None]
    return [list(ids[start : start + size]) for start in range(0, len(ids), size)]
