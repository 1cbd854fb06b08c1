"""What one round of a termination finds; what it has to tell of it is said by `termination_words`."""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from zlib import crc32

from orchestration.dependencies import Dependencies
from shared.engine.bounds import POLL_SECONDS
from shared.engine.survivors import due_at, outlived, place_left, was_seen, was_seen_of, with_unread, with_unseen
from shared.engine.texts import shortened
from shared.execution_utils import held_servers, is_launched_into, servers_let_go
from shared.models.drs import RecoveryInstance
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord
from shared.models.lock import LockOwner
from shared.models.server_record import ServerRecord
from shared.models.targets import ServerKey, Target
from shared.models.termination import PlaceLeft, Termination, TerminationCall

STUCK_POLL_SECONDS = 300
"""When nothing is awaited but jobs that should have ended long ago, or instances that DRS could not terminate."""

AGREE_SECONDS = 5
UNKNOWN_REASON = 120
"""So many characters of the reason a termination keeps of each silent account and region."""


@dataclass
class TerminationRound:
    """What one round found in all accounts and regions; `reachable` instances are those on which no job works.

    `termination` is as it was written last, `launches` are those that may have launched something.
    `stuck` are its abandoned jobs, which may run for days, `busy` is everything else that is going on, of which
    `refusals` are those that AWS or DRS spoke. `running` is where jobs are awaited, not the stuck ones; it
    `awaits_first` calls, and jobs of launches that run or `may_launch` yet.
    """

    header: ExecutionHeader
    termination: Termination
    launches: Sequence[LaunchRecord]
    deps: Dependencies
    instances: int = 0
    reachable: int = 0
    running: set[Target] = field(default_factory=set)
    awaits_first: bool = False
    may_launch: bool = False
    busy: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tries: int = 0
    clean: dict[Target, bool] = field(default_factory=dict)
    """Of every account and region that was looked at: whether nothing is left there, and nothing going on."""
    left: dict[str, PlaceLeft] = field(default_factory=dict)
    present: dict[Target, frozenset[str]] = field(default_factory=dict)
    """By account and region that answered: the servers that have an instance of ours, or may get one."""
    silent: dict[str, str] = field(default_factory=dict)
    marked: dict[ServerKey, ServerRecord] = field(default_factory=dict)
    """Servers whose instance has just outlived a call."""
    found_first: dict[ServerKey, ServerRecord] = field(default_factory=dict)
    """Servers of whose instance something was seen that nobody had seen before."""
    owned_count: int = 0
    """How many instances this round has found to have been there before."""
    waiting: list[datetime] = field(default_factory=list)
    """When the instances are due that are not called for now, because they outlived a call."""
    has_called_anew: bool = False
    granted: set[Target] = field(default_factory=set)
    """Where DRS has taken a call in this round."""
    lone_refusals: dict[Target, int] = field(default_factory=dict)
    """How many instances, called for alone, DRS refused in this round."""
    has_left: bool = False
    """Something was left to the next round, for want of time."""

    def __post_init__(self) -> None:
        self.calls: list[TerminationCall] = list(self.termination.calls)
        self._kept: dict[ServerKey, ServerRecord] = {}

    @property
    def owner(self) -> LockOwner:
        """In whose name it holds servers."""
        return LockOwner.of_termination(self.header, self.termination.number)

    @property
    def targets(self) -> set[Target]:
        """Every account and region in which it may have launched something."""
        return {launch.target for launch in self.launches}

    @property
    def turn(self) -> int:
        """A number of this round's own: who was first in one is not in the next."""
        return crc32(self.termination.visit.encode())

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

    @cached_property
    def servers(self) -> dict[ServerKey, ServerRecord]:
        """The servers of the execution, read once and only if somebody asks."""
        return {server.server: server for server in self.deps.executions.servers(self.header, None)}

    @property
    def once_abandoned(self) -> Set[ServerKey]:
        """The servers that an abandoned job held, whether it has ended or not."""
        return set(held_servers(launch for launch in self.launches if launch.abandoned_at is not None))

    @property
    def let_go(self) -> Set[ServerKey]:
        """The servers that this or an earlier termination has let go of."""
        return servers_let_go(self.servers.values()) if self.termination.lacks_locks else frozenset()

    @property
    def survivors(self) -> list[ServerRecord]:
        """The servers whose instance has outlived a call of this termination and is not proved to be gone."""
        if not self.termination.survivor_count and not self.marked:
            return []
        number = self.termination.number
        return [server for server in (self.servers | self.marked).values() if due_at(server, number) is not None]

    def due_at(self, target: Target, instance: RecoveryInstance) -> datetime | None:
        """When an instance may be called for again; None if it never outlived a call."""
        key = key_of(target, instance)
        if not self.termination.survivor_count and key not in self.marked:
            return None
        return due_at(
            self.marked.get(key) or self.servers.get(key), self.termination.number, instance.recovery_instance_id
        )

    def launched_by(self, target: Target, job_id: str) -> set[str]:
        """The servers whose instance of this job was seen by the execution, or by a termination of it."""
        return {
            server.source_server_id
            for server, record in self.servers.items()
            if server.target == target and was_seen_of(record, job_id)
        }

    def is_left(self, target: Target, instance: RecoveryInstance) -> bool:
        """Whether the instance is none of those that are terminated: a server was launched into it."""
        if not (self.header.launch_into_count or self.termination.left_count or self.owned_count):
            return False
        key = key_of(target, instance)
        return is_launched_into(self.found_first.get(key) or self.servers.get(key), instance.ec2_instance_id)

    def leave(self, target: Target, instance: RecoveryInstance) -> None:
        """Note that a server was launched into the instance, which was there before: DRS was told of it by others."""
        key, instance_id = key_of(target, instance), instance.ec2_instance_id
        record = self.found_first.get(key) or self.servers[key]
        self.found_first[key] = record.model_copy(update={"found_into": instance_id})
        self.owned_count += 1
        whose = record.name or key.source_server_id
        words = (
            f"{instance_id} of {whose} carries the tag by which its owner lets DRS launch into it, and was made before"
        )
        self.notes.append(f"{target}: {words} the launch: it is left")

    def refuse(self, line: str) -> None:
        """Something could not be asked or done."""
        self.busy.append(line)
        self.refusals.append(line)

    def miss(self, target: Target, reason: str) -> None:
        """An account and region could not be asked: what is left there is unknown."""
        self.refuse(f"{target}: {reason}")
        self.silent[str(target)] = shortened(reason, UNKNOWN_REASON)

    def was_slow(self, target: Target) -> bool:
        """Whether the account and region took long, or gave no answer, when a round looked at it last."""
        left = self.termination.left.get(str(target))
        return str(target) in self.termination.silent or (left is not None and left.is_slow)

    def note_pace(self, target: Target, *, is_slow: bool) -> None:
        """How the look took; of one that failed it is known that it gave no answer."""
        left = self.left.get(str(target))
        if left is not None:
            self.left[str(target)] = left.model_copy(update={"is_slow": is_slow})

    def see(
        self, target: Target, instances: Sequence[RecoveryInstance], working: Collection[str], *, is_quiet: bool
    ) -> None:
        """A complete read of an account and region; `working` are servers on which launch jobs work or just did."""
        self.instances += len(instances)
        before = self.termination.left.get(str(target))
        self.left[str(target)] = place_left(before, instances, working, is_quiet=is_quiet)
        self.present[target] = frozenset({*working, *(one.source_server_id or "" for one in instances)})

    def miss_instances(self, target: Target, servers: Collection[str], instances: Sequence[RecoveryInstance]) -> None:
        """Note of which of these servers, that DRS has launched or may have, nobody has ever seen an instance."""
        if self.termination.unseen_count == 0:
            return
        shown = {key_of(target, instance): instance for instance in instances}
        asked = {key for key in self.servers if key.target == target and key.source_server_id in servers} | shown.keys()
        never = {key for key in asked if not was_seen(self.servers[key])}
        for key in never & shown.keys():
            found = {"was_found": True, "found_job_id": shown[key].job_id}
            self.found_first[key] = (self.found_first.get(key) or self.servers[key]).model_copy(update=found)
        unseen = [self.servers[key] for key in sorted(never - shown.keys())]
        self.left[str(target)] = with_unseen(self.left[str(target)], unseen)

    def leave_unread(self, target: Target, jobs: Mapping[str, str]) -> None:
        """Note which jobs have ended of which nobody may read whether they are ours, and why: each is told once.

        What they launched is left alone.
        """
        before = self.termination.left.get(str(target))
        self.left[str(target)] = left = with_unread(self.left[str(target)], list(jobs))
        for job_id in left.unread:
            if before is None or job_id not in before.unread:
                words = f"job {job_id} has ended, and nobody may read whether it was of this execution"
                self.notes.append(f"{target}: {words}: {jobs[job_id]}")

    def keep_marks(self) -> None:
        """Store what was noted of servers: before the calls are forgotten that it came from."""
        changed = self.found_first | self.marked
        news = [server for key, server in changed.items() if self._kept.get(key) != server]
        if news:
            self.deps.executions.mark_servers(self.termination, news)
            self._kept |= {server.server: server for server in news}

    def outlive(self, target: Target, instance: RecoveryInstance, reason: str) -> None:
        """The instance outlived a call; it is told when this is new, or has another reason.

        It is of one of the execution's servers: only those are asked for.
        """
        key = key_of(target, instance)
        self.marked[key] = outlived(
            self.found_first.get(key, self.servers[key]),
            self.termination.number,
            instance_id=instance.recovery_instance_id,
            reason=reason,
            now=self.deps.clock.now(),
        )

    def write(self, termination: Termination) -> None:
        """Store the termination; StepLostError if another has written it since this round did."""
        self.termination = self.deps.executions.update_termination(termination)


def key_of(target: Target, instance: RecoveryInstance) -> ServerKey:
    """The server that the instance was launched from."""
    return ServerKey(
        account_id=target.account_id, region=target.region, source_server_id=instance.source_server_id or ""
    )
