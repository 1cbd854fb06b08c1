"""Recovery instances of a list of servers, a page at a time, read from DRS at this moment."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from query.log_lines import ReadFailure, read_failure
from shared.aws.ports import DrsPort
from shared.errors import CrossAccountError, DrsServiceError, ErrorCode
from shared.models.drs import RecoveryInstance
from shared.models.targets import ServerKey, Target
from shared.patience import part_of_patience
from shared.services.reachability import PLACES_AT_ONCE, Silence, ask_everywhere

_SERVERS_AT_ONCE: Final = 200
"""DescribeRecoveryInstances takes 200 servers (DRS service model)."""

_SERVERS_PER_PAGE: Final = 1000
"""How many servers are looked for at most until a page is answered, full or not."""

T = TypeVar("T")
Answer = TypeVar("Answer")


class UnreadTarget(ReadFailure):
    """An account and region that could not be asked: its instances are unknown, not absent."""

    account_id: str
    region: str


@dataclass(frozen=True, slots=True)
class InstancePosition:
    """Where a page begins: at this position of the list of servers, after this instance of the server there."""

    position: int = 0
    after: str = ""


@dataclass(frozen=True, slots=True)
class InstancePage(Generic[T]):
    """Instances, each with its server, no more than were asked for, and where the next page begins, if one does."""

    found: tuple[tuple[T, RecoveryInstance], ...]
    unread: dict[Target, UnreadTarget]
    following: InstancePosition | None


def read_instances(
    servers: Sequence[T],
    begin: InstancePosition,
    limit: int,
    drs: DrsPort,
    *,
    key_of: Callable[[T], ServerKey],
    is_theirs: Callable[[T, RecoveryInstance], bool] = lambda _server, _instance: True,
    is_last: bool = True,
) -> InstancePage[T]:
    """The instances of these servers that are theirs, in the order of the servers, then of the instances' ids.

    `is_last`: the caller asks nothing after this, so it may take all the time that is left.
    """
    found: list[tuple[T, RecoveryInstance]] = []
    unread: dict[Target, UnreadTarget] = {}
    position, after = begin.position, begin.after
    end = min(len(servers), position + _SERVERS_PER_PAGE)
    while position < end and len(found) < limit:
        part = servers[position : position + _SERVERS_AT_ONCE]
        seconds = part_of_patience(is_last=is_last and position + len(part) >= end)
        existing = _existing({key_of(server) for server in part}, drs, unread, seconds)
        for server in part:
            if len(found) == limit:
                break
            left = [
                each
                for each in existing.get(str(key_of(server)), ())
                if each.recovery_instance_id > after and is_theirs(server, each)
            ]
            shown = left[: limit - len(found)]
            found += [(server, each) for each in shown]
            if len(shown) < len(left):
                return InstancePage(tuple(found), unread, InstancePosition(position, shown[-1].recovery_instance_id))
            position, after = position + 1, ""
    return InstancePage(tuple(found), unread, InstancePosition(position) if position < len(servers) else None)


def unread_target(target: Target, error: CrossAccountError | DrsServiceError) -> UnreadTarget:
    """The account and region that answered this instead."""
    failure = read_failure(error)
    return UnreadTarget(
        account_id=target.account_id, region=target.region, error=failure.error, message=failure.message
    )


def read_everywhere(
    targets: Collection[Target], read: Callable[[Target], Answer], unread: dict[Target, UnreadTarget], seconds: float
) -> dict[Target, Answer]:
    """What each account and region answers, asked side by side; who does not within `seconds` is noted in `unread`."""

    def ask(target: Target) -> Answer | UnreadTarget:
        try:
            return read(target)
        except (CrossAccountError, DrsServiceError) as error:
            return unread_target(target, error)

    answers = ask_everywhere(targets, ask, _silent, workers=PLACES_AT_ONCE, patience=seconds)
    unread |= {target: answer for target, answer in answers.items() if isinstance(answer, UnreadTarget)}
    return {target: answer for target, answer in answers.items() if not isinstance(answer, UnreadTarget)}


def _silent(silence: Silence) -> UnreadTarget:
    return UnreadTarget(
        account_id=silence.target.account_id,
        region=silence.target.region,
        error=ErrorCode.DRS_SERVICE_ERROR.value,
        message=silence.finding.message,
    )


def _existing(
    keys: Collection[ServerKey], drs: DrsPort, unread: dict[Target, UnreadTarget], seconds: float
) -> dict[str, list[RecoveryInstance]]:
    """The instances of each of these servers, ordered by their ids; who cannot be asked is noted in `unread`."""
    by_target: dict[Target, dict[str, str]] = {}
    for key in keys:
        if key.target not in unread:
            by_target.setdefault(key.target, {})[key.source_server_id] = str(key)

    def read(target: Target) -> Sequence[RecoveryInstance]:
        return drs.recovery_instances(target, source_server_ids=sorted(by_target[target]))

    found: dict[str, list[RecoveryInstance]] = {}
    for target, instances in read_everywhere(by_target, read, unread, seconds).items():
        for instance in sorted(instances, key=lambda each: each.recovery_instance_id):
            if instance.source_server_id in by_target[target]:
                found.setdefault(by_target[target][instance.source_server_id], []).append(instance)
    return found
