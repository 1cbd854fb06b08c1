"""Jobs that outlive judgement: followed for a while, then abandoned, so that every execution ends (engine.md, 5)."""

from collections.abc import Iterable
from datetime import timedelta

from shared.engine.effects import AbandonLaunch, LoseLaunch
from shared.engine.state import Draft
from shared.engine.texts import counted
from shared.models.event import EventType
from shared.models.execution import ExecutionStatus, WaveSummary
from shared.models.launch import LaunchRecord
from shared.models.recovery_plan import wave_words
from shared.models.server_record import LaunchStatus
from shared.models.wave_record import ENDED_WAVE_STATUSES, WaveRecord


def keep_drains(draft: Draft) -> None:
    """Say until when jobs are followed whose wave is not judged any more, and be there.

    A cancel ends judgement of every wave; else its verdict does. A job that turns up later is followed from then on.
    """
    # an abandoned job keeps its instant: a step that dies before it has noted the job must not begin the drain anew
    busy = _waves_of(draft.live_launches) | _waves_of(draft.abandoned_launches)
    for number in sorted(busy | {number for number, wave in draft.waves.items() if wave.drain_until is not None}):
        if _is_at_hand(draft, number):
            _keep_drain(draft, draft.waves[number], is_busy=number in busy)
    if any(True for _ in draft.live_launches) and _nothing_else_is_left(draft):
        draft.wait(1, "what still runs is abandoned")


def abandon_jobs(draft: Draft) -> None:
    """Give up every job that still runs, once nothing else is left and each was followed for its wave's time.

    Only then: while the execution goes on its jobs may end, and nothing of it may be launched again beside them.
    """
    live = list(draft.live_launches)
    # one that is proved lost in this very step runs no more: the next step sees what is left
    is_losing = any(isinstance(effect, LoseLaunch) for effect in draft.effects)
    if live and not is_losing and _nothing_else_is_left(draft):
        for launch in live:
            _abandon(draft, launch)
    for launch in draft.abandoned_launches:
        # due in every step until the end is committed: whoever noted it may have died before it passed the servers on
        draft.effects.append(AbandonLaunch(launch))


def is_drained(draft: Draft, number: int) -> bool:
    """Whether jobs of the wave have been followed for as long as its plan says."""
    wave = draft.waves.get(number)
    return wave is not None and wave.drain_until is not None and draft.now >= wave.drain_until


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


def _nothing_else_is_left(draft: Draft) -> bool:
    """Whether every wave is over for good, but for jobs that were followed long enough."""
    busy = _waves_of(draft.live_launches)
    if draft.state.more_requests or not all(_is_at_hand(draft, one) and is_drained(draft, one) for one in busy):
        return False
    return all(
        wave.wave_number in busy if wave.status not in ENDED_WAVE_STATUSES else not draft.is_undecided(wave)
        for wave in draft.header.waves
    )


def _is_judged(draft: Draft, wave: WaveSummary) -> bool:
    return wave.status in ENDED_WAVE_STATUSES or draft.header.status is ExecutionStatus.CANCELLING


def _abandon(draft: Draft, launch: LaunchRecord) -> None:
    number = launch.wave_number
    if not draft.load(number):
        return
    reason = _reason(draft.waves[number], launch)
    draft.launches[launch.launch_id] = launch.model_copy(update={"abandoned_at": draft.now})
    for key, _ in launch.members:
        server = draft.servers[key]
        if server.launch_id == launch.launch_id and server.launch is LaunchStatus.LAUNCHING:
            draft.change_server(key, launch=LaunchStatus.FAILED, reason=reason)
    draft.event(
        EventType.LAUNCH_ABANDONED,
        f"{reason}; its {counted(len(launch.servers), 'server')} stay locked until DRS has ended it",
        wave=number,
        launchId=launch.launch_id,
        target=str(launch.target),
        jobId=launch.job_id or "",
    )


def _reason(wave: WaveRecord, launch: LaunchRecord) -> str:
    followed = f"{wave.drain_minutes} minutes after its judgement ended"
    if launch.job_id:
        return f"{followed} job {launch.job_id} in {launch.target} still runs: it is abandoned"
    return f"{followed} nobody can say whether the launch in {launch.target} came about: it is abandoned"
