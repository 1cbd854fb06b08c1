"""One step of a termination: what this execution launched, by job id, until two reads agree that nothing is left."""

from collections.abc import Sequence
from typing import Final

from orchestration.abandoned import settle_abandoned
from orchestration.acting import LOOK_SECONDS
from orchestration.calls import Answer, Next, TerminateCall
from orchestration.dependencies import Dependencies
from orchestration.pace import Pace, in_turn
from orchestration.termination_calls import call as call_drs
from orchestration.termination_ends import close, fail, let_locks_go, record
from orchestration.termination_look import look
from orchestration.termination_round import TerminationRound
from shared.errors import ConflictError, CrossAccountError, DrsServiceError, NotFoundError
from shared.execution_utils import free_for_termination, may_have_launched
from shared.models.drs import RecoveryInstance
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord
from shared.models.targets import Target
from shared.models.termination import Termination, TerminationStatus
from shared.patience import patience
from shared.stores.refusals import StepLostError

AS_THEY_COME: Final = 4
"""Of so many rounds one keeps nobody for its end."""

SLOW_WALL_SECONDS: Final = 10
"""An account and region whose look takes so long comes after the others."""


def terminate(call: TerminateCall, deps: Dependencies) -> Answer:
    """One round; DONE when each account and region was found clean twice in a row."""
    header = deps.executions.get_header(call.execution_id, call.plan_id)
    termination = deps.executions.termination(header, call.number)
    if termination is None:
        raise NotFoundError(f"There is no termination {call.number}", id=call.execution_id)
    if termination.status is not TerminationStatus.RUNNING:
        return _end_again(header, termination, deps)
    if call.order <= termination.visit:
        return Answer(next=Next.WAIT, timeout_seconds=1)
    try:
        return _round(header, termination, call.order, deps)
    except StepLostError:
        present = deps.executions.termination(header, call.number) or termination
    if present.status is not TerminationStatus.RUNNING:
        return _end_again(header, present, deps)
    return Answer(next=Next.WAIT, timeout_seconds=1)


def _end_again(header: ExecutionHeader, termination: Termination, deps: Dependencies) -> Answer:
    """What ends a termination, once more: whoever ended it may have died, or taken locks that it had released."""
    let_locks_go(header, termination, deps)
    return close(header, deps)


def _round(header: ExecutionHeader, termination: Termination, visit: str, deps: Dependencies) -> Answer:
    """Claim the round, go through every account and region, write down what was found.

    When its time is over, what it has not come to is left to the next, which begins somewhere else.
    """
    pace = Pace.begin(deps.clock)
    termination = deps.executions.update_termination(termination.model_copy(update={"visit": visit}))
    if termination.is_given_up:
        return fail(header, termination, termination.status_reason, deps)
    found = TerminationRound(header, termination, _launches(header, deps), deps)
    refusal = _take_locks(found)
    if refusal is not None and not termination.has_locks:
        return fail(header, termination, refusal, deps)
    if refusal is not None:
        # servers that others hold are left alone: each is locked before its instance is touched
        found.termination = termination.model_copy(update={"lacks_locks": True})
    found.termination = found.termination.model_copy(update={"has_locks": True})
    for target in _in_order(found):
        if pace.is_over:
            found.has_left = True
            found.busy.append(f"{target}: not looked at yet")
            continue
        before, began = found.amount, deps.clock.now()
        try:
            _terminate_in(target, found, pace)
        except (CrossAccountError, DrsServiceError) as error:
            found.miss(target, error.message)
        found.clean[target] = found.amount == before
        found.note_pace(target, is_slow=deps.clock.now() - began >= deps.clock.wall(SLOW_WALL_SECONDS))
    return record(found)


def _in_order(found: TerminationRound) -> list[Target]:
    """Every account and region, those last that took long or gave no answer when they were looked at last.

    One round in four takes them as they come, so that none is left for ever behind others.
    """
    # two numbers of one turn that have nothing to do with one another: else a place may be first in no round at all
    turn, kind = divmod(found.turn, AS_THEY_COME)
    places = in_turn(sorted(found.targets, key=str), turn)
    if kind == 0:
        return places
    return sorted(places, key=found.was_slow)


def _take_locks(found: TerminationRound) -> str | None:
    """Why another owner keeps a server from us; the operation took the locks, unless it broke off before.

    Those of an abandoned job that ends meanwhile are taken over; the reconciler may just have freed them.
    """
    if found.termination.has_locks and not found.header.abandoned_count:
        return None
    servers = free_for_termination(found.launches, found.let_go)
    if found.termination.has_locks:
        servers = tuple(server for server in servers if server in found.once_abandoned)
    try:
        found.deps.locks.take(servers, found.owner)
    except ConflictError as error:
        return error.message
    return None


def _terminate_in(target: Target, found: TerminationRound, pace: Pace) -> None:
    """One account and region: the instances whose job is ours, but of servers on which a job of ours still works.

    One call is always made; the instances of those that find no time are seen again in the next round. One
    that may be refused for one of its instances is made again in halves; which of them is first changes by the round.
    """
    with patience(LOOK_SECONDS):
        _settle_abandoned(target, found)
        seen = look(target, found)
    due = in_turn(seen.due, found.turn)
    most = found.deps.limits.limits(target).servers_per_call
    packs: list[Sequence[RecoveryInstance]] = [due[start : start + most] for start in range(0, len(due), most)]
    tries = found.tries
    while packs:
        if found.tries > tries and pace.is_over:
            found.has_left = True
            break
        pack = packs.pop(0)
        packs = [*call_drs(target, pack, listing=seen.listing, found=found, more=bool(packs)), *packs]


def _settle_abandoned(target: Target, found: TerminationRound) -> None:
    """What has become of the abandoned jobs there: the servers of those that are over pass to the termination."""
    if any(launch.is_abandoned for launch in found.launches if launch.target == target):
        settle_abandoned(found.header, found.deps, only=target, heir=found.owner)
        found.launches = _launches(found.header, found.deps)


def _launches(header: ExecutionHeader, deps: Dependencies) -> list[LaunchRecord]:
    return [launch for launch in deps.executions.launches(header) if may_have_launched(launch)]
