"""GET /drs/jobs."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field

from query.job_logs import JobId
from query.page_start import PageStart, drs_page, token_of_drs
from query.places import AsksDrs, ListOfPlace, judge_place, target_of
from shared.drs_utils import EXECUTION_TAG, LAUNCH_TAG
from shared.errors import ErrorCode
from shared.models.base import Instant, Model, format_instant
from shared.models.drs import Job, JobStatus, JobType, Participant
from shared.models.targets import AccountId, Region, Target
from shared.models.violation import Violation
from shared.operations import Context, operation
from shared.roles import Permission

_LIST: Final = "drs-jobs"


class ListDrsJobs(ListOfPlace):
    """All jobs of a place, those of these ids, or those that were created between two instants, both included."""

    job_ids: Annotated[tuple[JobId, ...], Field(min_length=1, max_length=200)] | None = None
    from_date: Instant | None = None
    to_date: Instant | None = None


class DrsJob(Model):
    """A job of DRS, ours or anybody's; of ours it is known which execution started it, if its tags are shown."""

    job_id: str
    account_id: AccountId
    region: Region
    type: JobType
    status: JobStatus
    initiated_by: str
    created_at: Instant | None
    ended_at: Instant | None
    servers: tuple[Participant, ...]
    execution_id: str | None
    launch_id: str | None


class DrsJobs(Model):
    """A page of jobs, newest first; it may be short although there is another."""

    items: tuple[DrsJob, ...]
    next_token: str | None = None


def _dates(request: ListDrsJobs) -> Iterator[Violation]:
    if request.from_date and request.to_date and request.to_date < request.from_date:
        yield Violation("toDate", "is earlier than fromDate", "OUT_OF_RANGE")


def _begin(request: ListDrsJobs, app: AsksDrs) -> PageStart[Target, str | None]:
    """Where DRS is asked, with which filters, and from which page of DRS's own on; ValidationError."""
    target = target_of(request, app, _dates(request))
    filters = {
        "target": str(target),
        "ids": request.job_ids,
        "from": format_instant(request.from_date) if request.from_date else None,
        "to": format_instant(request.to_date) if request.to_date else None,
    }
    return PageStart(target, filters, drs_page(request.next_token, _LIST, filters))


@operation(
    "list_drs_jobs",
    http="GET /drs/jobs",
    permission=Permission.VIEW_EXECUTIONS,
    judge=judge_place(ListDrsJobs, _begin, _dates),
    raises=(ErrorCode.DRS_SERVICE_ERROR, ErrorCode.CROSS_ACCOUNT_ERROR),
)
def list_drs_jobs(request: ListDrsJobs, context: Context[AsksDrs]) -> DrsJobs:
    """The jobs of an account and region, read from DRS now, newest first."""
    start = _begin(request, context.app)
    page = context.app.drs.job_page(
        start.of,
        ids=request.job_ids,
        since=request.from_date,
        until=request.to_date,
        limit=request.limit,
        token=start.begin,
    )
    return DrsJobs(
        items=tuple(_view(start.of, job) for job in page.jobs),
        next_token=token_of_drs(page.next_token, _LIST, start.filters),
    )


def _view(target: Target, job: Job) -> DrsJob:
    return DrsJob(
        job_id=job.job_id,
        account_id=target.account_id,
        region=target.region,
        type=job.type,
        status=job.status,
        initiated_by=job.initiated_by,
        created_at=job.created_at,
        ended_at=job.ended_at,
        servers=job.participants,
        execution_id=job.tags.get(EXECUTION_TAG),
        launch_id=job.tags.get(LAUNCH_TAG),
    )
