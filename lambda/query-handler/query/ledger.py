"""What an execution launched, in the order of its launches: only ever appended to, so a position in it stays good."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.models.launch import LaunchRecord
from shared.models.targets import ServerKey, Target
from shared.stores import page_token

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LaunchedServer:
    """A server that a job of the execution launched, or tried to."""

    target: Target
    job_id: str
    wave_number: int
    source_server_id: str

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


def servers_of(launches: Iterable[LaunchRecord]) -> tuple[LaunchedServer, ...]:
    """Every server of these launches, once for each job."""
    return tuple(
        LaunchedServer(launch.target, launch.job_id, launch.wave_number, server.source_server_id)
        for launch in launches
        if launch.job_id is not None
        for server in launch.servers
    )


class Positions(Generic[T]):
    """A list that is paged by position; its tokens are bound to its name and filters."""

    def __init__(self, name: str, filters: Mapping[str, Any], entries: Sequence[T]) -> None:
        self._name = name
        self._filters = filters
        self.entries = entries

    def begin(self, token: str | None) -> int:
        """Where a page begins; ValidationError naming nextToken if the token is of another list."""
        return self.begin_within(token)[0]

    def begin_within(self, token: str | None) -> tuple[int, str]:
        """The same, and after which part of the entry there; empty if the page begins with all of it."""
        if token is None:
            return 0, ""
        start = page_token.decode(token, self._name, self._filters)
        return int(start["position"]), start.get("after", "")

    def token_at(self, position: int, after: str = "") -> str | None:
        """The token of the page that begins there, after that part of the entry; None past the end."""
        if position >= len(self.entries):
            return None
        within = {"after": after} if after else {}
        return page_token.encode(self._name, self._filters, {"position": str(position), **within})
