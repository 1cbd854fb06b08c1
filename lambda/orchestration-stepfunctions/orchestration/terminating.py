"""One step of a termination: what this execution launched, by job id, until two reads agree that nothing is left."""

from collections.abc import Mapping, Sequence
from zlib import crc32

from orchestration.abandoned import close_if_over, settle_abandoned
from orchestration.acting import LOOK_SECONDS
from orchestration.calls import Answer, Next, TerminateCall
from orchestration.dependencies import Dependencies
from orchestration.pace import Pace, in_turn
from orchestration.reservations import free_reservations
from orchestration.surviving import due_instances, note_survivors, note_unanswered
from orchestration.termination_calls import call as call_drs
from orchestration.termination_ends import end_given_up, end_refused, record
from orchestration.termination_round import Round
from shared.drs_limits import RUNNING_JOBS_SINCE
from shared.drs_utils import LAUNCH_TAG
from shared.engine.bounds import ADOPTION_WINDOW, JUDGEMENT_GRACE
from shared.engine.texts import counted
from shared.errors import ConflictError, CrossAccountError, DrsServiceError, NotFoundError
from shared.execution_utils import free_for_termination, launched_servers, may_have_launched, terminated_servers
from shared.models.base import format_instant
from shared.models.drs import Job, JobListing, JobType, RecoveryInstance
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord
from shared.models.lock import LockOwner
from shared.models.targets import Target
from shared.models.termination import Termination, TerminationCall, TerminationStatus
from shared.patience import patience
from shared.stores.refusals import StepLostError


def terminate(call: TerminateCall, deps: Dependencies) -> Answer:
    """One round; DONE when each account and region was found clean twice in a row."""
    header = deps.executions.get_header(call.execution_id, call.plan_id)
    termination = deps.executions.termination(header, call.number)
    if termination is None:
        raise NotFoundError(f"There is no termination {call.number}", id=call.execution_id)
    if termination.status is not TerminationStatus.RUNNING:
        return _leave(header, termination, deps)
    if call.order <= termination.visit:
        return Answer(next=Next.WAIT, timeout_seconds=1)
    try:
        return _round(header, termination, call.order, deps)
    except StepLostError:
        present = deps.executions.termination(header, call.number) or termination
    if present.status is not TerminationStatus.RUNNING:
        return _leave(header, present, deps)
    return Answer(next=Next.WAIT, timeout_seconds=1)


def _leave(header: ExecutionHeader, termination: Termination, deps: Dependencies) -> Answer:
    """What ends a termination, once more: whoever ended it may have died, or taken locks that it had released."""
    launches = [launch for launch in deps.executions.launches(header) if may_have_launched(launch)]
    deps.locks.release(launched_servers(launches), LockOwner.of_termination(header, termination.number))
    free_reservations(header, deps)
    close_if_over(header, deps)
    return Answer(next=Next.DONE)


def _round(header: ExecutionHeader, termination: Termination, visit: str, deps: Dependencies) -> Answer:
    """Claim the round, go through every account and region, write down what was found.

    When its time is over, what it has not come to is left to the next, which begins somewhere else.
    """
    pace = Pace.begin(deps.clock)
    termination = deps.executions.update_termination(
        termination.model_copy(update={"visit": visit}), expected_visit=termination.visit
    )
    if termination.is_given_up:
        return end_given_up(header, termination, deps)
    settle_abandoned(header, deps, heir=LockOwner.of_termination(header, termination.number))
    launches = [launch for launch in deps.executions.launches(header) if may_have_launched(launch)]
    refusal = _take_locks(header, termination, launches, deps)
    if refusal is not None and not termination.has_locks:
        return end_refused(header, termination, refusal, deps)
    if refusal is not None:
        # servers that others hold are left alone: each is locked before its instance is touched
        termination = termination.model_copy(update={"has_freed": True})
    found = Round(header, termination, deps, calls=list(termination.calls))
    for target in in_turn(sorted({launch.target for launch in launches}, key=str), crc32(visit.encode())):
        if pace.is_over:
            found.has_left = True
            found.busy.append(f"{target}: not looked at yet")
            continue
        before, mine = found.amount, [launch for launch in launches if launch.target == target]
        try:
            _terminate_in(target, mine, found, pace=pace, deps=deps)
        except (CrossAccountError, DrsServiceError) as error:
            found.miss(target, error.message)
        found.clean[target] = found.amount == before
    return record(launches, found, deps)


