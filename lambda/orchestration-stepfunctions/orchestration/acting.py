"""Carries the effects of a decision out; each may be asked for again and then does no harm."""

from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, assert_never

from orchestration.abandoned import held_instances
from orchestration.commands import send_commands
from orchestration.dependencies import Dependencies
from orchestration.gates import end_gate_run
from orchestration.launching import launch
from orchestration.notes import Note
from orchestration.pace import Pace, in_turn
from orchestration.reservations import adopt, keep_room
from shared.aws.ports import HandOverError
from shared.engine.effects import (
    AbandonLaunch,
    AdoptJob,
    CloseGate,
    Effect,
    EndGateRun,
    FinishLaunch,
    ForgetLaunches,
    LateEffect,
    LaunchOutcome,
    LeaveQueue,
    LoseLaunch,
    NoteSilence,
    PromptEffect,
    RecordEnd,
    RememberJobs,
    RestoreSettings,
    SendCommands,
    SendMail,
    StartGateRun,
    StartLaunch,
    VerifySettings,
)
from shared.engine.texts import counted
from shared.errors import ExecutionError
from shared.execution_utils import held_servers
from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader
from shared.models.gate import Gate
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.lock import LockKey, LockOwner
from shared.models.mail import MailRecord, MailType
from shared.models.targets import Target
from shared.patience import patience
from shared.services.runs import start_gate_run
from shared.stores.refusals import NotOpenError, StepLostError

VERIFY_SETTINGS = "verify-settings"
RESTORE_SETTINGS = "restore-settings"
"""The works that the function of the configuration knows by these names."""

RETRY_SECONDS = 5
MOST_EFFECTS = 20
LOOK_SECONDS = 30
"""Real seconds in which an effect may begin to read; the call that changes something has its own bound."""


