"""Health: what EC2 and its wave's commands say of an instance, given patience; a retry checks again, or launches."""

from datetime import datetime

from shared.engine.bounds import (
    CHECK_FAST_FOR,
    CHECK_POLL_SECONDS,
    HEALTH_GRACE,
    POLL_SECONDS,
    STATUS_CHECK_TIME,
)
from shared.engine.commands import last_sent, read_commands
from shared.engine.looking import find_instance, launch_of
from shared.engine.observations import Unavailable
from shared.engine.readings import Reading
from shared.engine.state import RUNNING_WAVE_STATUSES, Draft
from shared.engine.texts import counted
from shared.execution_utils import is_launched_into
from shared.models.drs import InstanceHealth
from shared.models.launch_config import LaunchDisposition
from shared.models.prepared_instance import was_there
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord

GONE = frozenset({"terminated", "shutting-down"})
RESTING = frozenset({"stopped", "stopping"})


def check_health(draft: Draft) -> None:
    """Look at every instance of a running wave that has no verdict and whose first checks are due."""
    for number in draft.numbers(RUNNING_WAVE_STATUSES):
        if not draft.attend(number):
            continue
        for server in _unchecked(draft, number):
            if not _is_early(draft, server):
                _check(draft, server)
        early = [server for server in _unchecked(draft, number) if _is_early(draft, server)]
        draft.awaited |= dict.fromkeys((server.server for server in early), "the first checks of EC2 are not due yet")
        if early:
            # the wave's verdict needs all of them: one look at the last one's time is enough
            last = max(_first_look(draft, server) for server in early)
            draft.wait(
                (last - draft.now).total_seconds(),
                f"the first checks of {counted(len(early), 'instance')} are due then",
            )


def _unchecked(draft: Draft, number: int) -> list[ServerRecord]:
    return [
        server
        for server in draft.servers_of(number)
        if server.launch is LaunchStatus.LAUNCHED and server.health is HealthStatus.UNKNOWN
    ]


def _first_look(draft: Draft, server: ServerRecord) -> datetime:
    """When EC2 has checked an instance for the first time; now, while it is not known when the instance started."""
    return draft.now if server.instance_started_at is None else server.instance_started_at + STATUS_CHECK_TIME


def _is_early(draft: Draft, server: ServerRecord) -> bool:
    """Whether EC2 has not checked it yet; what has commands to run was found well before."""
    return server.commands_due_at is None and draft.now < _first_look(draft, server)


def _check(draft: Draft, server: ServerRecord) -> None:
    if server.recovery_instance_id is None and not _look_for_its_instance(draft, server):
        return
    server = draft.servers[server.server]
    if server.recovery_instance_id is None:
        _conclude(draft, server, Reading(HealthStatus.UNHEALTHY, "no instance found"))
        return
    answer = draft.observer.health(server.server.target, server.recovery_instance_id)
    if answer is None:
        return
    health = answer[0]
    if isinstance(health, Unavailable):
        draft.obstruct(server.wave_number, health.reason)
        draft.awaited[server.server] = health.reason
        return
    if health is not None and health.launched_at is not None and health.state not in RESTING:
        # EC2 checks what runs: one that stops, or is stopped, is not waited for as long as checks take
        draft.change_server(server.server, instance_started_at=health.launched_at)
    if health is not None and health.allows_launches:
        _note_found_into(draft, draft.servers[server.server], health)
    reading = read_health(draft, server, health)
    if reading.health is HealthStatus.HEALTHY and health is not None:
        reading = read_commands(draft, draft.servers[server.server], reading, is_running=health.state not in RESTING)
    _conclude(draft, draft.servers[server.server], reading)


def _note_found_into(draft: Draft, server: ServerRecord, health: InstanceHealth) -> None:
    """Write down that the server was launched into an instance of which no setting of ours says anything.

    It carries the tag by which its owner lets DRS do that, and was made before the launch, so DRS was told of it by
    others. An instance that the launch has made carries the tag too where DRS has copied it from the source server.
    """
    launch = draft.launches.get(server.launch_id or "")
    is_its_own = launch is None or not was_there(health.made_at, launch.intent_at)
    if not is_its_own and not is_launched_into(server, health.instance_id):
        draft.change_server(server.server, found_into=health.instance_id)


def count_found_into(draft: Draft) -> None:
    """Let the header tell that there are such servers: nobody reads them all to find out."""
    into = sum(server.into is not None for server in draft.servers.values())
    if into > draft.header.launch_into_count:
        draft.change_header(launch_into_count=into)


