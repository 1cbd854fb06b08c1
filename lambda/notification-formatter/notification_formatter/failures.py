"""Which servers failed, in words: a line each, no more than a person reads."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from notification_formatter.story import NAME_LENGTH, Story, status_of, words_for
from notification_formatter.texts import one_line
from shared.engine.texts import counted
from shared.execution_utils import WAVES_GONE_WRONG, has_failed
from shared.models.execution import WaveSummary
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord
from shared.models.wave_record import WaveStatus

SERVERS_SHOWN: Final = 20
_THERE: Final = frozenset({LaunchStatus.LAUNCHED, LaunchStatus.TERMINATED})
_WITHOUT_INSTANCE: Final[Mapping[LaunchStatus, str]] = {
    LaunchStatus.PENDING: "not launched",
    LaunchStatus.LAUNCHING: "still being launched",
    LaunchStatus.FAILED: "could not be launched",
    LaunchStatus.SKIPPED: "left out",
    LaunchStatus.CANCELLED: "not launched",
}


def may_have_failures(wave: WaveSummary) -> bool:
    """Whether the servers of the wave are worth reading, by what the header knows."""
    return wave.failed_count > 0 or wave.status in WAVES_GONE_WRONG


def is_unhealthy(server: ServerRecord) -> bool:
    """Whether the server was launched and did not pass its checks."""
    return server.launch in _THERE and server.health is HealthStatus.UNHEALTHY


def not_recovered(servers: Iterable[ServerRecord], wave: WaveStatus) -> list[ServerRecord]:
    """What failed, and what got no verdict in a wave that timed out; required servers first."""
    timed_out = wave is WaveStatus.TIMEOUT
    lost = [server for server in servers if has_failed(server) or (timed_out and not _is_recovered(server))]
    return sorted(lost, key=lambda server: (server.optional, not has_failed(server)))


def failure_lines(story: Story, waves: Iterable[WaveSummary]) -> list[str]:
    """The servers of these waves that were not recovered, a heading for each wave; then how many more there are.

    Of a wave whose servers the story does not have, those that the header counts are more.
    """
    lines: list[str] = []
    room, hidden = SERVERS_SHOWN, 0
    for wave in waves:
        servers = story.servers.get(wave.wave_number)
        if servers is None:
            hidden += wave.failed_count
            continue
        lost = not_recovered(servers, status_of(story, wave))
        if lost and room:
            lines += [f"  {words_for(wave)}: {failed_words(servers, lost)}", *map(_line, lost[:room])]
        hidden += max(0, len(lost) - room)
        room = max(0, room - len(lost))
    return [*lines, f"  and {hidden} more"] if hidden else lines


def failed_words(servers: Sequence[ServerRecord], lost: Sequence[ServerRecord]) -> str:
    """How many of a wave's servers failed, and how many have no verdict."""
    failed = sum(map(has_failed, lost))
    undecided = len(lost) - failed
    words = f"{failed} of {counted(len(servers), 'server')} failed"
    return f"{words}, {undecided} without a verdict" if undecided else words


def _line(server: ServerRecord) -> str:
    """Begins with a dash: a name at the beginning of a line could look like a command of the mail."""
    key = server.server
    name = one_line(server.name, NAME_LENGTH)
    facts = [key.source_server_id if name else "", f"account {key.account_id}", key.region]
    facts.append("optional" if server.optional else "")
    where = ", ".join(part for part in facts if part)
    return f"    - {name or key.source_server_id} ({where}): {_words(server)}"


def _words(server: ServerRecord) -> str:
    if server.launch not in _THERE:
        words, reason = _WITHOUT_INSTANCE[server.launch], server.launch_reason
    elif is_unhealthy(server):
        words, reason = "launched, but not healthy", server.health_reason
    else:
        words, reason = "launched, not checked in time", server.health_reason
    because = one_line(reason)
    return f"{words}: {because}" if because else words


def _is_recovered(server: ServerRecord) -> bool:
    return server.launch in _THERE and server.health is HealthStatus.HEALTHY