def _take_locks(
    header: ExecutionHeader, termination: Termination, launches: Sequence[LaunchRecord], deps: Dependencies
) -> str | None:
    """Why another owner keeps a server from us; the operation took the locks, unless it broke off before.

    Those of an abandoned job that ends meanwhile are taken over; the reconciler may just have freed them.
    """
    if termination.has_locks and not header.abandoned_count:
        return None
    if termination.has_locks:
        # others may have been let go since: their instances are gone
        late = set(launched_servers(launch for launch in launches if launch.abandoned_at is not None))
        servers = tuple(server for server in free_for_termination(launches) if server in late)
    else:
        is_first = termination.number == 1
        terminated = frozenset() if is_first else terminated_servers(deps.executions.servers(header))
        servers = free_for_termination(launches, terminated)
    try:
        deps.locks.take(servers, LockOwner.of_termination(header, termination.number))
    except ConflictError as error:
        return error.message
    return None


def _terminate_in(
    target: Target,
    launches: Sequence[LaunchRecord],
    found: Round,
    *,
    pace: Pace,
    deps: Dependencies,
) -> None:
    """One account and region: the instances whose job is ours, but of servers on which a job of ours still works.

    One call is always made; the instances of those that find no time are seen again in the next round. One
    that may be refused for one of its instances is made again in parts; which of them comes first changes by the round.
    """
    with patience(LOOK_SECONDS):
        listing, left = _look(target, launches, found, deps)
    left = in_turn(left, crc32(found.termination.visit.encode()))
    most = deps.limits.limits(target).servers_per_call
    packs: list[Sequence[RecoveryInstance]] = [left[start : start + most] for start in range(0, len(left), most)]
    tries = found.tries
    while packs:
        if found.tries > tries and pace.is_over:
            found.has_left = True
            break
        pack = packs.pop(0)
        packs = [*call_drs(target, pack, listing=listing, found=found, more=bool(packs), deps=deps), *packs]


def _look(
    target: Target, launches: Sequence[LaunchRecord], found: Round, deps: Dependencies
) -> tuple[JobListing, list[RecoveryInstance]]:
    """The jobs of an account and region, and the instances that are to be terminated now."""
    began = deps.clock.now()
    since = min([began - RUNNING_JOBS_SINCE, *(launch.intent_at - ADOPTION_WINDOW for launch in launches)])
    listing = deps.drs.jobs(target, since=since)
    ours = _jobs_of(launches, listing, deps)
    all_shown, ended, unanswered = _settle_calls(target, listing, found, deps)
    running, held = _held(target, launches, listing, ours, found)
    servers = sorted({member.source_server_id for launch in launches for member in launch.servers})
    instances = [
        instance
        for instance in deps.drs.recovery_instances(target, source_server_ids=servers)
        if instance.job_id in ours
    ]
    going = {
        participant.source_server_id
        for job in listing.jobs
        if job.is_running and job.type is JobType.TERMINATE
        for participant in job.participants
    } & set(servers)
    found.jobs += len(going)
    found.reachable += sum(instance.source_server_id not in held for instance in instances)
    is_quiet = not going and not running and all(made.target != target for made in found.calls)
    found.see(target, instances, going | held | _not_shown_yet(target, listing, ours, found), is_quiet=is_quiet)
    free = [instance for instance in instances if instance.source_server_id not in going | held]
    note_survivors(target, ended, free, found)
    note_unanswered(target, unanswered, free, found)
    return listing, due_instances(target, free, found) if all_shown else []


