"""The end of a round of a termination, and the ends of the termination itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from orchestration.abandoned import close_if_over
from orchestration.calls import Answer, Next
from orchestration.dependencies import Dependencies
from orchestration.finalizing import is_finalized
from orchestration.reservations import free_reservations
from orchestration.surviving import free_what_is_gone, say_that_it_frees
from orchestration.termination_round import TerminationRound
from orchestration.termination_words import news, news_of_survivors, what_is_left, why_it_goes_on
from shared.engine.survivors import GIVEN_UP, gone, has_progressed, is_over, unread_words, unseen_words
from shared.engine.texts import LONGEST_REASON, counted, shortened
from shared.execution_utils import launched_servers
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader
from shared.models.lock import LockOwner
from shared.models.termination import EVERYWHERE, PlaceLeft, Termination, TerminationStatus

CLEAN_READS = 2
NOTHING_LEFT = "no instance of this execution is left"
NOTHING_KNOWN_LEFT = "no instance is left that is known to be of this execution"


def record(found: TerminationRound) -> Answer:
    """Write the round down; the end frees the locks first, so that a finished termination holds none."""
    before, now = found.termination, found.deps.clock.now()
    clean_reads = _clean_reads(found)
    done = all(clean_reads.get(str(target), 0) >= CLEAN_READS for target in found.targets)
    found.keep_marks()
    found.left |= _going(found, now)
    survivor_count = len(found.survivors)
    left = before.left | found.left
    unread = unread_words(left)
    left_count = before.left_count + found.owned_count
    over = (
        f"{f'{NOTHING_KNOWN_LEFT}; {unread}' if unread else NOTHING_LEFT}{left_words(left_count)}{unseen_words(left)}"
    )
    has_seen_all = clean_reads.keys() >= {str(target) for target in found.targets}
    is_counted = has_seen_all and not found.may_launch and not found.stuck
    if done:
        _let_all_go(found, now)
        survivor_count = 0
    else:
        free_what_is_gone(found)
    updated = found.termination.model_copy(
        update={
            "has_locks": True,
            "clean_reads": clean_reads,
            "calls": tuple(found.calls),
            "left_count": left_count,
            "survivor_count": survivor_count,
            "unseen_count": sum(place.unseen_count for place in left.values()) if is_counted else None,
            "status": TerminationStatus.COMPLETED if done else TerminationStatus.RUNNING,
            "status_reason": shortened(over, LONGEST_REASON) if done else why_it_goes_on(found),
            "ended_at": now if done else None,
            **_progress(found, now),
        }
    )
    if not done and has_seen_all and _is_stuck(updated, found, now):
        reason = shortened(f"{GIVEN_UP}: {what_is_left(found)}", LONGEST_REASON)
        updated = updated.model_copy(update={"is_given_up": True, "status_reason": reason})
    lines = [*found.notes, *news_of_survivors(found)]
    if not updated.is_given_up:
        lines += news(updated, before, found)
    found.deps.executions.append_events(_events(updated, lines, found.header, now))
    found.write(updated)
    if done:
        return close(found.header, found.deps)
    return Answer(next=Next.WAIT, timeout_seconds=1 if updated.is_given_up else found.next_look)


def left_words(count: int) -> str:
    """What a termination says at its end of so many instances into which servers were launched, or nothing."""
    return f" but {counted(count, 'instance')} that had been there before" if count else ""


def fail(header: ExecutionHeader, termination: Termination, reason: str, deps: Dependencies) -> Answer:
    """End although something is left, or nothing was begun: the locks are free, another termination may be asked for.

    That one is given up was written down in the round before: whoever dies between the locks and the end makes no call
    without them.
    """
    now = deps.clock.now()
    let_locks_go(header, termination, deps)
    failed = termination.model_copy(
        update={"status": TerminationStatus.FAILED, "status_reason": reason, "ended_at": now}
    )
    deps.executions.append_events(_events(failed, [], header, now))
    deps.executions.update_termination(failed)
    return close(header, deps)


def let_locks_go(header: ExecutionHeader, termination: Termination, deps: Dependencies) -> None:
    """Free every server that the termination holds."""
    servers = launched_servers(deps.executions.launches(header))
    deps.locks.release(servers, LockOwner.of_termination(header, termination.number))


def close(header: ExecutionHeader, deps: Dependencies) -> Answer:
    """What remains to be done once a termination has ended."""
    free_reservations(header, deps)
    if is_finalized(header, deps):
        # else the execution's own run closes it, or the reconciler replaces that
        close_if_over(header, deps)
    return Answer(next=Next.DONE)


def _let_all_go(found: TerminationRound, now: datetime) -> None:
    """Nothing is left anywhere: every server that may have been launched is let go of, and its lock freed."""
    say_that_it_frees(found)
    servers = launched_servers(found.launches)
    records = [found.found_first.get(server) or found.servers[server] for server in servers if server in found.servers]
    found.deps.executions.mark_servers(found.termination, gone(records, now))
    found.deps.locks.release(servers, found.owner)


def _progress(found: TerminationRound, now: datetime) -> dict[str, Any]:
    """What is known by account and region, how much is left, and since when nothing was achieved or learnt."""
    before = found.termination
    silent = {place: why for place, why in before.silent.items() if place not in {str(one) for one in found.clean}}
    left = before.left | found.left
    remaining = sum(place.count for place in left.values())
    # what is waited for may take days: only then the patience begins
    is_waiting = found.waits_for_abandoned or found.awaits_first or found.may_launch
    has_moved = is_waiting or found.has_called_anew or has_progressed(before.left, found.left)
    return {
        "left": left,
        "silent": silent | found.silent,
        "remaining_count": remaining,
        "found_count": _found(before, found),
        "progress_at": now if has_moved or before.progress_at is None else before.progress_at,
    }


def _found(before: Termination, found: TerminationRound) -> int:
    """How many instances this termination has found, those that are gone and one that came late included.

    One that took the place of another between two looks is not told apart from it. Until it has looked anywhere it
    knows what an earlier one had found.
    """
    known = {place: left.count for place, left in before.left.items()}
    if not known and not found.left:
        return before.found_count
    anew = sum(max(0, left.count - known.get(place, 0)) for place, left in found.left.items())
    return anew + (before.found_count if known else 0)


def _going(found: TerminationRound, now: datetime) -> dict[str, PlaceLeft]:
    """Where jobs were seen at work in this round: before it is over there, somebody looks once more."""
    places = {str(target) for target in found.running} & found.left.keys()
    return {place: found.left[place].model_copy(update={"going_at": now}) for place in places}


def _is_stuck(updated: Termination, found: TerminationRound, now: datetime) -> bool:
    """Whether nothing will come of it any more: for hours nothing has, and no job of ours runs that could.

    What ran where this round has seen nothing may still run. But an account and region that has not answered for as
    long keeps nothing open: nobody can tell, and it may never answer again.
    """
    seen_last = [left.going_at for place, left in found.termination.left.items() if place not in found.left]
    may_run = any(at is not None and not is_over(at, now) for at in seen_last)
    unseen = any(call.target not in found.clean and str(call.target) not in updated.silent for call in found.calls)
    is_awaited = found.running or may_run or unseen or found.waits_for_abandoned
    if is_awaited or updated.progress_at is None or not found.amount:
        return False
    return is_over(updated.progress_at, now)


def _clean_reads(found: TerminationRound) -> dict[str, int]:
    """How often in a row each account and region was found clean that was ever looked at."""
    known = found.termination.clean_reads
    before = {target: known.get(str(target), known.get(EVERYWHERE)) for target in found.targets}
    return {
        str(target): (count or 0) if target not in found.clean else (count or 0) + 1 if found.clean[target] else 0
        for target, count in sorted(before.items(), key=lambda one: str(one[0]))
        if target in found.clean or count is not None
    }


def _events(
    termination: Termination, lines: Sequence[str], header: ExecutionHeader, now: datetime
) -> list[ExecutionEvent]:
    if termination.status is TerminationStatus.COMPLETED:
        lines = [*lines, f"Termination {termination.number} is COMPLETED: {termination.status_reason}"]
    if termination.status is TerminationStatus.FAILED:
        lines = [*lines, f"Termination {termination.number} is FAILED: {termination.status_reason}"]
    return [
        ExecutionEvent(
            execution_id=header.execution_id,
            plan_id=header.plan_id,
            time=now,
            step=header.step,
            index=index,
            type=EventType.TERMINATION_STATUS,
            message=shortened(line, LONGEST_REASON),
            details={"termination": termination.number, "status": termination.status.value},
        )
        for index, line in enumerate(lines)
    ]
