"""Deadlines of waves: instants, counted from the first try for admission, without the time of an operator's pause."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from shared.engine.alarms import alarms_hold_back
from shared.engine.findings import is_kept, keep_findings
from shared.engine.state import RUNNING_WAVE_STATUSES, Draft
from shared.engine.texts import LONGEST_REASON, SERVER_REASON_TOLD, counted, first_few, shortened
from shared.engine.verdicts import name_of, verdict_of, why_not_well
from shared.models.execution import ExecutionStatus
from shared.models.gate import PAUSE_SCOPE
from shared.models.recovery_plan import wave_words
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.wave_record import WaveRecord, WaveStatus

COUNTED = frozenset({ExecutionStatus.RUNNING, ExecutionStatus.PAUSED, ExecutionStatus.DRAINING})
"""After an expired gate what runs is still judged; a cancel only waits for jobs."""

IN_THE_END: Final = "; in the end "

ENOUGH: Final = {
    WaveStatus.COMPLETED: "; every required server is launched and healthy",
    WaveStatus.PARTIAL: "; its minimum of {minimum} is met",
}
"""The verdicts of a wave that needs nothing of what its time left open, and why."""


def deadline_of(draft: Draft, number: int) -> datetime | None:
    """When judgement of a running wave ends; None if it does not run, or while nothing counts.

    Nothing counts from the moment at which an operator's pause opens, and nothing is judged once the execution is
    cancelled.
    """
    wave = draft.waves.get(number)
    is_counted = draft.header.status in COUNTED
    if wave is None or wave.tried_at is None or wave.status not in RUNNING_WAVE_STATUSES or not is_counted:
        return None
    deadline = wave.tried_at + timedelta(minutes=wave.deadline_minutes) + _paused_since(draft, wave.tried_at)
    pause = draft.open_gate(PAUSE_SCOPE)
    return deadline if pause is None or deadline <= pause.opened_at else None


def is_past_deadline(draft: Draft, number: int) -> bool:
    """Whether the wave runs and its time is up."""
    deadline = deadline_of(draft, number)
    return deadline is not None and draft.now >= deadline


def keep_deadline(draft: Draft, number: int) -> None:
    """Say when the time of a running wave is up, and be there."""
    deadline = deadline_of(draft, number)
    draft.change_wave(number, deadline_at=deadline)
    if deadline is not None:
        draft.wait((deadline - draft.now).total_seconds(), f"deadline of {wave_words(number)}")


def end_judgement(draft: Draft, number: int, *, draining: bool) -> None:
    """The wave's time is up: TIMEOUT, unless whatever lacks a verdict is optional, or the minimum is met without it.

    The reason names what the wave was waiting for; a launched server that was not checked to the end has its own.
    """
    wave = draft.waves[number]
    keep_findings(draft, number)
    for server in filter(_is_unchecked, draft.servers_of(number)):
        # an account that had no turn gives no reason
        reason = draft.awaited.get(server.server) or server.health_reason or "there was no time to look at it"
        draft.change_server(server.server, health=HealthStatus.UNKNOWN, reason=reason)
    servers = draft.servers_of(number)
    status = WaveStatus.TIMEOUT if alarms_hold_back(wave) else verdict_of(servers, wave.minimum_success).status
    status = status if status in ENOUGH else WaveStatus.TIMEOUT
    obstacle = _obstacle(draft, wave, servers)
    held_up = f" ({obstacle})" if obstacle else ""
    reason = f"{_time_is_over(wave)}: {_open_ends(wave, servers, obstacle)}{held_up}{_enough_words(wave, status)}"
    draft.move_wave(number, status, reason, draining=draining)


def tell_the_end(draft: Draft, number: int) -> None:
    """What its time left open of a wave has become known: its verdict stays, the reason tells the end.

    What kept servers from being launched again stays in it.
    Where no launch has ended since, or the wave was not judged by its deadline, the reason stays: it is still so.
    """
    wave, servers = draft.waves[number], draft.servers_of(number)
    is_news = any(_has_ended_since(wave, server) for server in servers)
    is_over = _time_is_over(wave)
    if is_news and wave.status_reason.startswith(is_over):
        enough, before = _enough_words(wave, wave.status), is_over
        if any(map(is_kept, servers)):
            # why a server got no turn to be launched again stands nowhere else once its refused call is forgotten
            before = wave.status_reason.partition(IN_THE_END)[0].removesuffix(enough)
        # the end is what is new: what came before makes room for it, but for the words by which the next end is told
        room = LONGEST_REASON - len(IN_THE_END) - len(enough)
        ends = shortened(_late_ends(servers), room - len(is_over) - 1)
        draft.move_wave(number, wave.status, f"{shortened(before, room - len(ends))}{IN_THE_END}{ends}{enough}")


def _has_ended_since(wave: WaveRecord, server: ServerRecord) -> bool:
    """Whether the launch of a server has ended after its wave was judged."""
    is_over = server.launch in (LaunchStatus.LAUNCHED, LaunchStatus.FAILED)
    return is_over and wave.ended_at is not None and server.updated_at > wave.ended_at


def _time_is_over(wave: WaveRecord) -> str:
    return f"its time of {counted(wave.deadline_minutes, 'minute')} is over"


def _enough_words(wave: WaveRecord, status: WaveStatus) -> str:
    """Why a wave is good enough whose time was up."""
    return ENOUGH.get(status, "").format(minimum=wave.minimum_success)


def _late_ends(servers: Sequence[ServerRecord]) -> str:
    """How many servers were launched after all, and why the others were not, or not again."""
    launched = sum(server.launch is LaunchStatus.LAUNCHED for server in servers)
    unchecked = sum(map(_is_unchecked, servers))
    told = f"{launched} of {counted(len(servers), 'server')} launched"
    if unchecked:
        told = f"{told}, {unchecked} not checked to the end"
    kept = list(filter(is_kept, servers))
    if kept:
        told = f"{told}, {len(kept)} not again ({_named(kept)})"
    others = [server for server in servers if server.launch is not LaunchStatus.LAUNCHED]
    return f"{told}; {first_few(others, why_not_well)}" if others else told


def _obstacle(draft: Draft, wave: WaveRecord, servers: Sequence[ServerRecord]) -> str:
    """What is in the wave's way now; what was before, while launches to be made or questions not asked yet may tell."""
    if wave.wave_number in draft.postponed or any(server.launch is LaunchStatus.PENDING for server in servers):
        return wave.obstacle
    return draft.present_obstacle(wave.wave_number)