def _held(
    target: Target,
    launches: Sequence[LaunchRecord],
    listing: JobListing,
    ours: Mapping[str, LaunchRecord],
    found: Round,
) -> tuple[list[Job], set[str]]:
    """The launch jobs of this execution that run and are awaited; the servers on which these or abandoned jobs work."""
    abandoned = [launch for launch in launches if launch.is_abandoned]
    for launch in abandoned:
        found.stuck.append(f"{target}: {launch.job_words}, begun at {format_instant(launch.intent_at)}, has not ended")
    stuck = {launch.job_id for launch in abandoned}
    running = [job for job in listing.jobs if job.is_running and job.job_id in ours and job.job_id not in stuck]
    for job in running:
        found.jobs += 1
        found.busy.append(f"{target}: job {job.job_id} of this execution still runs")
    return running, {
        *(member.source_server_id for launch in abandoned for member in launch.servers),
        *_servers_of(running, ours),
    }


def _not_shown_yet(target: Target, listing: JobListing, ours: Mapping[str, LaunchRecord], found: Round) -> set[str]:
    """Servers of launch jobs that have just ended, whose instances nobody has seen: DRS may not show them yet."""
    now = found.deps.clock.now()
    ended = [job for job in listing.jobs if job.job_id in ours and not job.is_running]
    fresh = [job for job in ended if now - (job.ended_at or now) < JUDGEMENT_GRACE]
    seen = {
        (record.job_id, server.source_server_id)
        for server, record in (found.servers.items() if fresh else ())
        if server.target == target and record.recovery_point is not None
    }
    return {server for job in fresh for server in _servers_of([job], ours) if (job.job_id, server) not in seen}


def _servers_of(jobs: Sequence[Job], ours: Mapping[str, LaunchRecord]) -> set[str]:
    """What DRS names, and what the launch asked for: DRS names nobody just after the creation."""
    return {
        *(one.source_server_id for job in jobs for one in job.participants),
        *(member.source_server_id for job in jobs for member in ours[job.job_id].servers),
    }


def _jobs_of(launches: Sequence[LaunchRecord], listing: JobListing, deps: Dependencies) -> dict[str, LaunchRecord]:
    """The launches by their job, also those that were given up and have one by now: a late success counts."""
    jobs = {launch.job_id: launch for launch in launches if launch.job_id}
    by_launch = {launch.launch_id: launch for launch in launches if launch.job_id is None}
    for job in listing.jobs:
        launch = by_launch.get(job.tags.get(LAUNCH_TAG, ""))
        if launch is not None:
            jobs[job.job_id] = deps.executions.record_job(launch, job.job_id)
    return jobs


def _settle_calls(
    target: Target, listing: JobListing, found: Round, deps: Dependencies
) -> tuple[bool, list[Job], list[TerminationCall]]:
    """Calls whose job has ended, or whose outcome nobody will ever know, hold no room any more.

    Answers False while the listing may hide a job of ours: what it terminates would be called for again; the jobs that
    have ended, and the calls without an answer of which no job has appeared.
    """
    shown = {job.job_id: job for job in listing.jobs}
    kept, ended, unanswered, all_shown = [], [], [], True
    for call in found.calls:
        job = shown.get(call.job_id or "")
        is_fresh = deps.clock.now() - call.made_at < deps.bounds.not_after + deps.bounds.doubt
        still_runs = is_fresh if job is None else job.is_running
        if call.target != target:
            kept.append(call)
        elif still_runs:
            found.jobs += 1
            found.busy.append(_running_words(call))
            kept.append(call)
            all_shown = all_shown and job is not None
        else:
            deps.quotas.release(target, call.call_id)
            ended += [job] if job is not None else []
            unanswered += [call] if call.job_id is None else []
    found.calls = kept
    return all_shown, ended, unanswered


def _running_words(call: TerminationCall) -> str:
    job = f"job {call.job_id}" if call.job_id else "a call without an answer"
    begun, runs = format_instant(call.made_at), "runs" if call.job_id else "may run"
    return f"{call.target}: a termination of {counted(call.server_count, 'instance')} {runs}, {job} of {begun}"
