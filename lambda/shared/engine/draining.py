"""Jobs that outlive judgement: followed for a while, then abandoned, so that every execution ends (engine.md, 5)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from shared.engine.bounds import POLL_SECONDS, UNREAD_GRACE
from shared.engine.effects import AbandonLaunch, AdoptJob, LoseLaunch
from shared.engine.findings import forget_instance
from shared.engine.observations import Unavailable
from shared.engine.state import Draft
from shared.engine.texts import counted
from shared.models.drs import JobListing
from shared.models.event import EventType
from shared.models.execution import ExecutionStatus, WaveSummary
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.recovery_plan import wave_words
from shared.models.server_record import LaunchStatus
from shared.models.wave_record import ENDED_WAVE_STATUSES, WaveRecord

RUNS: Final = "still ran"
UNREAD: Final = "had ended, but what it launched could not be read"
UNASKED: Final = "may still have run, for nobody could ask"
UNKNOWN: Final = "may never have come about, for nobody could tell"
WHOSE_UNREAD: Final = "may be {}, for nobody could read whose that is"
"""What is known of an abandoned launch when it is abandoned; its reason keeps it."""


def keep_drains(draft: Draft) -> None:
    """Say until when jobs are followed whose wave is not judged any more, and be there.

    A cancel ends judgement of every wave; else its verdict does. A job that turns up later is followed from then on.
    """
    # an abandoned job keeps its instant: a step that dies before it has noted the job must not begin the drain anew
    busy = _waves_of(draft.live_launches) | _waves_of(draft.abandoned_launches)
    for number in sorted(busy | {number for number, wave in draft.waves.items() if wave.drain_until is not None}):
        if _is_at_hand(draft, number):
            _keep_drain(draft, draft.waves[number], is_busy=number in busy)
    if _nothing_else_is_left(draft):
        may_wait = all(_is_still_settled(draft, launch) for launch in draft.live_launches)
        draft.wait(POLL_SECONDS if may_wait else 1, "what still runs is abandoned")


def abandon_jobs(draft: Draft) -> None:
    """Give up every job that still runs, once nothing else is left and each was followed for its wave's time.

    Only then: while the execution goes on its jobs may end, and nothing of it may be launched again beside them. And
    only of what this step has learnt everything: one whose end is just being settled is not called running.
    """
    # one that is found or proved lost in this very step is another one in the next, which sees what is left
    is_settling = any(isinstance(effect, AdoptJob | LoseLaunch) for effect in draft.effects)
    if _nothing_else_is_left(draft) and not is_settling and draft.may_settle():
        for launch in list(draft.live_launches):
            if not _is_still_settled(draft, launch):
                _abandon(draft, launch)
    for launch in draft.abandoned_launches:
        # due in every step until the end is committed: whoever noted it may have died before all of it was done
        if _fail_servers(draft, launch):
            draft.effects.append(AbandonLaunch(launch))


def is_drained(draft: Draft, number: int) -> bool:
    """Whether jobs of the wave have been followed for as long as its plan says."""
    wave = draft.waves.get(number)
    return wave is not None and wave.drain_until is not None and draft.now >= wave.drain_until


def is_long_drained(draft: Draft, number: int) -> bool:
    """Whether they have been, and what is not known of them was asked for long enough too: only a gate is open."""
    wave = draft.waves.get(number)
    until = None if wave is None else wave.drain_until
    return until is not None and draft.now >= until + UNREAD_GRACE


def _keep_drain(draft: Draft, wave: WaveRecord, *, is_busy: bool) -> None:
    until = None
    if is_busy and _is_judged(draft, draft.header.summary(wave.wave_number)):
        until = wave.drain_until or draft.now + timedelta(minutes=wave.drain_minutes)
        if draft.now < until:
            draft.wait((until - draft.now).total_seconds(), f"jobs of {wave_words(wave.wave_number)} are followed")
    if until != wave.drain_until:
        draft.change_wave(wave.wave_number, drain_until=until)


def _waves_of(launches: Iterable[LaunchRecord]) -> set[int]:
    return {launch.wave_number for launch in launches}


def _is_at_hand(draft: Draft, number: int) -> bool:
    return number in draft.waves or draft.load(number)


def _is_still_settled(draft: Draft, launch: LaunchRecord) -> bool:
    """Whether a later step may learn for certain, and soon, what became of the launch.

    Its account had no turn in this step, its job has ended and the verdicts have their grace, its doubt has time, or
    what is not known since a moment ago is asked for a little longer.
    """
    listing = draft.observations.jobs.get(launch.target)
    if launch.launch_id in draft.settling or (isinstance(listing, Unavailable) and not listing.reason):
        return True
    wave = draft.waves[launch.wave_number]
    return (
        _what_is_known(draft, launch) != RUNS
        and wave.drain_until is not None
        and (draft.now < wave.drain_until + UNREAD_GRACE)
    )


def _what_is_known(draft: Draft, launch: LaunchRecord) -> str:
    """Of its job, in this step: what follows `it` in a sentence."""
    if launch.is_suspected:
        return WHOSE_UNREAD.format(launch.suspect_words)
    if launch.job_id is None:
        return UNKNOWN
    listing = draft.observations.jobs.get(launch.target)
    shown = listing.jobs if isinstance(listing, JobListing) else ()
    job = next((job for job in shown if job.job_id == launch.job_id), None)
    if job is None:
        return UNASKED
    return RUNS if job.is_running else UNREAD


def _nothing_else_is_left(draft: Draft) -> bool:
    """Whether jobs run, and all else is over for good: they were followed long enough."""
    busy = _waves_of(draft.live_launches)
    if not busy or draft.state.more_requests:
        return False
    if not all(_is_at_hand(draft, one) and is_drained(draft, one) for one in busy):
        return False
    return all(
        wave.wave_number in busy if wave.status not in ENDED_WAVE_STATUSES else not draft.is_undecided(wave)
        for wave in draft.header.waves
    )


def _is_judged(draft: Draft, wave: WaveSummary) -> bool:
    return wave.status in ENDED_WAVE_STATUSES or draft.header.status is ExecutionStatus.CANCELLING


def _abandon(draft: Draft, launch: LaunchRecord) -> None:
    if not draft.load(launch.wave_number):
        return
    known: dict[str, object] = {"abandoned_at": draft.now, "reason": _what_is_known(draft, launch)}
    if launch.is_postponed or launch.is_suspected:
        # from now on it is in doubt like any other, and its servers are held until the doubt is settled
        known |= {"state": LaunchState.OPEN, "ended_at": None}
    abandoned = draft.launches[launch.launch_id] = launch.model_copy(update=known)
    draft.event(
        EventType.LAUNCH_ABANDONED,
        f"{_reason(draft.waves[launch.wave_number], abandoned)}; {_locked(len(abandoned.held))} until DRS has ended it",
        wave=launch.wave_number,
        launchId=launch.launch_id,
        target=str(launch.target),
        jobId=launch.job_id or "",
    )


def _fail_servers(draft: Draft, launch: LaunchRecord) -> bool:
    """The servers of an abandoned launch have no verdict but this; whether they are at hand."""
    if not draft.load(launch.wave_number):
        return False
    reason = _reason(draft.waves[launch.wave_number], launch)
    for key in launch.held:
        server = draft.servers[key]
        # of one that was refused for now they wait, and may have been launched all the same
        is_refused = server.launch_id is None and server.launch is LaunchStatus.PENDING
        if is_refused or (server.launch_id == launch.launch_id and server.launch is LaunchStatus.LAUNCHING):
            forget_instance(draft, server)
            draft.change_server(key, launch=LaunchStatus.FAILED, reason=reason)
    return True


def _locked(servers: int) -> str:
    return "its server stays locked" if servers == 1 else f"its {servers} servers stay locked"


def _reason(wave: WaveRecord, launch: LaunchRecord) -> str:
    """The plan's figure, not the time that has passed: a step that lost its commit says the same when it is repeated.

    Much more may have passed, for nothing is abandoned while the execution goes on.
    """
    over = f"its wave's drain of {counted(wave.drain_minutes, 'minute')} is over"
    return f"{over} and {launch.job_words} in {launch.target} is abandoned: it {launch.reason}"
