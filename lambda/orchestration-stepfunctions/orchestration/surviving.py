"""Instances that outlive a termination's calls: noticed, called for ever more seldom, and others freed of them."""

from collections.abc import Sequence

from orchestration.termination_round import TerminationRound, key_of
from shared.engine.survivors import gone, has_agreed, reasons_of
from shared.engine.texts import counted
from shared.errors import ConflictError, CrossAccountError, DrsServiceError
from shared.execution_utils import launched_servers
from shared.models.drs import Job, RecoveryInstance
from shared.models.targets import Target
from shared.models.termination import TerminationCall

UNANSWERED = "no answer to the call is known, and no job of it has appeared"
UNTOLD = "its DRS job has ended and the job's log does not say why"
UNREAD = "its DRS job has ended, and the job's log could not be read"


def note_survivors(
    target: Target,
    ended: Sequence[tuple[TerminationCall, Job]],
    free: Sequence[RecoveryInstance],
    found: TerminationRound,
) -> None:
    """Of the instances on which no job works those that outlived the jobs which ended in this round, with the reason.

    Their calls tell whom they were for: DRS may name no servers of a job that has ended.
    """
    for call, job in ended:
        survivors = [instance for instance in free if call.was_for(instance.recovery_instance_id)]
        if not survivors:
            continue
        reasons, untold = dict[str, str](), UNTOLD
        try:
            reasons = reasons_of(found.deps.drs.job_log(target, job.job_id))
        except (CrossAccountError, DrsServiceError):
            untold = UNREAD
        for instance in survivors:
            found.outlive(target, instance, reasons.get(instance.source_server_id or "", untold))


def note_unanswered(
    target: Target, calls: Sequence[TerminationCall], free: Sequence[RecoveryInstance], found: TerminationRound
) -> None:
    """Of the instances on which no job works those for which a call was made of which no job has ever appeared."""
    for call in calls:
        reason = f"no listing shows job {call.job_id}, with which DRS answered" if call.job_id else UNANSWERED
        for instance in free:
            if call.was_for(instance.recovery_instance_id):
                found.outlive(target, instance, reason)


def due_instances(target: Target, free: Sequence[RecoveryInstance], found: TerminationRound) -> list[RecoveryInstance]:
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


def _is_locked(target: Target, instance: RecoveryInstance, found: TerminationRound) -> bool:
    """A server that may have been freed is locked before its instance is touched.

    So one that was let go of and has an instance again, and one of an abandoned job: whoever saw it end, as the
    reconciler does, freed it, and others may hold it by now.
    """
    server = key_of(target, instance)
    if not found.termination.lacks_locks and server not in found.once_abandoned:
        return True
    try:
        found.deps.locks.take([server], found.owner)
    except ConflictError as error:
        found.busy.append(f"{target}: {instance.recovery_instance_id} is left alone: {error.message}")
        return False
    return True


def free_what_is_gone(found: TerminationRound) -> None:
    """Let go of the servers that two reads in a row showed without an instance, while others keep theirs."""
    for target, present in found.present.items():
        left = found.left[str(target)]
        if not has_agreed(found.termination.left.get(str(target)), left):
            continue
        servers = launched_servers(launch for launch in found.launches if launch.target == target)
        free = [server for server in servers if server.source_server_id not in present]
        found.left[str(target)] = left.model_copy(update={"is_freed": True})
        if not free:
            continue
        news = set(free) - found.let_go
        say_that_it_frees(found)
        records = [found.found_first.get(server) or found.servers[server] for server in free if server in found.servers]
        found.deps.executions.mark_servers(found.termination, gone(records, found.deps.clock.now()))
        # also of those let go before: a late instance may have had them locked again, or a crash kept the lock
        found.deps.locks.release(free, found.owner)
        if news:
            found.notes.append(f"{target}: {counted(len(news), 'server')} without an instance any more, and free")


def say_that_it_frees(found: TerminationRound) -> None:
    """Write down that servers are let go, before the first of them is free; StepLostError if the round is over.

    A round after a crash knows that it must lock them again, and a late one frees nothing that a newer has locked.
    """
    found.write(found.termination.model_copy(update={"lacks_locks": True, "calls": tuple(found.calls)}))
