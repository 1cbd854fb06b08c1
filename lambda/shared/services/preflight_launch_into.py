"""Which instances a plan's servers would be launched into, and what stands in the way of it, place by place.

A few calls of EC2 for each account and region, however many servers there are. What nobody could look at is UNKNOWN,
and no start is let through without it: an execution knows from its start which instance is whose.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.aws.choice_ports import LaunchLookupsPort
from shared.engine.texts import counted
from shared.errors import CrossAccountError, DrsServiceError
from shared.launch_into_rules import Matching, Mismatch, Wish, match, wants_any
from shared.models.drs import SourceServer
from shared.models.finding import Finding, FindingCode, failure_at, unknown_at
from shared.models.plan_check import ReplacedInstance, ResolvedServer
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import Target
from shared.plan_resolution import Resolution, TargetView
from shared.services.launch_into import look_at_instances, wishes_in
from shared.services.reachability import ask_everywhere, obstacle_of

CODE: Final = FindingCode.LAUNCH_INTO_TARGET
_TOLD: Final = 5
"""So many faults are in the sentence of a finding; its `details` have all of them."""


@dataclass(frozen=True, slots=True)
class LaunchesInto:
    """What was found, and the instances of the servers of which nothing is wrong."""

    findings: tuple[Finding, ...] = ()
    replaced: tuple[ReplacedInstance, ...] = ()


@dataclass(slots=True)
class _Place:
    """The servers of an account and region that are to be launched into instances, each once, and what each wishes."""

    members: dict[str, tuple[int, ResolvedServer]] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)


def launches_into(
    groups: Mapping[str, ProtectionGroup],
    resolution: Resolution,
    views: Mapping[Target, TargetView],
    ec2: LaunchLookupsPort,
    *,
    is_drill: bool,
    workers: int,
    patience: float,
) -> LaunchesInto:
    """The instances of a plan's servers; nobody is asked about servers that are launched as ever."""
    places = _places(groups, resolution, views, is_drill=is_drill)
    unasked = {target: place for target, place in places.items() if views[target].obstacles}
    answers = ask_everywhere(
        [target for target in places if target not in unasked],
        lambda target: _asked(target, places[target], groups, ec2),
        lambda silence: _unread(silence.finding),
        workers=workers,
        patience=patience,
    )
    found = [*(_unasked(target, place) for target, place in unasked.items()), *answers.values()]
    return LaunchesInto(
        tuple(finding for each in found for finding in each.findings),
        tuple(sorted((one for each in found for one in each.replaced), key=lambda one: (one.wave_number, one.server))),
    )


def _places(
    groups: Mapping[str, ProtectionGroup],
    resolution: Resolution,
    views: Mapping[Target, TargetView],
    *,
    is_drill: bool,
) -> dict[Target, _Place]:
    members: dict[str, dict[str, tuple[int, ResolvedServer]]] = {}
    for number, wave in sorted(resolution.servers_by_wave.items()):
        for found in wave:
            if wants_any(groups[found.group_id], is_drill=is_drill):
                members.setdefault(found.group_id, {}).setdefault(found.server.source_server_id, (number, found))
    places: dict[Target, _Place] = {}
    for group_id, listed in members.items():
        group = groups[group_id]
        known = views[group.target].servers
        servers = [known.get(each, SourceServer(source_server_id=each, arn="")) for each in listed]
        for wish in wishes_in(group, servers, is_drill=is_drill):
            place = places.setdefault(group.target, _Place())
            if wish.server_id not in place.members:
                place.members[wish.server_id] = listed[wish.server_id]
                place.wishes.append(wish)
    return places


def _unasked(target: Target, place: _Place) -> LaunchesInto:
    """Of a place into which nobody gets: that has its own finding, and so has what depends on it."""
    many = counted(len(place.members), "server")
    message = f"the instances into which {many} would be launched in {target} could not be looked at"
    return LaunchesInto((unknown_at(target, CODE, message, server_ids=tuple(sorted(place.members))),))


def _unread(obstacle: Finding) -> LaunchesInto:
    """Of a place that did not answer: whatever was in the way, nobody can take it upon himself."""
    return LaunchesInto((obstacle.model_copy(update={"code": CODE}),))


def _asked(
    target: Target, place: _Place, groups: Mapping[str, ProtectionGroup], ec2: LaunchLookupsPort
) -> LaunchesInto:
    try:
        matching = match(place.wishes, look_at_instances(target, place.wishes, ec2))
    except (CrossAccountError, DrsServiceError) as error:
        return _unread(obstacle_of(target, error))
    faults: dict[str, list[Mismatch]] = {}
    for each in matching.wrong:
        faults.setdefault(each.server_id, []).append(each)
    return LaunchesInto(tuple(_findings(target, place, faults, groups)), tuple(_replaced(place, matching, faults)))


def _findings(
    target: Target,
    place: _Place,
    faults: Mapping[str, Sequence[Mismatch]],
    groups: Mapping[str, ProtectionGroup],
) -> Iterator[Finding]:
    by_group: dict[str, list[str]] = {}
    for server_id in faults:
        by_group.setdefault(place.members[server_id][1].group_id, []).append(server_id)
    for group_id, server_ids in by_group.items():
        told = [each for server_id in server_ids for each in faults[server_id]]
        sentences = [f"{place.members[each.server_id][1].name or each.server_id}: {each.reason}" for each in told]
        more = f"; and {len(told) - _TOLD:,} more" if len(told) > _TOLD else ""
        name = groups[group_id].group_name
        yield failure_at(
            target,
            CODE,
            f"{counted(len(server_ids), 'server')} of group {name} cannot be launched into an instance: "
            f"{'; '.join(sentences[:_TOLD])}{more}",
            group_id=group_id,
            group_name=name,
            server_ids=tuple(server_ids),
            details={"servers": {server_id: [_told(each) for each in faults[server_id]] for server_id in server_ids}},
        )


def _told(fault: Mismatch) -> dict[str, str]:
    instance = {} if fault.instance_id is None else {"instanceId": fault.instance_id}
    return {"code": fault.code, "reason": fault.reason, **instance}


def _replaced(place: _Place, matching: Matching, faults: Mapping[str, object]) -> Iterator[ReplacedInstance]:
    for server_id, instance in matching.found.items():
        if server_id in faults:
            continue
        wave_number, found = place.members[server_id]
        yield ReplacedInstance(
            source_server_id=server_id,
            server_name=found.name,
            account_id=found.server.account_id,
            region=found.server.region,
            wave_number=wave_number,
            group_id=found.group_id,
            instance_id=instance.instance_id,
            instance_name=instance.name,
            private_address=instance.private_address,
            volume_ids=instance.volume_ids,
        )
