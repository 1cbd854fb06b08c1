"""What an execution launched, in the order of its launches, and where a page of it goes on.

The job of a launch may be found late, when later launches were shown already. A page therefore begins at a launch and
not at a position: nothing is shown twice and nothing that was there is skipped. What is found behind the page that is
read is in the list that is read next.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord
from shared.models.targets import ServerKey, Target
from shared.stores import page_token
from shared.stores.execution_store import ExecutionStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LaunchedServer:
    """A server that a job of the execution launched, or tried to; `into` is the instance that was there before."""

    target: Target
    launch_id: str
    job_id: str
    wave_number: int
    source_server_id: str
    into: str | None = None

    @property
    def key(self) -> ServerKey:
        """The server with its account and region."""
        return ServerKey(
            account_id=self.target.account_id, region=self.target.region, source_server_id=self.source_server_id
        )


def jobs_of(launches: Iterable[LaunchRecord], wave_number: int | None, job_id: str | None) -> tuple[LaunchRecord, ...]:
    """The launches that have a job: all, a wave's, or the one of that job."""
    return tuple(
        launch
        for launch in launches
        if launch.job_id is not None and wave_number in (None, launch.wave_number) and job_id in (None, launch.job_id)
    )


def servers_of(
    launches: Iterable[LaunchRecord], into: Mapping[ServerKey, str] = MappingProxyType({})
) -> tuple[LaunchedServer, ...]:
    """Every server of these launches, once for each job; `into` are the instances that were there before."""
    return tuple(
        LaunchedServer(
            launch.target, launch.launch_id, launch.job_id, launch.wave_number, server.source_server_id, into.get(key)
        )
        for launch in launches
        if launch.job_id is not None
        for key, server in launch.members
    )


def instances_launched_into(header: ExecutionHeader, executions: ExecutionStore) -> dict[ServerKey, str]:
    """The instances into which the execution launches servers, by server; where it has none nothing is read."""
    servers = executions.servers(header) if header.launch_into_count else ()
    return {server.server: server.into for server in servers if server.into is not None}


def position_of(first: T, names: Sequence[T]) -> int:
    """Where the entry of that name is now; ValidationError naming nextToken if there is none.

    A launch that has a job keeps it, with its servers, as long as there is the execution.
    """
    if first not in names:
        raise page_token.refused()
    return names.index(first)
