"""The end of a round of a termination, and the ends of the termination itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from orchestration.abandoned import close_if_over
from orchestration.calls import Answer, Next
from orchestration.dependencies import Dependencies
from orchestration.reservations import free_reservations
from orchestration.surviving import free_what_is_gone, say_that_it_frees
from orchestration.termination_round import REASONS_TOLD, UNKNOWN_REASON, Round
from shared.engine.survivors import GIVEN_UP, gone, has_progressed, is_over
from shared.engine.texts import LONGEST_REASON, shortened
from shared.execution_utils import launched_servers, may_have_launched
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord
from shared.models.lock import LockOwner
from shared.models.termination import EVERYWHERE, Termination, TerminationStatus

CLEAN_READS = 2
NOTHING_LEFT = "no instance of this execution is left"


def record(launches: Sequence[LaunchRecord], found: Round, deps: Dependencies) -> Answer:
    """Write the round down; the end frees the locks first, so that a finished termination holds none."""
    header, termination, now = found.header, found.termination, deps.clock.now()
    clean_reads = _clean_reads(termination, launches, found)
    places = {str(launch.target) for launch in launches}
    done = all(clean_reads.get(place, 0) >= CLEAN_READS for place in places)
    if found.marked:
        deps.executions.mark_servers(termination, list(found.marked.values()))
    if done:
        say_that_it_frees(found, deps)
        deps.executions.mark_servers(termination, gone(deps.executions.servers(header, None), now))
        deps.locks.release(launched_servers(launches), LockOwner.of_termination(header, termination.number))
    else:
        free_what_is_gone(launches, found, deps)
    progress = _progress(found, now)
    updated = termination.model_copy(
        update={
            "has_locks": True,
            "has_freed": found.termination.has_freed,
            "clean_reads": clean_reads,
            "remaining_count": found.instances,
            "found_count": max(termination.found_count, found.instances),
            "calls": tuple(found.calls),
            "survivor_count": 0 if done else len(found.survivors),
            "status": TerminationStatus.COMPLETED if done else TerminationStatus.RUNNING,
            "status_reason": NOTHING_LEFT if done else found.why_it_goes_on(),
            "ended_at": now if done else None,
            **progress,
        }
    )
    if not done and places <= clean_reads.keys() and _is_stuck(updated, found, now):
        reason = shortened(f"{GIVEN_UP}: {found.what_is_left()}", LONGEST_REASON)
        updated = updated.model_copy(update={"is_given_up": True, "status_reason": reason})
    lines = [*found.notes, *found.news_of_survivors()]
    if not updated.is_given_up:
        lines += _news(updated, termination, found)
    deps.executions.append_events(_events(updated, lines, header, now))
    deps.executions.update_termination(updated, expected_visit=termination.visit)
    if done:
        return _close(header, deps)
    return Answer(next=Next.WAIT, timeout_seconds=1 if updated.is_given_up else found.next_look)


def end_given_up(header: ExecutionHeader, termination: Termination, deps: Dependencies) -> Answer:
    """End although something is left: no job of ours runs, the locks are free, another termination may be asked for.

    That it is given up was written down in the round before: whoever dies between the locks and the end makes no call
    without them.
    """
    now = deps.clock.now()
    launches = [launch for launch in deps.executions.launches(header) if may_have_launched(launch)]
    deps.locks.release(launched_servers(launches), LockOwner.of_termination(header, termination.number))
    failed = termination.model_copy(update={"status": TerminationStatus.FAILED, "ended_at": now})
    deps.executions.append_events(_events(failed, [], header, now))
    deps.executions.update_termination(failed, expected_visit=termination.visit)
    return _close(header, deps)


def end_refused(header: ExecutionHeader, termination: Termination, reason: str, deps: Dependencies) -> Answer:
    """End without having terminated anything; another termination may be asked for."""
    now = deps.clock.now()
    failed = termination.model_copy(
        update={"status": TerminationStatus.FAILED, "status_reason": reason, "ended_at": now}
    )
    deps.executions.append_events(_events(failed, [], header, now))
    deps.executions.update_termination(failed, expected_visit=termination.visit)
    return _close(header, deps)


def _close(header: ExecutionHeader, deps: Dependencies) -> Answer:
    free_reservations(header, deps)
    close_if_over(header, deps)
    return Answer(next=Next.DONE)


def _progress(found: Round, now: datetime) -> dict[str, Any]:
    """What is known by account and region, and since when nothing was achieved or learnt."""
    before = found.termination
    silent = {place: why for place, why in before.silent.items() if place not in {str(one) for one in found.clean}}
    has_moved = found.has_called_anew or has_progressed(before.left, found.left)
    return {
        "left": before.left | found.left,
        "silent": silent | found.silent,
        "progress_at": now if has_moved or before.progress_at is None else before.progress_at,
    }


def _is_stuck(updated: Termination, found: Round, now: datetime) -> bool:
    """Whether nothing will come of it any more: for hours nothing has, and no job of ours runs that could.

    Calls where there was no time to look may still run. Those in an account and region that does not answer keep
    nothing open: nobody can tell, and it may never answer again.
    """
    unseen = any(call.target not in found.clean and str(call.target) not in updated.silent for call in found.calls)
    if found.jobs or unseen or found.waits_for_abandoned or updated.progress_at is None or not found.amount:
        return False
    return is_over(updated.progress_at, now)


def _clean_reads(termination: Termination, launches: Sequence[LaunchRecord], found: Round) -> dict[str, int]:
    """How often in a row each account and region was found clean that was ever looked at."""
    known = termination.clean_reads
    before = {target: known.get(str(target), known.get(EVERYWHERE)) for target in {one.target for one in launches}}
    return {
        str(target): (count or 0) if target not in found.clean else (count or 0) + 1 if found.clean[target] else 0
        for target, count in sorted(before.items(), key=lambda one: str(one[0]))
        if target in found.clean or count is not None
    }


def _news(updated: Termination, termination: Termination, found: Round) -> list[str]:
    """What keeps it that the round before did not meet: a job may hang, and DRS may refuse the same, for hours.

    The sentence of the round has room for few lines; that another account and region is silent is told all the same.
    """
    lines = dict.fromkeys([*sorted(found.refusals), *found.stuck[:REASONS_TOLD]])
    if updated.status_reason == termination.status_reason:
        lines = dict.fromkeys(line for line in lines if _is_silence(line, found.silent))
    known = termination.silent
    return [line for line in lines if line not in termination.status_reason and not _is_silence(line, known)]


def _is_silence(line: str, silent: Mapping[str, str]) -> bool:
    """Whether the line says that an account and region is silent, for the reason that is kept of it."""
    place, _, reason = line.partition(": ")
    return silent.get(place) == shortened(reason, UNKNOWN_REASON)


def _events(termination: Termination, lines: list[str], header: ExecutionHeader, now: datetime) -> list[ExecutionEvent]:
    if termination.status is TerminationStatus.COMPLETED:
        lines = [*lines, f"Termination is COMPLETED: {NOTHING_LEFT}"]
    if termination.status is TerminationStatus.FAILED:
        lines = [*lines, f"Termination is FAILED: {termination.status_reason}"]
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
