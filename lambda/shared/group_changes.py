"""How the servers of groups differ from those that the last execution of the plan took, and how they are kept apart."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from shared.engine.texts import counted
from shared.models.finding import Finding, FindingCode, warning_at
from shared.models.plan_check import ResolvedServer
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan
from shared.models.targets import Target
from shared.plan_resolution import Resolution, TargetView

NAMED: Final = 100
"""So many servers that a group gained, and so many that it lost, are in the details of a finding."""

PART_BYTES: Final = 3_000
"""No item is larger than 4 KB (ARCHITECTURE.md, data)."""

_ID_BYTES: Final = 24
_GROUP_BYTES: Final = 48
"""What an id in a list takes, and a group with its list; both generously."""

Members = Mapping[str, Iterable[str]]
"""By the id of a group the ids of its servers."""


@dataclass(frozen=True, slots=True)
class EarlierMembers:
    """The servers of each group in an earlier execution of the plan."""

    execution_id: str
    servers: Mapping[str, frozenset[str]]


def members_of(servers_by_wave: Mapping[int, Iterable[ResolvedServer]]) -> dict[str, list[str]]:
    """The servers of each group: one that two groups hold belongs to the first."""
    members: dict[str, list[str]] = {}
    for _, servers in sorted(servers_by_wave.items()):
        for found in servers:
            members.setdefault(found.group_id, []).append(found.server.source_server_id)
    return members


def in_parts(members: Members) -> list[dict[str, tuple[str, ...]]]:
    """The same in parts that are small enough for an item each; a large group is in several."""
    parts: list[dict[str, list[str]]] = [{}]
    size = 0
    for group_id, servers in sorted(members.items()):
        for server_id in servers:
            needed = _ID_BYTES + (_GROUP_BYTES if group_id not in parts[-1] else 0)
            if size + needed > PART_BYTES:
                parts.append({})
                size, needed = 0, _ID_BYTES + _GROUP_BYTES
            parts[-1].setdefault(group_id, []).append(server_id)
            size += needed
    return [{group_id: tuple(servers) for group_id, servers in part.items()} for part in parts]


def check_changes(
    plan: RecoveryPlan,
    groups: Mapping[str, ProtectionGroup],
    views: Mapping[Target, TargetView],
    resolution: Resolution,
    earlier: EarlierMembers,
) -> Iterator[Finding]:
    """A warning for each group of both whose servers are others now; none where its place could not be asked."""
    now = members_of(resolution.servers_by_wave)
    for wave in plan.waves:
        for group_id in wave.protection_group_ids:
            group, before = groups.get(group_id), earlier.servers.get(group_id)
            if group is None or before is None or views[group.target].obstacles:
                continue
            finding = _changed(group, wave.wave_number, before, frozenset(now.get(group_id, ())), earlier.execution_id)
            if finding is not None:
                yield finding


def _changed(
    group: ProtectionGroup, wave_number: int, before: frozenset[str], now: frozenset[str], execution_id: str
) -> Finding | None:
    gained, lost = sorted(now - before), sorted(before - now)
    if not gained and not lost:
        return None
    has_shrunk = 2 * len(now) < len(before)
    words = f"{counted(len(now), 'server')} now{', less than half,' if has_shrunk else ''} and had {len(before)}"
    return warning_at(
        group.target,
        FindingCode.GROUP_SHRUNK if has_shrunk else FindingCode.SERVERS_CHANGED,
        f"group {group.group_name} has {words} in execution {execution_id}: {len(gained)} gained, {len(lost)} lost",
        group_id=group.group_id,
        group_name=group.group_name,
        wave_number=wave_number,
        server_ids=(*gained[:NAMED], *lost[:NAMED]),
        details={
            "executionId": execution_id,
            "serversBefore": len(before),
            "serversNow": len(now),
            "gainedCount": len(gained),
            "lostCount": len(lost),
            "gained": gained[:NAMED],
            "lost": lost[:NAMED],
        },
    )