def _open_ends(wave: WaveRecord, servers: Sequence[ServerRecord], obstacle: str) -> str:
    """How many servers have no verdict, and why; if all have theirs, what the wave waited for beside them."""
    pending = [server for server in servers if server.launch is LaunchStatus.PENDING]
    again = [server for server in pending if server.replaced_instance_id is not None]
    counts = (
        (len(pending) - len(again), "waiting to be launched"),
        (len(again), f"waiting to be launched again ({_named(again)})"),
        (sum(server.launch is LaunchStatus.LAUNCHING for server in servers), "in running jobs"),
        (sum(map(_is_unchecked, servers)), "not checked to the end"),
    )
    told = ", ".join(f"{count} {what}" for count, what in counts if count)
    if told:
        return f"of {counted(len(servers), 'server')} {told}{_awaited(obstacle, servers)}"
    if not alarms_hold_back(wave):
        return "its jobs still run"
    return wave.alarms.reason if wave.alarms else "its alarms were not read"


def _named(servers: Sequence[ServerRecord]) -> str:
    return first_few(servers, name_of, apart=", ")


def _awaited(obstacle: str, servers: Sequence[ServerRecord]) -> str:
    """What the checks of its servers waited for, each thing once, unless the wave's obstacle says so."""
    reasons = dict.fromkeys(server.health_reason for server in servers if _is_unchecked(server))
    news = [reason for reason in reasons if reason and reason not in obstacle]
    told = first_few(news, lambda reason: shortened(reason, SERVER_REASON_TOLD))
    return f": {told}" if told else ""


def _is_unchecked(server: ServerRecord) -> bool:
    return server.launch is LaunchStatus.LAUNCHED and server.health is HealthStatus.UNKNOWN


def _paused_since(draft: Draft, start: datetime) -> timedelta:
    """How long an operator's pause was open since then; gates that replaced one another count once."""
    spans = sorted(
        (max(gate.opened_at, start), gate.decided_at)
        for gate in draft.gates.values()
        if gate.scope == PAUSE_SCOPE and gate.decided_at is not None and gate.decided_at > start
    )
    paused, counted_to = timedelta(), start
    for begin, end in spans:
        if end > counted_to:
            paused += end - max(begin, counted_to)
            counted_to = end
    return paused
