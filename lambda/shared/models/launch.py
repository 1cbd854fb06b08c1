"""One call of StartRecovery: the intent, and what became of it."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from pydantic import Field, model_serializer, model_validator

from shared.models.base import Instant, Model
from shared.models.recovery_plan import WaveNumber
from shared.models.targets import ServerKey, SourceServerId, Target


class LaunchState(StrEnum):
    """OPEN is doubt: a call may have been made; it is never made again."""

    OPEN = "OPEN"
    STARTED = "STARTED"
    DONE = "DONE"
    REFUSED = "REFUSED"
    LOST = "LOST"


LIVE_LAUNCH_STATES: Final = frozenset({LaunchState.OPEN, LaunchState.STARTED})
"""A job of ours runs, or may run."""

_BUSY = "!"
_SPARED = "~"

MOST_STRANGERS: Final = 20
"""So many jobs of others a launch remembers: its item stays below 4 KB. More of them are asked again."""

MOST_SUSPECTS: Final = 3
"""So many jobs that may be its own a launch remembers: one is enough to wait for them, and all are asked again."""


class LaunchedServer(Model):
    """A server in a launch, with the attempt that this launch is.

    `busy`: DRS refused the launch because another job held the server. `spared`: of the jobs that may be the launch's,
    as nobody could read whose they are, none shows the server. One text on the wire, `s-…#2`, or `s-…#2!` if busy and
    `s-…#2~` if spared: a hundred of them are in one item, and no item is larger than 4 KB.
    """

    source_server_id: SourceServerId
    attempt: int
    busy: bool = False
    spared: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        server_id, _, attempt = value.partition("#")
        return {
            "source_server_id": server_id,
            "attempt": attempt.rstrip(_BUSY + _SPARED),
            "busy": _BUSY in attempt,
            "spared": _SPARED in attempt,
        }

    @model_serializer
    def _as_text(self) -> str:
        marks = f"{_BUSY if self.busy else ''}{_SPARED if self.spared else ''}"
        return f"{self.source_server_id}#{self.attempt}{marks}"


def members_of(target: Target, servers: Iterable[LaunchedServer]) -> Iterator[tuple[ServerKey, LaunchedServer]]:
    """Servers that are launched in an account and region, under their full names."""
    for member in servers:
        key = ServerKey(account_id=target.account_id, region=target.region, source_server_id=member.source_server_id)
        yield key, member


class LaunchRecord(Model):
    """A chunk of at most 100 servers of one wave in one account and region (DRS quota L-B827C881).

    A REFUSED one, at `ended_at`, either `fails_servers`, or leaves them to be launched again: when there is room, when
    the job has ended that holds the busy ones, or, if it `splits`, in halves, because one of them is at fault for all.
    `never_sent`: the call surely did not leave us.
    `expected_seconds` is how long a job takes there, the median of the account's last ones, if DRS's events are heard
    from there.
    `strangers`: jobs of its servers whose tags have told that they are not its own, of a LOST one; `suspects`: those
    that show none and whose tags could not be read, so that they may be its own; `unread`: those of them that have
    ended, and nobody could read whose they were.
    `abandoned_at`: its execution ended without it, `reason` says what was known of it then; what becomes
    of the job afterwards still moves its state.
    """

    execution_id: str
    plan_id: str
    launch_id: str
    wave_number: WaveNumber
    target: Target
    servers: tuple[LaunchedServer, ...]
    state: LaunchState = LaunchState.OPEN
    reason: str = ""
    fails_servers: bool = False
    splits: bool = False
    never_sent: bool = False
    job_id: str | None = None
    expected_seconds: float | None = None
    strangers: tuple[str, ...] = Field(default=(), max_length=MOST_STRANGERS)
    suspects: tuple[str, ...] = Field(default=(), max_length=MOST_SUSPECTS)
    unread: tuple[str, ...] = Field(default=(), max_length=MOST_SUSPECTS)
    intent_at: Instant
    not_after: Instant
    ended_at: Instant | None = None
    abandoned_at: Instant | None = None

    @property
    def members(self) -> Iterator[tuple[ServerKey, LaunchedServer]]:
        """Its servers under their full names."""
        return members_of(self.target, self.servers)

    @property
    def held(self) -> tuple[ServerKey, ...]:
        """The servers on which its job works, or may: of one that only has suspects those that the suspects show, or
        all if there may be more to show.
        """
        return tuple(key for key, member in self.members if self.job_id is not None or not member.spared)

    @property
    def is_abandoned(self) -> bool:
        """Whether nobody waits for it any more although its job runs, or may run."""
        return self.abandoned_at is not None and self.state in LIVE_LAUNCH_STATES

    @property
    def is_awaited(self) -> bool:
        """Whether it counts as a running job and its end is waited for: an OPEN one too, an abandoned one not."""
        return self.abandoned_at is None and (self.state in LIVE_LAUNCH_STATES or self.is_suspected)

    @property
    def is_suspected(self) -> bool:
        """Whether it was LOST, and may have a job all the same: nobody could read the tags of one that shows none."""
        return self.state is LaunchState.LOST and bool(self.suspects)

    @property
    def suspect_words(self) -> str:
        """The jobs of which one may be its own."""
        return f"job {' or '.join(self.suspects)}"

    @property
    def is_postponed(self) -> bool:
        """Whether it was sent and refused for now, and for nothing in the call (402, 403, 429).

        Its job may still appear: what lies between us and DRS may have sent the call twice, and the refusal is then
        that of the second.
        """
        if self.state is not LaunchState.REFUSED or self.never_sent:
            return False
        return not self.fails_servers and not self.splits and not any(member.busy for member in self.servers)

    @property
    def job_words(self) -> str:
        """What to call its job, known or not."""
        return f"job {self.job_id}" if self.job_id else f"the unknown job of launch {self.launch_id}"
