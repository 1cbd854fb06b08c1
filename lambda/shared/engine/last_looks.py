"""The looks for late jobs of lost launches that an end waits for: those for which there was no time, for some minutes,
and those that the account or DRS refused, for as long as jobs of their waves are drained.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from shared.engine.bounds import LOOK_PATIENCE, POLL_SECONDS
from shared.engine.state import Draft
from shared.engine.texts import first_few, shortened
from shared.models.event import EventType
from shared.models.execution import ExecutionStatus
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.targets import Target

SOUGHT: Final = "late jobs of lost launches are looked for in "

DENIAL_TOLD: Final = 200
"""So much of why accounts and regions could not be asked stands in the execution's reason, all together."""

LAUNCHES_NAMED: Final = 20
"""So many lost launches the last line about an account and region names by their ids: an item stays below 4 KB."""


def note_denials(draft: Draft) -> None:
    """Write down where lost launches cannot be looked for, since every wave is judged, and until when that is awaited.

    One that is denied stays so until it answers: that a later step has no time to ask says nothing.
    """
    header = draft.header
    denied = {*draft.denied, *(draft.unasked & {*header.denied_in})}
    until = None if not denied else header.denied_until or draft.now + _patience(draft)
    draft.change_header(denied_in=_in_order(denied), denied_until=until)


def note_looks(draft: Draft) -> None:
    """Write down in which accounts and regions no step since all was over had time to look for late jobs."""
    header = draft.header
    unasked = draft.unasked if header.unasked_since is None else draft.unasked & {*header.unasked_in}
    draft.change_header(
        unasked_in=_in_order(unasked - {*header.denied_in}), unasked_since=header.unasked_since or draft.now
    )


def awaits_looks(draft: Draft) -> bool:
    """Whether there is one that is waited for: not for long if time was short, for each is asked first now and then."""
    return _awaits_time(draft) or _is_before(draft, draft.header.denied_until)


def wait_for_looks(draft: Draft) -> None:
    """Look again: at once where there was no time."""
    draft.wait(1 if _awaits_time(draft) else POLL_SECONDS, "jobs of lost launches are looked for before the end")
    new = {*draft.header.denied_in} - {*draft.state.header.denied_in}
    if new and draft.header.status is ExecutionStatus.CANCELLING:
        # its reason stays why it was cancelled
        draft.event(EventType.WAITING, f"The end waits: {words_of_waiting(draft)}")


def words_of_waiting(draft: Draft) -> str:
    """Where late jobs are looked for, and why they could not be; empty if this step knows no better than the last."""
    header = draft.header
    if header.denied_in and not draft.denied:
        return ""
    why = _why(draft)
    named = first_few(_in_order({*header.unasked_in, *header.denied_in}), str, apart=", ")
    return f"{SOUGHT}{named} before the end{': ' if why else ''}{why}"


def forget_looks(draft: Draft) -> None:
    """Not all is over: whatever was not looked for is looked for again."""
    if draft.header.unasked_since is not None:
        draft.change_header(unasked_in=(), unasked_since=None)


def forget_denials(draft: Draft) -> None:
    """A wave has no verdict: the end is not near."""
    if draft.header.denied_until is not None:
        draft.change_header(denied_in=(), denied_until=None)


def end_looks(draft: Draft) -> str:
    """What the reason of an end says of looks that were waited for in vain, if any; the timeline names the launches."""
    header, words = draft.header, ""
    for target in header.denied_in:
        _tell_of_launches(draft, target)
    if header.denied_in:
        words = f"; late jobs of lost launches, which may run, could not be looked for: {_why(draft)}"
    if header.unasked_in:
        named = first_few(header.unasked_in, str, apart=", ")
        words += f"; nobody had time to look for late jobs of lost launches in {named}"
    draft.change_header(unasked_since=None, denied_until=None)
    return words


def _tell_of_launches(draft: Draft, target: Target) -> None:
    lost = [launch.launch_id for launch in _lost_in(draft, {target})]
    named = first_few(lost, str, apart=", ")
    words = f"Late jobs of lost launches in {target}, which may run, could not be looked for before the end: {named}"
    draft.event(
        EventType.LAUNCH_LOST,
        f"{words}: {_told(draft, target)}",
        target=str(target),
        launchIds=lost[:LAUNCHES_NAMED],
        launches=len(lost),
    )


def _why(draft: Draft) -> str:
    return shortened(first_few(draft.header.denied_in, lambda target: _told(draft, target)), DENIAL_TOLD)


def _told(draft: Draft, target: Target) -> str:
    return shortened(draft.denied.get(target, f"there was no time to ask in {target} again"), DENIAL_TOLD)


def _patience(draft: Draft) -> timedelta:
    """As long as the drain of a wave whose late jobs cannot be looked for, the longest of several."""
    numbers = {launch.wave_number for launch in _lost_in(draft, draft.denied)}
    drains = [timedelta(minutes=draft.waves[one].drain_minutes) for one in sorted(numbers) if draft.load(one)]
    return max([LOOK_PATIENCE, *drains])


def _lost_in(draft: Draft, targets: Iterable[Target]) -> list[LaunchRecord]:
    wanted = {*targets}
    return [one for one in draft.launches.values() if one.state is LaunchState.LOST and one.target in wanted]


def _awaits_time(draft: Draft) -> bool:
    since = draft.header.unasked_since
    return bool(draft.header.unasked_in) and since is not None and _is_before(draft, since + LOOK_PATIENCE)


def _is_before(draft: Draft, until: datetime | None) -> bool:
    return until is not None and draft.now < until


def _in_order(targets: Iterable[Target]) -> tuple[Target, ...]:
    return tuple(sorted(targets, key=str))
