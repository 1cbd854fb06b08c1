"""The calls of a termination: room first, then written down, then made once."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

from orchestration.termination_round import TerminationRound
from shared.aws.ports import DoubtError, NotSentError
from shared.engine.admission import Admission, Asked, admit
from shared.engine.texts import counted
from shared.errors import DrsServiceError
from shared.models.drs import JobListing, RecoveryInstance
from shared.models.targets import Target
from shared.models.termination import TerminationCall, members_of
from shared.stores.refusals import QuotaRowChangedError

FOR_WANT_OF_ROOM: Final = (402, 429)
"""Refusals that have nothing to do with the instances."""

CONFLICT: Final = 409
FOR_ONE_INSTANCE: Final = (400, 403, 404, CONFLICT)
"""Refusals of a whole call that one of its instances may be the cause of, or the call, or the role."""

LONE_REFUSALS: Final = 3
"""So many instances that are refused alone, while no call is taken, are proof enough that all would be."""

Pack = Sequence[RecoveryInstance]


def call(
    target: Target,
    instances: Pack,
    *,
    listing: JobListing,
    found: TerminationRound,
    more: bool,
) -> tuple[Pack, ...]:
    """Reserve room and call once; what is refused or unknown is seen again in the next round.

    If DRS refused the call perhaps for one of its instances, nobody knows for which, answers the parts to call for
    instead.

    The call is written down first: room that a crash leaves behind is freed by what is known of the call.
    """
    deps, termination = found.deps, found.termination
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
        _wait_for_room(admission, found)
        return ()
    members = members_of(instance.recovery_instance_id for instance in instances)
    made = TerminationCall(
        call_id=call_id,
        target=target,
        server_count=len(instances),
        members=members,
        first=any(found.due_at(target, instance) is None for instance in instances),
        made_at=now,
    )
    found.write(termination.model_copy(update={"calls": (*found.calls, made)}))
    try:
        deps.quotas.put(admission.row)
    except QuotaRowChangedError:
        # perhaps by this very put, whose answer was lost and which was tried again
        deps.quotas.release(target, call_id)
        found.busy.append(f"{target}: other executions take room at this moment")
        return ()
    return _send(made, instances, found)


def _wait_for_room(refused: Admission, found: TerminationRound) -> None:
    """Say what is in the way, and keep the place in the queue, unless somebody else changes the row just now."""
    found.busy.append(refused.reason)
    if not refused.is_as_stored:
        with suppress(QuotaRowChangedError):
            found.deps.quotas.put(refused.row)


def _send(call: TerminationCall, instances: Pack, found: TerminationRound) -> tuple[Pack, ...]:
    """Call DRS once; what it surely refused holds no room. Answers as `call` does."""
    deps, target = found.deps, call.target
    try:
        job = deps.drs.terminate(
            target,
            [instance.recovery_instance_id for instance in instances],
            not_after=call.made_at + deps.bounds.not_after,
        )
    except DrsServiceError as error:
        deps.quotas.release(target, call.call_id)
        return _refused(target, error, instances, found)
    except NotSentError as error:
        deps.quotas.release(target, call.call_id)
        found.refuse(f"{target}: {error.message}")
    except DoubtError as error:
        found.running.add(target)
        found.calls.append(call)
        if call.first:
            found.notes.append(f"{target}: {error.message}")
    else:
        found.running.add(target)
        found.granted.add(target)
        deps.quotas.record_job(target, call.call_id, job.job_id)
        found.calls.append(call.model_copy(update={"job_id": job.job_id}))
        found.has_called_anew = found.has_called_anew or call.first
        if call.first:
            found.notes.append(f"Job {job.job_id} terminates {counted(len(instances), 'instance')} in {target}")
    return ()


def _refused(target: Target, error: DrsServiceError, instances: Pack, found: TerminationRound) -> tuple[Pack, ...]:
    """Instances that DRS refuses to terminate survive, but for a fault that may be that of another in the call.

    While a call without an answer may work there, a conflict is with that one, and tells nothing of the instances.
    Answers as `call` does.
    """
    in_doubt = any(made.target == target and made.job_id is None for made in found.calls)
    if error.http_status in FOR_WANT_OF_ROOM or (error.http_status == CONFLICT and in_doubt):
        found.refuse(f"{target}: {error.message}")
        return ()
    if len(instances) == 1:
        found.lone_refusals[target] = found.lone_refusals.get(target, 0) + 1
    elif error.http_status in FOR_ONE_INSTANCE and not _are_all_refused(target, found):
        half = (len(instances) + 1) // 2
        return instances[:half], instances[half:]
    for instance in instances:
        found.outlive(target, instance, error.message)
    return ()


def _are_all_refused(target: Target, found: TerminationRound) -> bool:
    return target not in found.granted and found.lone_refusals.get(target, 0) >= LONE_REFUSALS
