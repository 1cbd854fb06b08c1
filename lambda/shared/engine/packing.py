"""Which servers go into one call: a hundred at most, in halves after a fault, without those that are left alone."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from shared.engine.bounds import POLL_SECONDS
from shared.engine.state import Draft
from shared.models.launch import LaunchedServer, LaunchRecord, LaunchState
from shared.models.server_record import LaunchStatus, ServerRecord
from shared.models.targets import Target

BUSY_FOR: Final = timedelta(seconds=POLL_SECONDS)
"""How long a server is left alone that another job held."""


def waiting_servers(draft: Draft, number: int) -> list[ServerRecord]:
    """The servers of a loaded wave that no launch has taken."""
    return [server for server in draft.servers_of(number) if server.launch is LaunchStatus.PENDING]


class Refusals:
    """What DRS refused of a wave before, and what that means for the servers that still wait."""

    def __init__(self, draft: Draft, number: int) -> None:
        self._draft = draft
        self._number = number
        self._refused = [launch for launch in draft.launches_of(number) if launch.state is LaunchState.REFUSED]
        self._latest: dict[tuple[Target, str, int], tuple[LaunchRecord, LaunchedServer]] = {}
        for launch in sorted(self._refused, key=lambda launch: launch.intent_at):
            for member in launch.servers:
                self._latest[launch.target, member.source_server_id, member.attempt] = launch, member

    def holds(self, server: ServerRecord) -> bool:
        """Whether the server is left alone for now, because a job that is not ours held it a moment ago; it is told."""
        launch, member = self._of(server)
        if launch is None or member is None or not member.busy or launch.ended_at is None:
            return False
        until = launch.ended_at + BUSY_FOR
        if self._draft.now >= until:
            return False
        self._draft.hold(self._number, launch.reason)
        self._draft.wait((until - self._draft.now).total_seconds(), "servers are in a job that is not ours")
        return True

    def packed(self, servers: Sequence[ServerRecord], most: int) -> Iterator[Sequence[ServerRecord]]:
        """Packs of at most that many; after a fault of one of them, halves of what was refused."""
        groups: dict[str, list[ServerRecord]] = {}
        sizes: dict[str, int] = {}
        for server in servers:
            launch, _ = self._of(server)
            splits = launch is not None and launch.splits
            name = launch.launch_id if launch is not None and splits else ""
            sizes[name] = -(-len(launch.servers) // 2) if launch is not None and splits else most
            groups.setdefault(name, []).append(server)
        for name, group in groups.items():
            size = min(sizes[name], most)
            yield from (group[start : start + size] for start in range(0, len(group), size))

    def over(self) -> list[str]:
        """The refused launches that say nothing any more of a server that waits; DRS may refuse for days.

        Else the header would grow, and every step load what nothing came of. One that was refused for now is kept
        until a later launch there has looked for its job (Orchestration lists jobs before each call) when that could
        no longer appear: some ten of them, where DRS is asked every 30 s.
        """
        telling = {
            launch.launch_id
            for server in waiting_servers(self._draft, self._number)
            for launch, member in [self._of(server)]
            if launch is not None and member is not None and (launch.splits or member.busy)
        }
        return [
            launch.launch_id
            for launch in self._refused
            if launch.launch_id not in telling and not (launch.is_postponed and self._may_have_a_job(launch))
        ]

    def _may_have_a_job(self, postponed: LaunchRecord) -> bool:
        """Whether no later launch in its account and region has surely looked for its job when that would be listed."""
        bounds = self._draft.bounds
        # the look that a launch begins with may take a while before its intent: much less than this
        surely = postponed.not_after + bounds.doubt + bounds.creation
        return not any(
            other.target == postponed.target and other.intent_at > surely for other in self._draft.launches.values()
        )

    def _of(self, server: ServerRecord) -> tuple[LaunchRecord, LaunchedServer] | tuple[None, None]:
        """The latest refusal of this attempt of a server."""
        key = server.server.target, server.server.source_server_id, server.attempt
        return self._latest.get(key, (None, None))
