"""Recovery instances of a list of servers, a page at a time, read from DRS at this moment."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from query.job_logs import ReadFailure, read_failure
from shared.aws.ports import DrsPort
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.drs import RecoveryInstance
from shared.models.targets import ServerKey, Target

_SERVERS_AT_ONCE: Final = 200
"""DescribeRecoveryInstances takes 200 servers (DRS service model)."""

_SERVERS_PER_PAGE: Final = 1000
"""How many servers are looked for at most until a page is answered, full or not."""

T = TypeVar("T")


class UnreadTarget(ReadFailure):
    """An account and region that could not be asked: its instances are unknown, not absent."""

    account_id: str
    region: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: at this position of the list of servers, after this instance of the server there."""

    position: int = 0
    after: str = ""


@dataclass(frozen=True, slots=True)
class InstancePage(Generic[T]):
    """Instances, each with its server, no more than were asked for, and where the next page begins, if one does."""

    found: tuple[tuple[T, RecoveryInstance], ...]
    unread: dict[Target, UnreadTarget]
    following: Place | None


def read_instances(
    servers: Sequence[T],
    begin: Place,
    limit: int,
    drs: DrsPort,
    *,
    key_of: Callable[[T], ServerKey],
    is_theirs: Callable[[T, RecoveryInstance], bool] = lambda _server, _instance: True,
) -> InstancePage[T]:
    """The instances of these servers that are theirs, in the order of the servers, then of the instances' ids."""
    found: list[tuple[T, RecoveryInstance]] = []
    unread: dict[Target, UnreadTarget] = {}
    position, after = begin.position, begin.after
    end = min(len(servers), position + _SERVERS_PER_PAGE)
    while position < end and len(found) < limit:
        part = servers[position : position + _SERVERS_AT_ONCE]
        existing = _existing({key_of(server) for server in part}, drs, unread)
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
                return InstancePage(tuple(found), unread, Place(position, shown[-1].recovery_instance_id))
            position, after = position + 1, ""
    return InstancePage(tuple(found), unread, Place(position) if position < len(servers) else None)


def unread_target(target: Target, error: CrossAccountError | DrsServiceError) -> UnreadTarget:
    """The account and region that answered this instead."""
    failure = read_failure(error)
    return UnreadTarget(
        account_id=target.account_id, region=target.region, error=failure.error, message=failure.message
    )


def _existing(
    keys: Collection[ServerKey], drs: DrsPort, unread: dict[Target, UnreadTarget]
) -> dict[str, list[RecoveryInstance]]:
    """The instances of each of these servers, ordered by their ids; who cannot be asked is noted in `unread`."""
    found: dict[str, list[RecoveryInstance]] = {}
    for target in sorted({key.target for key in keys} - set(unread)):
        by_id = {key.source_server_id: str(key) for key in keys if key.target == target}
        try:
            instances = drs.recovery_instances(target, source_server_ids=sorted(by_id))
        except (CrossAccountError, DrsServiceError) as error:
            unread[target] = unread_target(target, error)
            continue
        for instance in sorted(instances, key=lambda each: each.recovery_instance_id):
            if instance.source_server_id in by_id:
                found.setdefault(by_id[instance.source_server_id], []).append(instance)
    return found
