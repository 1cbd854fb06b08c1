"""What a plan's servers bring to a start: how far their data lags behind, and what earlier launches left."""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from pydantic import TypeAdapter, ValidationError

from shared.engine.texts import counted, servers_in_words
from shared.models.drs import SourceServer
from shared.models.finding import Finding, FindingCode, unknown_at, warning_at
from shared.models.recovery_plan import RecoveryPlan
from shared.models.targets import Target
from shared.plan_resolution import Resolution, TargetView

_DURATION: Final = TypeAdapter(timedelta)


def check_servers(
    plan: RecoveryPlan,
    views: Mapping[Target, TargetView],
    resolution: Resolution,
    kept: Mapping[Target, Collection[str]] = MappingProxyType({}),
) -> tuple[Finding, ...]:
    """A warning for each account and region whose servers lag more than the plan allows, or have instances already.

    Of the `kept` ones, which were there before they were launched into, it is not said that a launch replaces them.
    UNKNOWN is a lag that cannot be read, where the plan allows only so much.
    """
    ids: dict[Target, set[str]] = {}
    for wave in resolution.servers_by_wave.values():
        for found in wave:
            ids.setdefault(found.server.target, set()).add(found.server.source_server_id)
    return tuple(
        finding
        for target, wanted in sorted(ids.items())
        for finding in _of_place(
            plan,
            target,
            [views[target].servers[each] for each in sorted(wanted & set(views[target].servers))],
            kept.get(target, ()),
        )
    )


def _of_place(
    plan: RecoveryPlan, target: Target, servers: list[SourceServer], kept: Collection[str]
) -> Iterator[Finding]:
    if plan.rpo_seconds is not None:
        yield from _lags(target, servers, timedelta(seconds=plan.rpo_seconds))
    left = [server for server in servers if server.recovery_instance_id and server.recovery_instance_id not in kept]
    if left:
        message = (
            f"{counted(len(left), 'server')} in {target} {'has' if len(left) == 1 else 'have'} recovery instances of "
            f"earlier launches, which a launch replaces: {_names(left)}"
        )
        instances = {server.source_server_id: server.recovery_instance_id for server in left}
        yield warning_at(
            target,
            FindingCode.LEFTOVER_INSTANCES,
            message,
            server_ids=tuple(instances),
            details={"instances": instances},
        )


def _lags(target: Target, servers: list[SourceServer], allowed: timedelta) -> Iterator[Finding]:
    lags = {server.source_server_id: lag_of(server) for server in servers}
    late = [server for server in servers if (lag := lags[server.source_server_id]) is not None and lag > allowed]
    if late:
        seconds = {server.source_server_id: _seconds(lags[server.source_server_id]) for server in late}
        message = (
            f"the data of {counted(len(late), 'server')} in {target} is older than the plan's RPO of "
            f"{int(allowed.total_seconds())} s: {_names(late)}"
        )
        yield warning_at(
            target, FindingCode.REPLICATION_LAG, message, server_ids=tuple(seconds), details={"lagSeconds": seconds}
        )
    unread = [server for server in servers if lags[server.source_server_id] is None]
    if unread:
        message = f"DRS in {target} does not tell how far behind the data of {_names(unread)} is"
        ids = tuple(server.source_server_id for server in unread)
        yield unknown_at(target, FindingCode.REPLICATION_LAG, message, server_ids=ids)


def lag_of(server: SourceServer) -> timedelta | None:
    """How far the server's data is behind, from DRS's ISO 8601 duration; None if DRS does not tell."""
    if server.lag_duration is None:
        return None
    try:
        return _DURATION.validate_python(server.lag_duration)
    except ValidationError:
        return None


def _seconds(lag: timedelta | None) -> int:
    return int(lag.total_seconds()) if lag is not None else 0


def _names(servers: list[SourceServer]) -> str:
    return servers_in_words([server.hostname or server.source_server_id for server in servers])