@dataclass
class Acted:
    """The launches that were opened, what held others up by wave, notes for the timeline, and the longest waits.

    `closed` says why nothing more can be launched in an account and region for now; `queued` are those where a ticket
    may be ours.
    """

    opened: list[LaunchRecord] = field(default_factory=list)
    held_up: dict[int, tuple[str, ...]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    closed: dict[Target, str] = field(default_factory=dict)
    queued: set[Target] = field(default_factory=set)


def act(effects: Iterable[Effect], header: ExecutionHeader, deps: Dependencies, pace: Pace) -> Acted:
    """Carry out every effect, first those that the step's commit tells of, then what may also be done later.

    Not those that only follow once it is committed (`act_on_end`).

    A step is bounded: of the latter, what is left when its time is over or after 20 effects of both kinds is due again
    in the next step, at once. The first of them is not kept back by the time: however slow everything is, each step
    gets on.
    """
    acted, done, postponable = Acted(), 0, list[LateEffect]()
    for effect in effects:
        if isinstance(effect, LateEffect):
            postponable.append(effect)
        elif not isinstance(effect, RestoreSettings):
            postponable.extend(_carry_out(effect, header, deps))
            done += 1
    late = deque(_by_turns(postponable, header.step))
    may_go_on = done < MOST_EFFECTS
    while late and may_go_on:
        effect = late.popleft()
        if isinstance(effect, StartLaunch) and effect.target in acted.closed:
            # it would be told the same, and may keep none waiting that find room elsewhere
            _hold_up(effect, acted.closed[effect.target], acted)
            continue
        with patience(LOOK_SECONDS):
            _carry_out_late(effect, header, deps, acted)
        done += 1
        may_go_on = done < MOST_EFFECTS and not pace.is_over
    _leave(late, acted, pace)
    return acted


def act_on_end(effects: Iterable[Effect], header: ExecutionHeader, deps: Dependencies) -> None:
    """Carry out what may only be done when the end is committed; if it is not, a schedule finds that it is due."""
    if any(isinstance(effect, RestoreSettings) for effect in effects):
        payload = {"work": RESTORE_SETTINGS, "executionId": header.execution_id, "planId": header.plan_id}
        with suppress(HandOverError):
            deps.functions.invoke_later(deps.configurator, payload)


def _by_turns(effects: Iterable[LateEffect], turn: int) -> list[LateEffect]:
    """One for each account and region after the other, then the next one for each; another one is the first each time.

    Where calls hang, what is asked of others waits for its turn, and not for all that is asked there.
    """
    places: dict[Target | None, list[LateEffect]] = {}
    for effect in effects:
        places.setdefault(_place(effect), []).append(effect)
    rounds = zip_longest(*(places[place] for place in in_turn(sorted(places, key=str), turn)))
    return [effect for one in rounds for effect in one if effect is not None]


def _place(effect: LateEffect) -> Target | None:
    """Where the call goes; None: to the hub."""
    match effect:
        case StartLaunch() | SendCommands():
            return effect.target
        case StartGateRun() | EndGateRun():
            return None
        case _:
            assert_never(effect)


def _leave(effects: Iterable[LateEffect], acted: Acted, pace: Pace) -> None:
    """These are left to the next step, which follows at once, unless all of them would only be told the same."""
    for effect in effects:
        if isinstance(effect, StartLaunch):
            _hold_up(effect, acted.closed.get(effect.target, ""), acted)
            if effect.target in acted.closed:
                continue
        pace.leave()


def _carry_out_late(effect: LateEffect, header: ExecutionHeader, deps: Dependencies, acted: Acted) -> None:
    match effect:
        case StartLaunch():
            _launch(effect, header, deps, acted)
        case SendCommands():
            acted.notes.extend(send_commands(effect, header, deps))
        case StartGateRun() | EndGateRun():
            _tend_run(effect, deps, acted)
        case _:
            assert_never(effect)


def _carry_out(effect: PromptEffect, header: ExecutionHeader, deps: Dependencies) -> list[LateEffect]:
    """Carry out what the commit tells of; answers what follows from it and may come later."""
    match effect:
        case AdoptJob() | LoseLaunch() | RememberJobs() | RecordEnd() | FinishLaunch() | AbandonLaunch():
            _record_outcome(effect, header, deps)
        case ForgetLaunches():
            deps.executions.forget_launches(header, effect.launch_ids)
        case LeaveQueue() | NoteSilence():
            _tell_the_place(effect, header, deps)
        case CloseGate():
            return [EndGateRun(_decide(effect, deps))]
        case SendMail():
            _send(header, effect.type, deps)
        case VerifySettings():
            _verify(effect, header, deps)
        case _:
            assert_never(effect)
    return []


def _tell_the_place(effect: LeaveQueue | NoteSilence, header: ExecutionHeader, deps: Dependencies) -> None:
    """What concerns everybody who launches in an account and region."""
    if isinstance(effect, LeaveQueue):
        deps.quotas.leave_queue(effect.target, header.execution_id)
    else:
        deps.executions.note_silence(effect.target, deps.clock.now())


def _launch(effect: StartLaunch, header: ExecutionHeader, deps: Dependencies, acted: Acted) -> None:
    outcome = launch(effect, header, deps)
    acted.opened.extend([outcome.record] if outcome.record else [])
    acted.notes.extend([outcome.note] if outcome.note else [])
    acted.waits.extend([outcome.wait_seconds] if outcome.wait_seconds else [])
    if outcome.closed:
        acted.closed[effect.target] = outcome.held_up or ""
    if outcome.held_up is not None:
        _hold_up(effect, outcome.held_up, acted)
    if outcome.queued:
        acted.queued.add(effect.target)


def _hold_up(effect: StartLaunch, reason: str, acted: Acted) -> None:
    """The servers wait; without a reason it is only not their turn yet. In an order that does not change by turns."""
    words = (f"{counted(len(effect.servers), 'server')} not launched yet: {reason}",) if reason else ()
    acted.held_up[effect.wave_number] = tuple(sorted((*acted.held_up.get(effect.wave_number, ()), *words)))


def _record_outcome(outcome: LaunchOutcome, header: ExecutionHeader, deps: Dependencies) -> None:
    """What became of a launch; the room it holds ends with it, but an abandoned one keeps it."""
    match outcome:
        case AdoptJob():
            adopt(outcome.launch, outcome.job_id, deps, header)
        case LoseLaunch():
            _lose(outcome, deps)
        case RememberJobs():
            # the room first, as for an adoption; that of one which has none any more the reconciler frees
            keep_room(outcome.launch, deps)
            deps.executions.remember_jobs(header, outcome.launch)
        case RecordEnd():
            deps.executions.write_items(header, [outcome.launch.model_copy(update={"ended_at": outcome.ended_at})])
        case FinishLaunch():
            _finish(outcome.launch, header, deps)
        case AbandonLaunch():
            _abandon(outcome.launch, header, deps)
        case _:
            assert_never(outcome)


def _lose(lost: LoseLaunch, deps: Dependencies) -> None:
    """Of a launch whose late success was recorded meanwhile nothing is lost, and its job keeps the room."""
    launch = lost.launch
    stored = deps.executions.lose_launch(launch, lost.reason, fails_servers=lost.fails_servers)
    if stored.state is LaunchState.LOST:
        deps.quotas.give_back(launch.target, launch.launch_id)


def _abandon(record: LaunchRecord, header: ExecutionHeader, deps: Dependencies) -> None:
    """Let the job hold its room, which that of a lost launch has lost, and its servers, and the instances into which
    they are launched: when the end is committed none is free for a moment.

    The step has noted the launch before: one that was lost passes nothing on, and what was noted is passed on by
    whoever commits the end.
    """
    keep_room(record, deps)
    job = LockOwner.of_job(header, record)
    held: list[LockKey] = [*held_servers([record]), *held_instances(record, header, deps)]
    deps.locks.pass_on(held, LockOwner.of_execution(header), job)


def _send(header: ExecutionHeader, mail: MailType, deps: Dependencies) -> None:
    # what was asked for and not sent is asked for again by the reconciler
    with suppress(HandOverError):
        send_mail(header, mail, deps)


def _verify(asked: VerifySettings, header: ExecutionHeader, deps: Dependencies) -> None:
    payload: Mapping[str, Any] = {
        "work": VERIFY_SETTINGS,
        "executionId": header.execution_id,
        "planId": header.plan_id,
        "waveNumber": asked.wave_number,
        "askedAt": format_instant(asked.asked_at),
    }
    # what was not handed over is asked for again, as is what nobody answers
    with suppress(HandOverError):
        deps.functions.invoke_later(deps.configurator, payload)


def _finish(record: LaunchRecord, header: ExecutionHeader, deps: Dependencies) -> None:
    """The room first: a launch that is DONE holds none."""
    deps.quotas.release(record.target, record.launch_id)
    done = record.model_copy(update={"state": LaunchState.DONE, "ended_at": deps.clock.now()})
    deps.executions.write_items(header, [done])


def _tend_run(effect: StartGateRun | EndGateRun, deps: Dependencies, acted: Acted) -> None:
    try:
        if isinstance(effect, StartGateRun):
            start_gate_run(effect.gate, deps.runs)
        else:
            end_gate_run(effect.gate, deps)
    except ExecutionError:
        # due again in every step, and the reconciler's business too
        acted.waits.append(RETRY_SECONDS)


def _decide(effect: CloseGate, deps: Dependencies) -> Gate:
    try:
        return deps.executions.decide_gate(
            effect.gate,
            status=effect.status,
            decided_by=effect.decided_by,
            decision_id=effect.decision_id,
            at=deps.clock.now(),
        )
    except NotOpenError as decided:
        if decided.gate.decision_id != effect.decision_id:
            raise StepLostError(f"{effect.gate.run_name} was decided otherwise") from decided
        return decided.gate


def send_mail(header: ExecutionHeader, mail: MailType, deps: Dependencies) -> bool:
    """Have a mail about the whole execution sent, unless it was asked for within the last minute."""
    record = MailRecord(
        execution_id=header.execution_id, plan_id=header.plan_id, type=mail, requested_at=deps.clock.now()
    )
    if not deps.executions.request_mail(record, deps.clock.wall(60)):
        return False
    payload: Mapping[str, Any] = {
        "eventType": mail.value,
        "executionId": header.execution_id,
        "planId": header.plan_id,
    }
    deps.functions.invoke_later(deps.formatter, payload)
    return True
