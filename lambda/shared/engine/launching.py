"""Waves that launch: their servers are described again, packed into chunks, and launched once each."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from shared.drs_utils import recovery_point_obstacle
from shared.engine.bounds import HEALTH_GRACE, POLL_SECONDS
from shared.engine.checking import read_health
from shared.engine.effects import ForgetLaunches, LeaveQueue, StartLaunch
from shared.engine.launch_settings import with_verified_settings
from shared.engine.looking import adopt_instance, find_instance
from shared.engine.losses import Losses, Spacing, keep_apart
from shared.engine.observations import Unavailable
from shared.engine.packing import Refusals, waiting_servers
from shared.engine.recovery_points import are_some_left, choose_snapshots, record_choices, snapshot_ids
from shared.engine.schedule import expected_seconds
from shared.engine.settling import postponed_launches
from shared.engine.state import Draft
from shared.engine.waves import PAUSED_WORDS
from shared.models.drs import RecoveryInstance, SourceServer
from shared.models.execution import ExecutionStatus
from shared.models.launch import LaunchedServer
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.targets import Target
from shared.models.wave_record import WaveStatus


def launch_waves(draft: Draft) -> None:
    """Ask for the launch of every server that waits for one and can be launched."""
    record_choices(draft)
    wanted, behind, over = set[Target](), set[Target](), sorted(draft.disproved)
    spacing, losses = Spacing(draft), dict[int, Losses]()
    if draft.header.status in (ExecutionStatus.RUNNING, ExecutionStatus.PAUSED) and draft.why_nothing_starts is None:
        for number in draft.numbers((WaveStatus.LAUNCHING,)):
            if not draft.attend(number) or not draft.has_waiting(number):
                continue
            if draft.pause_is_open:
                draft.hold(number, PAUSED_WORDS)
            else:
                wanted |= {server.server.target for server in waiting_servers(draft, number)}
                losses[number] = Losses(draft, number, spacing)
                over += _launch_wave(draft, number, behind, losses[number])
        keep_apart(draft, losses, spacing)
        _tell_of_more(draft, behind)
    if over:
        draft.effects.append(ForgetLaunches(tuple(dict.fromkeys(over))))
    _keep_places(draft, wanted)


def _keep_places(draft: Draft, wanted: set[Target]) -> None:
    """Know where this execution may have a ticket, and leave the queues in which nothing of it waits any more."""
    before = set(draft.header.queued_in)
    places = before & wanted
    if draft.observations.queued is None:
        draft.effects += [LeaveQueue(target) for target in sorted(before - wanted, key=str)]
    else:
        # those queues were left before this step tried to launch; where it tried, what it was told counts
        places |= draft.observations.queued
    draft.change_header(queued_in=tuple(sorted(places, key=str)))


def _tell_of_more(draft: Draft, behind: set[Target]) -> None:
    """Let each launch know whether others wait for room after it: in a later one, or behind the last."""
    waiting = set(behind)
    for place, effect in reversed(list(enumerate(draft.effects))):
        if isinstance(effect, StartLaunch):
            draft.effects[place] = replace(effect, more=effect.target in waiting)
            waiting.add(effect.target)


def _launch_wave(draft: Draft, number: int, behind: set[Target], losses: Losses) -> list[str]:
    """Launch what waits in a wave, each account and region on its own; answers the refused launches that are over.

    Adds to `behind` where servers are left to a later step, because only so many can be made ready in one.
    """
    for reason in (draft.observations.held_up or {}).get(number, ()):
        draft.obstruct(number, reason)
    waiting = waiting_servers(draft, number)
    refusals = Refusals(draft, number)
    waiting = [server for server in waiting if not refusals.holds(server) and not losses.holds(server)]
    for target in sorted({server.server.target for server in waiting}, key=str):
        free = [server for server in waiting if server.server.target == target]
        launchable = with_verified_settings(draft, number, _launchable(draft, free))
        ready = choose_snapshots(draft, launchable)
        if are_some_left(draft, launchable):
            behind.add(target)
        limits = draft.observer.limits(target)
        if ready and limits is not None:
            _launch(draft, number, target, refusals.packed(ready, limits.servers_per_call))
    return refusals.over()


def _launch(draft: Draft, number: int, target: Target, packs: Iterable[Sequence[ServerRecord]]) -> None:
    """One launch for every pack, under ids that no other launch of the execution has."""
    first = sum(isinstance(effect, StartLaunch) for effect in draft.effects)
    usual = expected_seconds(draft, target)
    postponed = tuple(postponed_launches(draft, target))
    draft.effects += [
        StartLaunch(
            launch_id=f"{draft.launch_prefix}{index}",
            wave_number=number,
            target=target,
            servers=tuple(
                LaunchedServer(source_server_id=server.server.source_server_id, attempt=server.attempt)
                for server in pack
            ),
            expected_seconds=usual,
            snapshots=snapshot_ids(draft, pack),
            postponed=postponed,
        )
        for index, pack in enumerate(packs, first)
    ]
    draft.wait(POLL_SECONDS, f"launches in {target}")


def _launchable(draft: Draft, servers: list[ServerRecord]) -> list[ServerRecord]:
    """The servers that may be launched now; those that cannot be fail with the reason, unknown ones wait."""
    answers = [(server, draft.observer.source(server.server)) for server in servers]
    return [server for server, answer in answers if answer is not None and _clear_for_launch(draft, server, answer[0])]


def _clear_for_launch(draft: Draft, server: ServerRecord, source: SourceServer | Unavailable | None) -> bool:
    """Fail a server that cannot be launched, adopt what it has; whether neither was the case."""
    if isinstance(source, Unavailable):
        draft.obstruct(server.wave_number, source.reason)
        return False
    # of a server that the deadline let go a job may have turned up since: it is at its first attempt still
    is_retried = server.attempt > 1 or draft.waves[server.wave_number].retries > 0
    if is_retried and not _clear_of_instances(draft, server, source):
        return False
    why = recovery_point_obstacle(source) if source else f"there is no such source server in {server.server.target}"
    if why is not None:
        draft.change_server(server.server, launch=LaunchStatus.FAILED, reason=why)
    return why is None


def _clear_of_instances(draft: Draft, server: ServerRecord, source: SourceServer | None) -> bool:
    """Adopt what an earlier attempt has brought to life; whether there is nothing of that kind, for certain."""
    found = find_instance(draft, server, source)
    if isinstance(found, Unavailable):
        draft.obstruct(server.wave_number, found.reason)
        return False
    for instance in found or ():
        is_replaced = instance.recovery_instance_id == server.replaced_instance_id
        if is_replaced and draft.waves[server.wave_number].command_checks:
            # EC2 does not know of the commands that failed on it
            return True
        health = _health_of(draft, server, instance) if is_replaced else HealthStatus.HEALTHY
        if health is HealthStatus.UNHEALTHY:
            return True
        if health is HealthStatus.HEALTHY:
            adopt_instance(draft, server, instance)
    return found is not None and not found


def _health_of(draft: Draft, server: ServerRecord, instance: RecoveryInstance) -> HealthStatus:
    """Whether an instance that is to be replaced has become healthy meanwhile; UNKNOWN until it is certain."""
    answer = draft.observer.health(server.server.target, instance.ec2_instance_id)
    if answer is None:
        return HealthStatus.UNKNOWN
    if isinstance(answer[0], Unavailable):
        draft.obstruct(server.wave_number, answer[0].reason)
        return HealthStatus.UNKNOWN
    # its patience was over before: whatever is not well by now is not waited for again
    past = server.model_copy(update={"launched_at": draft.looked_at - HEALTH_GRACE, "checked_from": None})
    return read_health(draft, past, answer[0]).health
