"""One step of an execution: claim, load, observe, decide, act, commit."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never

from orchestration.acting import act, act_on_end
from orchestration.calls import AdvanceCall, Answer, Next
from orchestration.dependencies import Dependencies
from orchestration.notes import Note
from orchestration.observing import answer
from orchestration.pace import Pace
from orchestration.reservations import free_reservations
from shared.engine.decide import Decision, decide
from shared.engine.effects import Effect, StartLaunch, ToldEffect
from shared.engine.observations import Observations
from shared.engine.state import ExecutionState, observed_waves
from shared.execution_utils import WAVES_GONE_WRONG
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader
from shared.models.gate import PAUSE_SCOPE, Gate, GateReason
from shared.models.launch import LaunchRecord
from shared.models.server_record import ServerRecord
from shared.models.wave_record import WaveRecord
from shared.stores.refusals import ClaimRefusedError, SignalsChangedError, StaleRunError, StepLostError
from shared.stores.steps import REQUESTS_PER_STEP, StepItem, sort_key_of

TOLD_WITH_ITEMS: Final = frozenset(
    {
        EventType.WAVE_STATUS,
        EventType.SERVER_LAUNCH,
        EventType.SERVER_HEALTH,
        EventType.GATE_OPENED,
        EventType.GATE_DECIDED,
        EventType.LAUNCH_ADOPTED,
        EventType.LAUNCH_LOST,
        EventType.LAUNCH_DONE,
        EventType.LAUNCH_ABANDONED,
    }
)
"""What happens to waves, servers, gates and launches is written before the commit; the rest happens in it."""


def advance(call: AdvanceCall, deps: Dependencies) -> Answer:
    """Take one step, or say why not: whoever loses a condition writes nothing more and waits one second.

    The execution may have ended since, and been closed: room that this step has reserved too late nobody else would
    free before somebody needs it.
    """
    pace = Pace.begin(deps.clock)
    try:
        header = deps.executions.claim_step(call.execution_id, call.plan_id, call.run_seq, call.by)
    except ClaimRefusedError as refused:
        return _again(refused.header)
    except StaleRunError:
        return Answer(next=Next.STALE)
    if header.is_terminal:
        return Answer(next=Next.DONE, step=header.step, seen=header.seen)
    state = _load(header, call, deps)
    try:
        return _step(state, call, deps, pace)
    except SignalsChangedError:
        return _again(header)
    except StepLostError:
        free_reservations(header, deps)
        return _again(header)


def _again(header: ExecutionHeader) -> Answer:
    return Answer(next=Next.WAIT, timeout_seconds=1, step=header.step, seen=header.seen)


def _load(header: ExecutionHeader, call: AdvanceCall, deps: Dependencies) -> ExecutionState:
    """Signals first: whatever was asked before them is in what is read after them."""
    loaded = deps.executions.load_step(header, observed_waves(header))
    asked = loaded.inbox.signals != header.seen
    requests = tuple(deps.executions.requests(header)) if asked else ()
    return ExecutionState(
        header=header,
        signals=loaded.inbox.signals,
        records=loaded.waves,
        hearings=loaded.hearings,
        last_event_at=loaded.inbox.last_event_at,
        launches=loaded.launches,
        gates=tuple(deps.executions.gates(header)) if requests or _may_have_gates(header, loaded.waves) else (),
        requests=requests,
        more_requests=len(requests) >= REQUESTS_PER_STEP,
        run_began_at=call.run_started_at,
    )


def _may_have_gates(header: ExecutionHeader, observed: Sequence[WaveRecord]) -> bool:
    """Whether any gate may be open, or its number be taken."""
    return (
        header.pause_gate > 0
        or any(wave.pause_before_wave or wave.status in WAVES_GONE_WRONG for wave in header.waves)
        or any(record.gate_number for record in observed)
    )


def _step(state: ExecutionState, call: AdvanceCall, deps: Dependencies, pace: Pace) -> Answer:
    """Items, then effects, then the commit: an effect without its commit is found and taken up by the next step."""
    decision, observations, now = _decided(state, Observations(), deps, pace)
    told = _told_with_items(decision)
    deps.executions.write_together(state.header, in_writing_order([*decision.items, *told]))
    acted = act(decision.effects, state.header, deps, pace)
    if any(isinstance(effect, StartLaunch) for effect in decision.effects):
        # the launches that were just made belong to this step, and so does what held others up; of an earlier one a
        # job may have been found
        launches = {launch.launch_id: launch for launch in (*state.launches, *acted.opened)}
        state = replace(state, launches=tuple(launches.values()))
        again, _, _ = _decided(
            state, replace(observations, held_up=acted.held_up, queued=frozenset(acted.queued)), deps, pace, now
        )
        written = {sort_key_of(item): item for item in (*decision.items, *told)}
        new = [item for item in (*again.items, *_told_with_items(again)) if item != written.get(sort_key_of(item))]
        deps.executions.write_together(state.header, in_writing_order(new))
        told = _told_with_items(again)
        acted.waits += act(_told_since(decision, again), state.header, deps, pace).waits
        decision = again
    if call.last_error:
        deps.observability.count("BrokenSteps")
    notes = [*_news(acted.notes, state, observations), *_breakage(call, state.header)]
    events, told_already = _timeline(decision, notes, now), {event.index for event in told}
    deps.executions.commit(
        decision.header.model_copy(update={"broken_by": call.last_error}),
        events=[event for event in events if event.index not in told_already],
        requests=decision.requests,
        expected_signals=state.signals if decision.is_final else None,
    )
    _log(events, deps)
    if decision.is_final:
        act_on_end(decision.effects, decision.header, deps)
        return Answer(next=Next.DONE, step=decision.header.step, seen=decision.header.seen)
    return Answer(
        next=Next.WAIT,
        timeout_seconds=min([_left_of(decision, now, deps), *acted.waits, *([1] if pace.has_left else [])]),
        step=decision.header.step,
        seen=decision.header.seen,
    )


def _left_of(decision: Decision, now: datetime, deps: Dependencies) -> int:
    """What is left of the wait: it counts from the instant of the decision, and acting upon it may take minutes."""
    passed = (deps.clock.now() - now).total_seconds()
    return max(1, math.ceil(decision.wait_seconds - passed))


def _news(notes: Sequence[Note], state: ExecutionState, observations: Observations) -> list[Note]:
    """Without the refusals that the wave tells of already: DRS may refuse the same for hours."""
    stored = {record.wave_number: record.obstacle for record in state.records}
    stored |= {number: loaded.record.obstacle for number, loaded in observations.waves.items()}
    return [
        note
        for note in notes
        if note.type is not EventType.LAUNCH_REFUSED or note.message not in stored.get(note.wave_number or 0, "")
    ]


def _breakage(call: AdvanceCall, header: ExecutionHeader) -> list[Note]:
    """What the step before this one broke off with, unless the timeline has just told of the same."""
    if not call.last_error or call.last_error == header.broken_by:
        return []
    return [Note(EventType.WAITING, f"the step before this one broke off with {call.last_error}")]


def _log(events: Sequence[ExecutionEvent], deps: Dependencies) -> None:
    for event in events:
        deps.observability.logger.info(
            "step decided", executionId=event.execution_id, step=event.step, type=event.type.value, reason=event.message
        )


def in_writing_order(items: Iterable[StepItem]) -> list[list[StepItem]]:
    """Each item with its events: abandoned launches, then servers, then waves, whose records say that all is done.

    A step that dies in between leaves launches ahead of their servers, and servers ahead of their wave: the next step
    decides upon what is behind. A server that failed with a launch that is not abandoned would never be judged.
    """
    launches: dict[str, list[StepItem]] = {}
    servers: dict[str, list[StepItem]] = {}
    waves: dict[int | None, list[StepItem]] = {}
    for item in items:
        match item:
            case LaunchRecord():
                launches.setdefault(item.launch_id, []).append(item)
            case ExecutionEvent() if item.type is EventType.LAUNCH_ABANDONED:
                launches.setdefault(str(item.details["launchId"]), []).append(item)
            case ServerRecord():
                servers.setdefault(str(item.server), []).append(item)
            case ExecutionEvent() if "server" in item.details:
                servers.setdefault(str(item.details["server"]), []).append(item)
            case WaveRecord() | ExecutionEvent():
                waves.setdefault(item.wave_number, []).append(item)
            case Gate() | GateReason():
                waves.setdefault(int(item.scope) if item.scope != PAUSE_SCOPE else None, []).append(item)
            case _:
                assert_never(item)
    return [*launches.values(), *servers.values(), *waves.values()]


def _told_since(before: Decision, again: Decision) -> list[Effect]:
    """What follows from the launches that this step made and is told by its commit; all else is due again in the next.

    Such as the gate that nothing is left to decide for after a refusal.
    """
    return [effect for effect in again.effects if isinstance(effect, ToldEffect) and effect not in before.effects]


def _told_with_items(decision: Decision) -> list[ExecutionEvent]:
    """The events of what is written before the commit: a step that loses its commit has told them all the same."""
    return [event for event in decision.events if event.type in TOLD_WITH_ITEMS]


def _decided(
    state: ExecutionState, known: Observations, deps: Dependencies, pace: Pace, at: datetime | None = None
) -> tuple[Decision, Observations, datetime]:
    """Decide, answer what the decision asks, and decide again from the same state until it asks nothing.

    A verdict is as late as the last answer it rests on, so unless the instant is given the clock is read anew after
    every round of answers.
    """
    while True:
        now = at or deps.clock.now()
        decision = decide(state, known, now, deps.bounds)
        if not decision.questions:
            return decision, known, now
        known = replace(known, asked_at=known.asked_at or now).merged(answer(decision.questions, state, deps, pace))


def _timeline(decision: Decision, notes: Sequence[Note], now: datetime) -> tuple[ExecutionEvent, ...]:
    """The decision's events, then what acting on it brought, in one numbering."""
    events = list(decision.events)
    for note in notes:
        events.append(
            ExecutionEvent(
                execution_id=decision.header.execution_id,
                plan_id=decision.header.plan_id,
                time=now,
                step=decision.header.step,
                index=len(events),
                type=note.type,
                message=note.message,
                wave_number=note.wave_number,
                details=dict(note.details),
            )
        )
    return tuple(events)
