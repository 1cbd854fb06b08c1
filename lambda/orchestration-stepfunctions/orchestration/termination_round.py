"""What one round of a termination finds, and what it has to tell."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from orchestration.dependencies import Dependencies
from shared.engine.bounds import POLL_SECONDS
from shared.engine.survivors import due_at, outlived, place_left, survivor_lines
from shared.engine.texts import LONGEST_REASON, counted, shortened
from shared.models.drs import RecoveryInstance
from shared.models.execution import ExecutionHeader
from shared.models.server_record import ServerRecord
from shared.models.targets import ServerKey, Target
from shared.models.termination import PlaceLeft, Termination, TerminationCall

STUCK_POLL_SECONDS = 300
"""When nothing is awaited but jobs that should have ended long ago, or instances that DRS could not terminate."""

AGREE_SECONDS = 5
REASONS_TOLD = 3
UNKNOWN_REASON = 120
"""So many characters of the reason a termination keeps of each silent account and region."""


@dataclass
class Round:
    """What one round found in all accounts and regions; `reachable` instances are those on which no job works.

    `stuck` are its abandoned jobs, which may run for days, `busy` is everything else that is going on, of which
    `refusals` are those that AWS or DRS spoke. `jobs` counts those of ours that run, but for the stuck ones.
    """

    header: ExecutionHeader
    termination: Termination
    deps: Dependencies
    calls: list[TerminationCall]
    instances: int = 0
    reachable: int = 0
    jobs: int = 0
    busy: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tries: int = 0
    clean: dict[Target, bool] = field(default_factory=dict)
    """Of every account and region that was looked at: whether nothing is left there, and nothing going on."""
    left: dict[str, PlaceLeft] = field(default_factory=dict)
    present: dict[Target, frozenset[str]] = field(default_factory=dict)
    """By account and region that answered: the servers that have an instance of ours, or on which a job works."""
    silent: dict[str, str] = field(default_factory=dict)
    marked: dict[ServerKey, ServerRecord] = field(default_factory=dict)
    """Servers whose instance has just outlived a call."""
    waiting: list[datetime] = field(default_factory=list)
    """When the instances are due that are not called for now, because they outlived a call."""
    has_called_anew: bool = False
    granted: set[Target] = field(default_factory=set)
    """Where DRS has taken a call in this round."""
    denied: set[Target] = field(default_factory=set)
    """Where an instance, called for alone, was denied in this round."""
    has_left: bool = False
    """Something was left to the next round, for want of time."""
    _servers: dict[ServerKey, ServerRecord] | None = None

    @property
    def amount(self) -> int:
        """How much is left and going on."""
        return self.instances + len(self.busy) + len(self.stuck)

    @property
    def next_look(self) -> int:
        """Seconds until the next round; seldom while nothing is awaited but what hangs."""
        if self.has_left:
            return 1
        if not self.amount:
            return AGREE_SECONDS
        if self.busy or self.reachable > len(self.waiting):
            return POLL_SECONDS
        due = min((at - self.deps.clock.now()).total_seconds() for at in self.waiting) if self.waiting else None
        return STUCK_POLL_SECONDS if due is None else int(min(max(due, POLL_SECONDS), STUCK_POLL_SECONDS))

    @property
    def waits_for_abandoned(self) -> bool:
        """Whether nothing is awaited but abandoned jobs, of which everybody knows that they may run for days."""
        return bool(self.stuck) and not self.busy and not self.reachable

    @property
    def servers(self) -> dict[ServerKey, ServerRecord]:
        """The servers of the execution, read once and only if somebody asks."""
        if self._servers is None:
            header = self.header
            self._servers = {server.server: server for server in self.deps.executions.servers(header, None)}
        return self._servers

    @property
    def survivors(self) -> list[ServerRecord]:
        """The servers whose instance has outlived a call of this termination and is not known to be gone."""
        if not self.termination.survivor_count and not self.marked:
            return []
        number = self.termination.number
        return [
            server
            for server in (self.servers | self.marked).values()
            if due_at(server, number) is not None and self._may_be_present(server.server)
        ]

    def due_at(self, target: Target, instance: RecoveryInstance) -> datetime | None:
        """When an instance may be called for again; None if it never outlived a call."""
        key = key_of(target, instance)
        if not self.termination.survivor_count and key not in self.marked:
            return None
        return due_at(self.marked.get(key) or self.servers.get(key), self.termination.number)

    def refuse(self, line: str) -> None:
        """Something could not be asked or done."""
        self.busy.append(line)
        self.refusals.append(line)

    def miss(self, target: Target, reason: str) -> None:
        """An account and region could not be asked: what is left there is unknown."""
        self.refuse(f"{target}: {reason}")
        self.silent[str(target)] = shortened(reason, UNKNOWN_REASON)

    def see(
        self, target: Target, instances: Sequence[RecoveryInstance], working: Collection[str], *, is_quiet: bool
    ) -> None:
        """A complete read of an account and region; `working` are servers on which jobs work or just did."""
        self.instances += len(instances)
        before = self.termination.left.get(str(target))
        self.left[str(target)] = place_left(before, instances, working, is_quiet=is_quiet)
        self.present[target] = frozenset({*working, *(one.source_server_id or "" for one in instances)})

    def outlive(self, target: Target, instance: RecoveryInstance, reason: str) -> None:
        """The instance outlived a call; it is told when this is new, or has another reason.

        It is of one of the execution's servers: only those are asked for.
        """
        key = key_of(target, instance)
        number, now = self.termination.number, self.deps.clock.now()
        self.marked[key] = outlived(
            self.servers[key], number, instance_id=instance.recovery_instance_id, reason=reason, now=now
        )

    def news_of_survivors(self) -> list[str]:
        """What is new of the instances that outlived a call: not every try."""
        number = self.termination.number
        new = [
            after
            for key, after in self.marked.items()
            if due_at(self.servers[key], number) is None or _reason(self.servers[key]) != _reason(after)
        ]
        return _lines(new)

    def lines(self) -> list[str]:
        """What keeps the termination, the most telling first; of a silent account and region that it is silent."""
        heard = [server for server in self.survivors if str(server.server.target) not in self.silent]
        found = [*sorted(self.refusals), *_lines(heard), *self.stuck, *self.busy]
        return list(dict.fromkeys(shortened(line, LONGEST_REASON) for line in found))

    def why_it_goes_on(self) -> str:
        """The sentence of a termination that runs."""
        words = self.lines() or [
            f"{counted(self.instances, 'instance')} being terminated" if self.instances else "nothing found; read again"
        ]
        return shortened("; ".join(words[:REASONS_TOLD]), LONGEST_REASON)

    def what_is_left(self) -> str:
        """The sentence of a termination that gives up: instances first, then what could not be checked."""
        unknown = [f"could not ask {place}, what is left there is unknown: {why}" for place, why in self.silent.items()]
        words = list(dict.fromkeys([*_lines(self.survivors), *unknown, *self.lines()]))
        return "; ".join(word for word in words if word not in self._told_as_unknown())

    def _told_as_unknown(self) -> set[str]:
        return {line for line in self.refusals if line.partition(": ")[0] in self.silent}

    def _may_be_present(self, server: ServerKey) -> bool:
        return server.target not in self.present or server.source_server_id in self.present[server.target]


def key_of(target: Target, instance: RecoveryInstance) -> ServerKey:
    """The server that the instance was launched from."""
    return ServerKey(
        account_id=target.account_id, region=target.region, source_server_id=instance.source_server_id or ""
    )


def _lines(servers: Collection[ServerRecord]) -> list[str]:
    places = sorted({server.server.target for server in servers})
    return [
        line
        for place in places
        for line in survivor_lines(place, [server for server in servers if server.server.target == place])
    ]


def _reason(server: ServerRecord) -> str:
    return server.survival.reason if server.survival else ""
