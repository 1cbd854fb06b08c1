"""When to look at a job again: often where nothing tells of its end, seldom where DRS's events do (engine.md, 5)."""

from datetime import timedelta
from statistics import median

from shared.engine.bounds import (
    DOUBT_POLL_SECONDS,
    DRAINED_POLL_SECONDS,
    EVENT_FAST_FOR,
    EVENT_POLL_SECONDS,
    FIRST_LOOK,
    HEARD_POLL_SECONDS,
    LOST_LOOK,
    LOST_LOOKED_FOR,
    PAST_JOBS,
    POLL_SECONDS,
    USUAL_JOB_SECONDS,
)
from shared.engine.draining import is_drained
from shared.engine.effects import NoteSilence
from shared.engine.observations import Unavailable
from shared.engine.settling import is_left, proof_at
from shared.engine.state import Draft
from shared.models.base import format_instant
from shared.models.drs import Job
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.launch_events import Hearing
from shared.models.targets import Target
from shared.models.wave_record import ENDED_WAVE_STATUSES


def wait_for_jobs(draft: Draft) -> None:
    """Look again at what still runs, soon at what is in doubt; seldom where nothing answers."""
    heard = {target: is_heard(draft, target) for target in {launch.target for launch in draft.live_launches}}
    for launch in draft.live_launches:
        if launch.is_postponed:
            if not is_left(draft, launch):
                continue
            _say_what_is_awaited(draft, launch)
        seconds = seconds_to_next_look(draft, launch, heard=heard[launch.target])
        if isinstance(draft.observations.jobs.get(launch.target), Unavailable):
            seconds = max(seconds, POLL_SECONDS)
        draft.wait(seconds, f"jobs run in {launch.target}")
    _wait_for_lost_ones(draft)


def _wait_for_lost_ones(draft: Draft) -> None:
    """Look for the job of a lost launch although nothing else is awaited: ever more seldom, and for a day.

    A gate may be open for a year, and every look is a step.
    """
    for launch in draft.launches.values():
        age = draft.now - launch.intent_at
        if launch.state is LaunchState.LOST and age < LOST_LOOKED_FOR:
            seconds = max(POLL_SECONDS, LOST_LOOK * age.total_seconds())
            draft.wait(seconds, f"the job of a lost launch in {launch.target} is looked for")


def _say_what_is_awaited(draft: Draft, launch: LaunchRecord) -> None:
    """Why a wave has no verdict yet although nothing more of it is launched; one that has a verdict tells that."""
    if draft.header.summary(launch.wave_number).status not in ENDED_WAVE_STATUSES:
        until = format_instant(proof_at(draft, launch))
        words = f"whether a call that was refused in {launch.target} has launched all the same is known at {until}"
        draft.hold(launch.wave_number, words)


def seconds_to_next_look(draft: Draft, launch: LaunchRecord, *, heard: bool) -> float:
    """Engine seconds until asking DRS about a launch again can bring news; `heard`: its end will be told of."""
    if launch.state is LaunchState.OPEN and draft.now <= launch.not_after + draft.bounds.doubt:
        return DOUBT_POLL_SECONDS
    if launch.is_postponed and draft.now <= proof_at(draft, launch):
        # nothing of it is launched meanwhile: one look is enough
        return (proof_at(draft, launch) - draft.now).total_seconds() + 1
    if is_drained(draft, launch.wave_number):
        return DRAINED_POLL_SECONDS
    if launch.state is not LaunchState.STARTED:
        # what should be proved by now and is not waits for an account that does not answer
        return POLL_SECONDS
    if is_near_its_end(draft):
        return EVENT_POLL_SECONDS
    told_since = draft.state.last_event_at is not None and draft.state.last_event_at > launch.intent_at
    if told_since or not heard:
        return POLL_SECONDS
    usual = timedelta(seconds=FIRST_LOOK * (launch.expected_seconds or USUAL_JOB_SECONDS))
    ahead = (launch.intent_at + usual - draft.now).total_seconds()
    return ahead if ahead > 0 else HEARD_POLL_SECONDS


def is_near_its_end(draft: Draft) -> bool:
    """Whether an event has just told of the last server of a job, or of a failed one."""
    told_at = draft.state.last_event_at
    return told_at is not None and draft.now - told_at < EVENT_FAST_FOR


def is_heard(draft: Draft, target: Target) -> bool:
    """Whether launch events come from an account and region: unless a job of ours ended there without any.

    Where nothing is known yet they are expected: the first job of all tells.
    """
    hearing = draft.state.hearings.get(target) or Hearing(target=target)
    has_spoken_since = hearing.silent_at is None or (
        hearing.heard_at is not None and hearing.heard_at > hearing.silent_at
    )
    return has_spoken_since and not _silent_launches(draft, hearing)


def note_silence(draft: Draft) -> None:
    """A job that ended without an event is remembered for whoever launches there next."""
    for target in sorted({launch.target for launch in draft.launches.values()}, key=str):
        hearing = draft.state.hearings.get(target) or Hearing(target=target)
        silent = _silent_launches(draft, hearing)
        if silent and (hearing.silent_at is None or hearing.silent_at < max(launch.intent_at for launch in silent)):
            draft.effects.append(NoteSilence(target))


def _silent_launches(draft: Draft, hearing: Hearing) -> list[LaunchRecord]:
    """The jobs of this execution that have ended there since an event last came."""
    return [
        launch
        for launch in draft.launches.values()
        if launch.target == hearing.target
        and launch.state is LaunchState.DONE
        and (hearing.heard_at is None or launch.intent_at > hearing.heard_at)
    ]


def expected_seconds(draft: Draft, target: Target) -> float | None:
    """How long a launch job takes there; None where nobody needs to know, or it is only just asked."""
    if not is_heard(draft, target):
        return None
    for launch in draft.launches.values():
        if launch.target == target and launch.expected_seconds is not None:
            return launch.expected_seconds
    jobs = draft.observer.past_jobs(target)
    # an account that does not answer only costs the better guess: its obstacles are told by whatever needs an answer
    return None if jobs is None else usual_seconds(() if isinstance(jobs, Unavailable) else jobs)


def usual_seconds(jobs: tuple[Job, ...]) -> float:
    """The median of the latest jobs that have ended, newest first; USUAL_JOB_SECONDS if there are none."""
    durations = [
        (job.ended_at - job.created_at).total_seconds()
        for job in jobs
        if job.ended_at is not None and job.created_at is not None
    ]
    return median(durations[:PAST_JOBS]) if durations else USUAL_JOB_SECONDS
