"""The logs of an execution's DRS jobs, read from DRS at this moment."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Final, Protocol

from query.ledger import jobs_of, position_of
from query.log_lines import JobLogLine, ReadFailure, lines_of, read_failure, unanswered
from query.page_start import PageStart
from query.staging_job_logs import StagingJobLog, StagingLogs, staging_logs
from shared.aws.ports import DrsPort
from shared.errors import CrossAccountError, DrsServiceError, ErrorCode
from shared.models.base import Model
from shared.models.execution import ExecutionHeader
from shared.models.forms import form
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.recovery_plan import WaveNumber
from shared.models.server_record import ServerRecord
from shared.models.staging_job import UnreadStaging
from shared.models.targets import Target
from shared.operations import Context, operation
from shared.patience import answers_of, part_of_patience
from shared.roles import Permission
from shared.services.judging import ID, judge_by, raised_by
from shared.services.request_fields import ExecutionId, Limit, NextToken
from shared.services.wave_naming import must_have_wave
from shared.stores import page_token
from shared.stores.execution_store import ExecutionStore

_LIST: Final = "job-logs"
_AT_ONCE: Final = 8
_LINES_PER_PAGE: Final = 8000
"""Lambda answers at most 6 MB; a line takes about 300 bytes."""

JobId = Annotated[str, form(r"^drsjob-[0-9a-zA-Z]{17}$", "the id of a DRS job: drsjob- and 17 letters or digits")]


class ReadsJobs(Protocol):
    """What reading jobs and instances needs."""

    @property
    def executions(self) -> ExecutionStore:
        """The executions."""
        ...

    @property
    def drs(self) -> DrsPort:
        """DRS in all accounts and regions."""
        ...


class GetJobLogs(Model):
    """The logs of all jobs of an execution, of a wave's, or of one."""

    execution_id: ExecutionId
    wave_number: WaveNumber | None = None
    job_id: JobId | None = None
    limit: Limit = 50
    next_token: NextToken | None = None


class JobLog(Model):
    """The log of one job; with `failure` it could not be read, which says nothing about the job.

    `staging_jobs` are those that staging accounts ran before it for its extended servers; `unread_staging` names those
    that did not say.
    """

    job_id: str
    wave_number: int
    account_id: str
    region: str
    launch_state: LaunchState
    server_count: int
    lines: tuple[JobLogLine, ...] = ()
    failure: ReadFailure | None = None
    staging_jobs: tuple[StagingJobLog, ...] = ()
    unread_staging: tuple[UnreadStaging, ...] = ()


class JobLogPage(Model):
    """A page of logs, in the order in which the jobs were started."""

    items: tuple[JobLog, ...]
    next_token: str | None = None


def _jobs(
    request: GetJobLogs, context: Context[ReadsJobs]
) -> tuple[ExecutionHeader, PageStart[Sequence[LaunchRecord], int]]:
    """NotFoundError; ValidationError if there is no such wave, or the page token is not of this list."""
    executions = context.app.executions
    header = executions.find(request.execution_id)
    must_have_wave(header, request.wave_number)
    filters = {
        "executionId": request.execution_id,
        "waveNumber": request.wave_number,
        "jobId": request.job_id,
    }
    jobs = jobs_of(executions.launches(header), request.wave_number, request.job_id)
    begin = 0
    if request.next_token is not None:
        first = page_token.decode(request.next_token, _LIST, filters, {"launch"})["launch"]
        begin = position_of(first, [launch.launch_id for launch in jobs])
    return header, PageStart(jobs, filters, begin)


@operation(
    "get_job_logs",
    http="GET /executions/{executionId}/job-logs",
    permission=Permission.VIEW_EXECUTIONS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND,),
    judge=judge_by(GetJobLogs, raised_by(_jobs), stand_ins={"executionId": ID}),
)
def get_job_logs(request: GetJobLogs, context: Context[ReadsJobs]) -> JobLogPage:
    """What DRS logged about the jobs of an execution, in sentences."""
    app = context.app
    header, listed = _jobs(request, context)
    wanted = listed.of[listed.begin : listed.begin + request.limit]
    servers = _servers(header, {launch.wave_number for launch in wanted}, app)
    logs = _read(wanted, {server.server.source_server_id: server.name for server in servers}, app.drs)
    staging = staging_logs(wanted[: len(logs)], servers, app.drs)
    logs = [_with_staging(log, launch, staging) for log, launch in zip(logs, wanted, strict=False)]
    rest = listed.of[listed.begin + len(logs) :]
    token = page_token.encode(_LIST, listed.filters, {"launch": rest[0].launch_id}) if rest else None
    return JobLogPage(items=tuple(logs), next_token=token)


def _read(launches: Sequence[LaunchRecord], names: Mapping[str, str], drs: DrsPort) -> list[JobLog]:
    """The logs of these jobs until a page is full; an account and region that was silent is not asked again."""
    silent: set[Target] = set()
    logs: list[JobLog] = []
    for start in range(0, len(launches), _AT_ONCE):
        part = launches[start : start + _AT_ONCE]
        asked = {each.launch_id: partial(_log_of, each, names, drs) for each in part if each.target not in silent}
        seconds = part_of_patience(is_last=start + _AT_ONCE >= len(launches))
        answers = answers_of(asked, workers=_AT_ONCE, seconds=seconds)
        logs += [answers.get(each.launch_id) or _unanswered(each) for each in part]
        silent |= {each.target for each in part if each.launch_id not in answers}
        if sum(len(log.lines) for log in logs) >= _LINES_PER_PAGE:
            break
    return logs


def _unanswered(launch: LaunchRecord) -> JobLog:
    return _head_of(launch).model_copy(update={"failure": unanswered(launch.target)})


def _with_staging(log: JobLog, launch: LaunchRecord, staging: StagingLogs) -> JobLog:
    jobs, unread = staging.logs.get(launch.launch_id, ()), staging.unread.get(launch.launch_id, ())
    return log.model_copy(update={"staging_jobs": jobs, "unread_staging": unread}) if jobs or unread else log


def _log_of(launch: LaunchRecord, names: Mapping[str, str], drs: DrsPort) -> JobLog:
    log = _head_of(launch)
    try:
        entries = drs.job_log(launch.target, log.job_id)
    except (CrossAccountError, DrsServiceError) as error:
        return log.model_copy(update={"failure": read_failure(error)})
    return log.model_copy(update={"lines": lines_of(entries, names)})


def _head_of(launch: LaunchRecord) -> JobLog:
    return JobLog(
        job_id=launch.job_id or "",
        wave_number=launch.wave_number,
        account_id=launch.target.account_id,
        region=launch.target.region,
        launch_state=launch.state,
        server_count=len(launch.servers),
    )


def _servers(header: ExecutionHeader, wave_numbers: Iterable[int], app: ReadsJobs) -> list[ServerRecord]:
    return [server for number in sorted(wave_numbers) for server in app.executions.servers(header, number)]