def _look_for_its_instance(draft: Draft, server: ServerRecord) -> bool:
    """Take an instance that a launch left unnamed, if it is there now; whether DRS has answered."""
    found = find_instance(draft, server)
    if found is None or isinstance(found, Unavailable):
        if found is not None:
            draft.obstruct(server.wave_number, found.reason)
            draft.awaited[server.server] = found.reason
        return False
    for instance in found:
        draft.change_server(
            server.server,
            launch_id=launch_of(draft, instance).launch_id,
            recovery_instance_id=instance.recovery_instance_id,
            recovery_point=instance.point_in_time,
            job_id=instance.job_id,
            # of a server that was well only the loss of its instance was a reason to launch it again
            relaunch=server.relaunch and server.finding is not None,
        )
    return True


def _conclude(draft: Draft, server: ServerRecord, reading: Reading) -> None:
    """Write the verdict down, or look again; whoever is to be launched anew if unhealthy gets its next attempt."""
    if reading.health is HealthStatus.UNHEALTHY and server.relaunch and draft.why_nothing_starts is None:
        reason = f"launched again: {reading.reason}"
        draft.change_server(server.server, finding=reading.reason)
        launch_again(draft, draft.servers[server.server], reason, replaced_instance_id=server.recovery_instance_id)
    elif reading.health is not HealthStatus.UNKNOWN:
        draft.change_server(server.server, health=reading.health, reason=reading.reason, relaunch=False, finding=None)
    else:
        draft.awaited[server.server] = reading.reason
        if not _is_early(draft, server):
            draft.wait(_until_next_look(draft, server), f"instance {server.recovery_instance_id}: {reading.reason}")


def launch_again(
    draft: Draft,
    server: ServerRecord,
    reason: str,
    *,
    replaced_instance_id: str | None = None,
    relaunch: bool = False,
) -> None:
    """The next attempt of a server, which begins with a look at what there is.

    Its instance, if it has one that is to be replaced, lives on until a job launches: so long the record tells of it.
    """
    draft.change_server(
        server.server,
        launch=LaunchStatus.PENDING,
        reason=reason,
        attempt=server.attempt + 1,
        launch_id=None,
        judged_launch_id=server.launch_id,
        job_id=None,
        recovery_instance_id=replaced_instance_id,
        snapshot=None,
        recovery_point=None if replaced_instance_id is None else server.recovery_point,
        replaced_instance_id=replaced_instance_id,
        instance_started_at=None,
        launched_at=None if replaced_instance_id is None else server.launched_at,
        checked_from=None,
        commands_due_at=None,
        commands=(),
        relaunch=relaunch,
    )


def read_health(draft: Draft, server: ServerRecord, health: InstanceHealth | None) -> Reading:
    """What EC2 says of the server's instance; whatever does not settle is UNHEALTHY once the patience is over."""
    # what was found well has new patience, with its commands and when it is checked again, if EC2 loses sight of it
    anew = [begun for begun in (last_sent(server), server.checked_from) if begun is not None]
    patience_ends = max(anew, default=server.launched_at or draft.looked_at) + HEALTH_GRACE
    unsettled = HealthStatus.UNHEALTHY if draft.looked_at >= patience_ends else HealthStatus.UNKNOWN
    if health is None:
        return Reading(unsettled, "EC2 does not show the instance")
    if health.state in GONE:
        return Reading(HealthStatus.UNHEALTHY, f"the instance is {health.state}")
    if health.state in RESTING:
        return _read_resting(draft, server, health.state, unsettled)
    checks = f"system check {health.system_status or 'absent'}, instance check {health.instance_status or 'absent'}"
    if health.state == "running" and health.system_status == "ok" and health.instance_status == "ok":
        return Reading(HealthStatus.HEALTHY, "both EC2 status checks passed")
    return Reading(unsettled, f"the instance is {health.state}, {checks}")


def _read_resting(draft: Draft, server: ServerRecord, state: str, unsettled: HealthStatus) -> Reading:
    """A stopped instance is right if DRS was told to leave it stopped."""
    settings = draft.observer.settings(server.server)
    if settings is None:
        return Reading(HealthStatus.UNKNOWN, "its launch settings are asked for")
    if isinstance(settings, Unavailable):
        draft.obstruct(server.wave_number, settings.reason)
        return Reading(HealthStatus.UNKNOWN, settings.reason)
    if settings.disposition is LaunchDisposition.STOPPED and state == "stopped":
        return Reading(HealthStatus.HEALTHY, "stopped, as its launch settings say")
    return Reading(unsettled, f"the instance is {state}")


def _until_next_look(draft: Draft, server: ServerRecord) -> float:
    """Seconds until asking EC2 again can bring news, once the first checks were due: often at first, then seldom."""
    due = draft.now if server.launched_at is None else server.launched_at
    if server.instance_started_at is not None:
        due = _first_look(draft, server)
    waited = draft.now - max(due, server.checked_from or due, last_sent(server) or due)
    return CHECK_POLL_SECONDS if waited < CHECK_FAST_FOR else POLL_SECONDS
