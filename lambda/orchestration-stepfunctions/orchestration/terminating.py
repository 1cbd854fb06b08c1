"""One step of a termination: what this execution launched, by job id, until two reads agree that nothing is left."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zlib import crc32

from orchestration.abandoned import close_if_over, settle_abandoned
from orchestration.acting import LOOK_SECONDS
from orchestration.calls import Answer, Next, TerminateCall
from orchestration.dependencies import Dependencies
from orchestration.pace import Pace, in_turn
from orchestration.reservations import free_reservations
from shared.aws.ports import DoubtError, NotSentError
from shared.drs_limits import RUNNING_JOBS_SINCE
from shared.drs_utils import LAUNCH_TAG
from shared.engine.admission import Admission, Asked, admit
from shared.engine.bounds import ADOPTION_WINDOW
from shared.engine.texts import LONGEST_REASON, counted, shortened
from shared.errors import ConflictError, CrossAccountError, DrsServiceError, NotFoundError
from shared.execution_utils import free_for_termination, launched_servers, may_have_launched
from shared.models.base import format_instant
from shared.models.drs import JobListing, JobType, RecoveryInstance
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord
from shared.models.lock import LockOwner
from shared.models.server_record import LaunchStatus
from shared.models.targets import Target
from shared.models.termination import EVERYWHERE, Termination, TerminationCall, TerminationStatus
from shared.patience import patience
from shared.stores.refusals import QuotaRowChangedError, StepLostError

POLL_SECONDS = 30
STUCK_POLL_SECONDS = 300
"""When only jobs are awaited that should have ended long ago."""

AGREE_SECONDS = 5
CLEAN_READS = 2
REASONS_TOLD = 3
NOTHING_LEFT = "no instance of this execution is left"


@dataclass
class Round:
    """What one round found in all accounts and regions; `reachable` instances are those on which no job works.

    `stuck` are its abandoned jobs, which may run for days, `busy` is everything else that is going on, of which
    `refusals` are those that AWS or DRS spoke.
    """

    instances: int = 0
    reachable: int = 0
    busy: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    calls: list[TerminationCall] = field(default_factory=list)
    tries: int = 0
    clean: dict[Target, bool] = field(default_factory=dict)
    """Of every account and region that was looked at: whether nothing is left there, and nothing going on."""
    has_left: bool = False
    """Something was left to the next round, for want of time."""

    @property
    def amount(self) -> int:
        """How much is left and going on."""
        return self.instances + len(self.busy) + len(self.stuck)

    @property
    def next_look(self) -> int:
        """Seconds until the next round; seldom while nothing is awaited but jobs that hang."""
        if self.has_left:
            return 1
        if not self.amount:
            return AGREE_SECONDS
        return STUCK_POLL_SECONDS if self.stuck and not self.busy and not self.reachable else POLL_SECONDS

    def refuse(self, line: str) -> None:
        """Something could not be asked or done."""
        self.busy.append(line)
        self.refusals.append(line)


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
    settle_abandoned(header, deps, heir=LockOwner.of_termination(header, termination.number))
    launches = [launch for launch in deps.executions.launches(header) if may_have_launched(launch)]
    refusal = _take_locks(header, termination, launches, deps)
    if refusal is not None:
        return _give_up(header, termination, refusal, deps)
    found = Round(calls=list(termination.calls))
    for target in in_turn(sorted({launch.target for launch in launches}, key=str), crc32(visit.encode())):
        if pace.is_over:
            found.has_left = True
            found.busy.append(f"{target}: not looked at yet")
            continue
        before, mine = found.amount, [launch for launch in launches if launch.target == target]
        try:
            _terminate_in(target, mine, termination, found, pace=pace, deps=deps)
        except (CrossAccountError, DrsServiceError) as error:
            found.refuse(f"{target}: {error.message}")
        found.clean[target] = found.amount == before
    return _record(header, termination, launches, found, deps)


def _take_locks(
    header: ExecutionHeader, termination: Termination, launches: Sequence[LaunchRecord], deps: Dependencies
) -> str | None:
    """Why another owner keeps a server from us; the operation took the locks, unless it broke off before.

    Those of an abandoned job that ends meanwhile are taken over; the reconciler may just have freed them.
    """
    if termination.has_locks and not header.abandoned_count:
        return None
    try:
        deps.locks.take(free_for_termination(launches), LockOwner.of_termination(header, termination.number))
    except ConflictError as error:
        return error.message
    return None


def _give_up(header: ExecutionHeader, termination: Termination, reason: str, deps: Dependencies) -> Answer:
    """End without having terminated anything; another termination may be asked for."""
    failed = termination.model_copy(
        update={"status": TerminationStatus.FAILED, "status_reason": reason, "ended_at": deps.clock.now()}
    )
    deps.executions.update_termination(failed, expected_visit=termination.visit)
    free_reservations(header, deps)
    close_if_over(header, deps)
    return Answer(next=Next.DONE)


def _terminate_in(
    target: Target,
    launches: Sequence[LaunchRecord],
    termination: Termination,
    found: Round,
    *,
    pace: Pace,
    deps: Dependencies,
) -> None:
    """One account and region: the instances whose job is ours, but of servers on which a job of ours still works.

    One call is always made; the instances of those that find no time are seen again in the next round.
    """
    with patience(LOOK_SECONDS):
        listing, left = _look(target, launches, found, deps)
    most = deps.limits.limits(target).servers_per_call
    for start in range(0, len(left), most):
        if start and pace.is_over:
            found.has_left = True
            break
        end = start + most
        more = end < len(left)
        _call(target, left[start:end], termination, listing=listing, found=found, more=more, deps=deps)


def _look(
    target: Target, launches: Sequence[LaunchRecord], found: Round, deps: Dependencies
) -> tuple[JobListing, list[RecoveryInstance]]:
    """The jobs of an account and region, and the instances that are to be terminated now."""
    began = deps.clock.now()
    since = min([began - RUNNING_JOBS_SINCE, *(launch.intent_at - ADOPTION_WINDOW for launch in launches)])
    listing = deps.drs.jobs(target, since=since)
    job_ids = {launch.job_id for launch in launches if launch.job_id} | _late_jobs(launches, listing, deps)
    all_shown = _settle_calls(target, listing, found, deps)
    held = _held(target, launches, listing, job_ids, found)
    servers = sorted({member.source_server_id for launch in launches for member in launch.servers})
    instances = [
        instance
        for instance in deps.drs.recovery_instances(target, source_server_ids=servers)
        if instance.job_id in job_ids
    ]
    found.instances += len(instances)
    going = {
        participant.source_server_id
        for job in listing.jobs
        if job.is_running and job.type is JobType.TERMINATE
        for participant in job.participants
    }
    found.reachable += sum(instance.source_server_id not in held for instance in instances)
    busy = going | held
    return listing, [instance for instance in instances if all_shown and instance.source_server_id not in busy]


def _held(
    target: Target, launches: Sequence[LaunchRecord], listing: JobListing, job_ids: set[str], found: Round
) -> set[str]:
    """The servers on which launch jobs of this execution work, or may work: these jobs are awaited."""
    abandoned = [launch for launch in launches if launch.is_abandoned]
    for launch in abandoned:
        found.stuck.append(f"{target}: {launch.job_words}, begun at {format_instant(launch.intent_at)}, has not ended")
    stuck = {launch.job_id for launch in abandoned}
    running = [job for job in listing.jobs if job.is_running and job.job_id in job_ids and job.job_id not in stuck]
    for job in running:
        found.busy.append(f"{target}: job {job.job_id} of this execution still runs")
    ours = {launch.job_id: launch for launch in launches if launch.job_id}
    return {
        *(member.source_server_id for launch in abandoned for member in launch.servers),
        *(one.source_server_id for job in running for one in job.participants),
        *(member.source_server_id for job in running if job.job_id in ours for member in ours[job.job_id].servers),
    }


def _late_jobs(launches: Sequence[LaunchRecord], listing: JobListing, deps: Dependencies) -> set[str]:
    """Jobs of launches that were given up: a late success counts."""
    by_launch = {launch.launch_id: launch for launch in launches if launch.job_id is None}
    late = set()
    for job in listing.jobs:
        launch = by_launch.get(job.tags.get(LAUNCH_TAG, ""))
        if launch is not None:
            deps.executions.record_job(launch, job.job_id)
            late.add(job.job_id)
    return late


def _settle_calls(target: Target, listing: JobListing, found: Round, deps: Dependencies) -> bool:
    """Calls whose job has ended, or whose outcome nobody will ever know, hold no room any more.

    False while the listing hides a job of ours: what it terminates would be called for again.
    """
    shown = {job.job_id: job for job in listing.jobs}
    kept, all_shown = [], True
    for call in found.calls:
        job = shown.get(call.job_id or "")
        is_fresh = deps.clock.now() - call.made_at < deps.bounds.not_after + deps.bounds.doubt
        still_runs = is_fresh if job is None else job.is_running
        if call.target != target:
            kept.append(call)
        elif still_runs:
            found.busy.append(f"{target}: a termination of {counted(call.server_count, 'instance')} runs")
            kept.append(call)
            all_shown = all_shown and (job is not None or call.job_id is None)
        else:
            deps.quotas.release(target, call.call_id)
    found.calls = kept
    return all_shown


def _call(
    target: Target,
    instances: Sequence[RecoveryInstance],
    termination: Termination,
    *,
    listing: JobListing,
    found: Round,
    more: bool,
    deps: Dependencies,
) -> None:
    """Reserve room and call once; what is refused or unknown is seen again in the next round.

    The call is written down first: room that a crash leaves behind is freed by what is known of the call.
    """
    now = deps.clock.now()
    found.tries += 1
    call_id = f"{termination.run_name}-{termination.visit}-{found.tries}"
    admission = admit(
        deps.quotas.get(target),
        listing,
        Asked(
            holder=termination.execution_id,
            reservation_id=call_id,
            execution_id=termination.execution_id,
            server_count=len(instances),
            more=more,
        ),
        limits=deps.limits.limits(target),
        spacing=replace(deps.spacing, stagger=timedelta()),
        now=now,
    )
    if not admission.is_granted:
        _wait_for_room(admission, found, deps)
        return
    call = TerminationCall(call_id=call_id, target=target, server_count=len(instances), made_at=now)
    intended = termination.model_copy(update={"calls": (*found.calls, call)})
    deps.executions.update_termination(intended, expected_visit=termination.visit)
    try:
        deps.quotas.put(admission.row)
    except QuotaRowChangedError:
        # perhaps by this very put, whose answer was lost and which was tried again
        deps.quotas.release(target, call_id)
        found.busy.append(f"{target}: other executions take room at this moment")
        return
    _send(call, [instance.recovery_instance_id for instance in instances], found, deps)


def _wait_for_room(refused: Admission, found: Round, deps: Dependencies) -> None:
    """Say what is in the way, and keep the place in the queue, unless somebody else changes the row just now."""
    found.busy.append(refused.reason)
    if not refused.is_as_stored:
        with suppress(QuotaRowChangedError):
            deps.quotas.put(refused.row)


def _send(call: TerminationCall, instance_ids: Sequence[str], found: Round, deps: Dependencies) -> None:
    """Call DRS once; what it surely refused holds no room."""
    target = call.target
    try:
        job = deps.drs.terminate(target, instance_ids, not_after=call.made_at + deps.bounds.not_after)
    except (NotSentError, DrsServiceError) as error:
        deps.quotas.release(target, call.call_id)
        found.refuse(f"{target}: {error.message}")
    except DoubtError as error:
        found.calls.append(call)
        found.notes.append(f"{target}: {error.message}")
    else:
        deps.quotas.record_job(target, call.call_id, job.job_id)
        found.calls.append(call.model_copy(update={"job_id": job.job_id}))
        found.notes.append(f"Job {job.job_id} terminates {counted(len(instance_ids), 'instance')} in {target}")


def _record(
    header: ExecutionHeader,
    termination: Termination,
    launches: Sequence[LaunchRecord],
    found: Round,
    deps: Dependencies,
) -> Answer:
    """Write the round down; the end frees the locks first, so that a finished termination holds none."""
    clean_reads = _clean_reads(termination, launches, found)
    done = all(count >= CLEAN_READS for count in clean_reads.values())
    now = deps.clock.now()
    if done:
        _mark_servers(header, deps)
        deps.locks.release(launched_servers(launches), LockOwner.of_termination(header, termination.number))
    updated = termination.model_copy(
        update={
            "has_locks": True,
            "clean_reads": clean_reads,
            "remaining_count": found.instances,
            "found_count": max(termination.found_count, found.instances),
            "calls": tuple(found.calls),
            "status": TerminationStatus.COMPLETED if done else TerminationStatus.RUNNING,
            "status_reason": NOTHING_LEFT if done else _why_it_goes_on(found),
            "ended_at": now if done else None,
        }
    )
    deps.executions.append_events(_events(updated, [*found.notes, *_news(updated, termination, found)], header, now))
    deps.executions.update_termination(updated, expected_visit=termination.visit)
    if done:
        free_reservations(header, deps)
        close_if_over(header, deps)
        return Answer(next=Next.DONE)
    return Answer(next=Next.WAIT, timeout_seconds=found.next_look)


def _clean_reads(termination: Termination, launches: Sequence[LaunchRecord], found: Round) -> dict[str, int]:
    """How often in a row each account and region was found clean; one that was not looked at stays as it was."""
    known = termination.clean_reads
    everywhere = known.get(EVERYWHERE, 0)
    before = {target: known.get(str(target), everywhere) for target in {launch.target for launch in launches}}
    return {
        str(target): count if target not in found.clean else count + 1 if found.clean[target] else 0
        for target, count in sorted(before.items(), key=lambda one: str(one[0]))
    }


def _why_it_goes_on(found: Round) -> str:
    lines = list(dict.fromkeys([*found.refusals, *found.stuck, *found.busy]))
    return shortened("; ".join(lines[:REASONS_TOLD]), LONGEST_REASON)


def _news(updated: Termination, termination: Termination, found: Round) -> list[str]:
    """What keeps it that the round before did not meet: a job may hang, and DRS may refuse the same, for hours."""
    if updated.status_reason == termination.status_reason:
        return []
    lines = dict.fromkeys([*found.refusals, *found.stuck[:REASONS_TOLD]])
    return [line for line in lines if line not in termination.status_reason]


def _mark_servers(header: ExecutionHeader, deps: Dependencies) -> None:
    launched = [server for server in deps.executions.servers(header, None) if server.launch is LaunchStatus.LAUNCHED]
    gone = [
        server.model_copy(
            update={
                "launch": LaunchStatus.TERMINATED,
                "launch_reason": "terminated after the execution",
                "updated_at": deps.clock.now(),
            }
        )
        for server in launched
    ]
    deps.executions.write_items(header, gone)


def _events(termination: Termination, lines: list[str], header: ExecutionHeader, now: datetime) -> list[ExecutionEvent]:
    if termination.status is TerminationStatus.COMPLETED:
        lines = [*lines, f"Termination is COMPLETED: {NOTHING_LEFT}"]
    return [
        ExecutionEvent(
            execution_id=header.execution_id,
            plan_id=header.plan_id,
            time=now,
            step=header.step,
            index=index,
            type=EventType.TERMINATION_STATUS,
            message=line,
            details={"termination": termination.number, "status": termination.status.value},
        )
        for index, line in enumerate(lines)
    ]
