"""Instances that outlive a termination's calls: noticed, called for ever more seldom, and others freed of them."""

from collections.abc import Sequence

from orchestration.dependencies import Dependencies
from orchestration.termination_round import Round, key_of
from shared.engine.survivors import gone, has_agreed, reasons_of
from shared.engine.texts import counted
from shared.errors import ConflictError, CrossAccountError, DrsServiceError
from shared.execution_utils import launched_servers
from shared.models.drs import Job, RecoveryInstance
from shared.models.launch import LaunchRecord
from shared.models.lock import LockOwner
from shared.models.targets import Target
from shared.models.termination import TerminationCall

UNANSWERED = "DRS did not answer the call, and no job of it has appeared"
UNTOLD = "its DRS job has ended and the job's log does not say why"
UNREAD = "its DRS job has ended, and the job's log could not be read"


def note_survivors(target: Target, ended: Sequence[Job], free: Sequence[RecoveryInstance], found: Round) -> None:
    """Of the instances on which no job works those that outlived the jobs which ended in this round, with the reason.

    DRS may name no servers of a job that has ended; then every instance that is left is meant, also one that has come
    since: it is called for a minute later than it could be, but nothing is called for without end.
    """
    named = {member.source_server_id for job in ended for member in job.participants}
    is_named = all(job.participants for job in ended)
    survivors = [instance for instance in free if not is_named or instance.source_server_id in named]
    if not ended or not survivors:
        return
    reasons: dict[str, str] = {}
    untold = UNTOLD
    for job in ended:
        try:
            reasons |= reasons_of(found.deps.drs.job_log(target, job.job_id))
        except (CrossAccountError, DrsServiceError):
            untold = UNREAD
    for instance in survivors:
        found.outlive(target, instance, reasons.get(instance.source_server_id or "", untold))


def note_unanswered(
    target: Target, calls: Sequence[TerminationCall], free: Sequence[RecoveryInstance], found: Round
) -> None:
    """Of the instances on which no job works those that were due when a call was made which never had an answer.

    Nothing was called for there since: the call was meant for all of them.
    """
    if not calls:
        return
    last = max(call.made_at for call in calls)
    for instance in free:
        at = found.due_at(target, instance)
        if at is None or at <= last:
            found.outlive(target, instance, UNANSWERED)


def due_instances(target: Target, free: Sequence[RecoveryInstance], found: Round) -> list[RecoveryInstance]:
    """Those that may be called for now: the others outlived a call not long ago, or another holds their server."""
    now = found.deps.clock.now()
    due = []
    for instance in free:
        at = found.due_at(target, instance)
        if at is not None and at > now:
            found.waiting.append(at)
        elif _is_locked(target, instance, found):
            due.append(instance)
    return due


def _is_locked(target: Target, instance: RecoveryInstance, found: Round) -> bool:
    """A server that was freed, and has an instance again, is locked again before that is touched."""
    if not found.termination.has_freed:
        return True
    owner = LockOwner.of_termination(found.header, found.termination.number)
    try:
        found.deps.locks.take([key_of(target, instance)], owner)
    except ConflictError as error:
        found.busy.append(f"{target}: {instance.recovery_instance_id} is left alone: {error.message}")
        return False
    return True


def free_what_is_gone(launches: Sequence[LaunchRecord], found: Round, deps: Dependencies) -> None:
    """Let go of the servers that two reads in a row showed without an instance, while others keep theirs.

    Those of a job that was abandoned once stay: while there are such jobs, a round takes their servers over.
    """
    late = set(launched_servers(launch for launch in launches if launch.abandoned_at is not None))
    for target, present in found.present.items():
        left = found.left[str(target)]
        if not has_agreed(found.termination.left.get(str(target)), left):
            continue
        free = [
            server
            for server in launched_servers(launch for launch in launches if launch.target == target)
            if server.source_server_id not in present and server not in late
        ]
        found.left[str(target)] = left.model_copy(update={"is_freed": True, "freed": max(left.freed, len(free))})
        if not free:
            continue
        say_that_it_frees(found, deps)
        records = [found.servers[server] for server in free if server in found.servers]
        deps.executions.mark_servers(found.termination, gone(records, deps.clock.now()))
        deps.locks.release(free, LockOwner.of_termination(found.header, found.termination.number))
        if len(free) > left.freed:
            found.notes.append(f"{target}: {counted(len(free), 'server')} without an instance any more, and free")


def say_that_it_frees(found: Round, deps: Dependencies) -> None:
    """Write down that servers are let go, before the first of them is free; StepLostError if the round is over.

    A round after a crash knows that it must lock them again, and a late one frees nothing that a newer has locked.
    """
    found.termination = deps.executions.update_termination(
        found.termination.model_copy(update={"has_freed": True, "calls": tuple(found.calls)}),
        expected_visit=found.termination.visit,
    )
