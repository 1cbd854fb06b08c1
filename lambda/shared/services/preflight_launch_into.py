"""Which instances a plan's servers would be launched into, and what stands in the way of it, place by place.

A few calls of EC2 for each account and region, however many servers there are. What nobody could look at is UNKNOWN,
and no start is let through without it: an execution knows from its start which instance is whose.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from shared.aws.choice_ports import LaunchLookupsPort
from shared.aws.ports import DrsPort
from shared.engine.texts import counted
from shared.errors import CrossAccountError, DrsServiceError
from shared.launch_into_rules import Matching, Mismatch, Seen, Wish, match, wants_any
from shared.models.drs import SourceServer
from shared.models.finding import Finding, FindingCode, failure_at, unknown_at
from shared.models.plan_check import ReplacedInstance, ResolvedServer
from shared.models.prepared_instance import ALLOWED, TAG
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import Target, key_in
from shared.plan_resolution import Resolution, TargetView
from shared.services.launch_into import look_at_instances, wishes_in
from shared.services.preflight_launches import launched_anew
from shared.services.preflight_prepared import PreparedPlace, copied_tags, prepared_findings, unread_prepared
from shared.services.preflight_settings_looks import LeftSettings
from shared.services.reachability import ask_everywhere, obstacle_of

CODE: Final = FindingCode.LAUNCH_INTO_TARGET
_TOLD: Final = 5
"""So many faults are in the sentence of a finding; its `details` have all of them."""


@dataclass(frozen=True, slots=True)
class LaunchesInto:
    """What was found, and the instances of the servers of which nothing is wrong.

    `left` are the recovery instances, by account and region, that were there before and that no launch replaces.
    """

    findings: tuple[Finding, ...] = ()
    replaced: tuple[ReplacedInstance, ...] = ()
    left: Mapping[Target, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Place:
    """The servers of an account and region, each once, and what those wish that are to be launched into instances."""

    servers: dict[str, tuple[int, ResolvedServer]] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)

    @property
    def wishing(self) -> tuple[str, ...]:
        """The servers that wish for one."""
        return tuple(sorted(wish.server_id for wish in self.wishes))


class Asks(Protocol):
    """What it takes to look; `workers` bounds the calls that are made at once."""

    @property
    def ec2(self) -> LaunchLookupsPort:
        """What there is of instances."""
        ...

    @property
    def drs(self) -> DrsPort:
        """What DRS was told."""
        ...

    @property
    def earlier(self) -> LeftSettings:
        """What executions have told it."""
        ...

    @property
    def workers(self) -> int:
        """At most so many calls at once."""
        ...


def launches_into(
    groups: Mapping[str, ProtectionGroup],
    resolution: Resolution,
    views: Mapping[Target, TargetView],
    deps: Asks,
    *,
    is_drill: bool,
    patience: float,
) -> LaunchesInto:
    """The instances of a plan's servers, and those that they might take without their group's saying so.

    Where nobody has prepared any, that is one call for each account and region.
    """
    until = time.monotonic() + patience
    places = _places(groups, resolution, views, is_drill=is_drill)
    unasked = {target: place for target, place in places.items() if views[target].obstacles}
    answers = ask_everywhere(
        [target for target in places if target not in unasked],
        lambda target: _look(target, places[target], deps.ec2),
        lambda silence: silence.finding,
        workers=deps.workers,
        patience=patience,
    )
    found = [finding for target, place in unasked.items() for finding in _unasked(target, place)]
    replaced, prepared = list[ReplacedInstance](), dict[Target, PreparedPlace]()
    for target, seen in answers.items():
        place = places[target]
        if isinstance(seen, Finding):
            found += _unread(seen, place)
            continue
        matching = match(place.wishes, seen)
        faults = _faults(matching)
        found += _findings(target, place, faults, groups)
        replaced += _replaced(place, matching, faults)
        prepared[target] = _prepared(target, place, matching, seen, views[target])
    found += _prepared_findings(list(prepared.values()), deps, until)
    found += _copied_tags(groups, resolution, views, is_drill=is_drill)
    return LaunchesInto(
        tuple(found),
        tuple(sorted(replaced, key=lambda one: (one.wave_number, one.server))),
        {target: frozenset(place.left.values()) for target, place in prepared.items()},
    )


def _prepared_findings(places: Sequence[PreparedPlace], deps: Asks, until: float) -> list[Finding]:
    asked = {place.key(server_id) for place in places for server_id in place.asked}
    rows = deps.earlier.temporary_settings(asked) if asked else ()
    left = max(0.0, until - time.monotonic())
    return list(prepared_findings(places, rows, deps.drs, workers=deps.workers, patience=left))


def _copied_tags(
    groups: Mapping[str, ProtectionGroup],
    resolution: Resolution,
    views: Mapping[Target, TargetView],
    *,
    is_drill: bool,
) -> list[Finding]:
    tagged = {
        key_in(target, server.source_server_id): server
        for target, view in views.items()
        for server in view.servers.values()
        if server.tags.get(TAG) == ALLOWED
    }
    return copied_tags(launched_anew(groups, resolution, is_drill=is_drill), tagged) if tagged else []


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
            members.setdefault(found.group_id, {}).setdefault(found.server.source_server_id, (number, found))
    places: dict[Target, _Place] = {}
    for group_id, listed in members.items():
        group = groups[group_id]
        place = places.setdefault(group.target, _Place())
        new = {server_id: member for server_id, member in listed.items() if server_id not in place.servers}
        place.servers |= new
        if wants_any(group, is_drill=is_drill):
            known = views[group.target].servers
            servers = [known.get(each, SourceServer(source_server_id=each, arn="")) for each in new]
            place.wishes += wishes_in(group, servers, is_drill=is_drill)
    return places


def _look(target: Target, place: _Place, ec2: LaunchLookupsPort) -> Seen | Finding:
    try:
        return look_at_instances(target, place.wishes, ec2)
    except (CrossAccountError, DrsServiceError) as error:
        return obstacle_of(target, error)


def _prepared(target: Target, place: _Place, matching: Matching, seen: Seen, view: TargetView) -> PreparedPlace:
    known = {server_id: view.servers[server_id] for server_id in place.servers if server_id in view.servers}
    return PreparedPlace(
        target,
        seen.allowed,
        {server_id: found.name for server_id, (_, found) in place.servers.items()},
        known,
        {server_id: instance.instance_id for server_id, instance in matching.found.items()},
        frozenset(place.wishing),
    )


def _unasked(target: Target, place: _Place) -> Iterator[Finding]:
    """Of a place into which nobody gets: that has its own finding, and so has what depends on it."""
    if place.wishes:
        many = counted(len(place.wishes), "server")
        message = f"the instances into which {many} would be launched in {target} could not be looked at"
        yield unknown_at(target, CODE, message, server_ids=place.wishing)


def _faults(matching: Matching) -> dict[str, list[Mismatch]]:
    faults: dict[str, list[Mismatch]] = {}
    for each in matching.wrong:
        faults.setdefault(each.server_id, []).append(each)
    return faults


def _unread(obstacle: Finding, place: _Place) -> Iterator[Finding]:
    """Of a place that did not answer: whatever was in the way, nobody can take it upon himself if it is wanted."""
    if place.wishes:
        yield obstacle.model_copy(update={"code": CODE})
    yield unread_prepared(obstacle, sorted(place.servers))


def _findings(
    target: Target,
    place: _Place,
    faults: Mapping[str, Sequence[Mismatch]],
    groups: Mapping[str, ProtectionGroup],
) -> Iterator[Finding]:
    by_group: dict[str, list[str]] = {}
    for server_id in faults:
        by_group.setdefault(place.servers[server_id][1].group_id, []).append(server_id)
    for group_id, server_ids in by_group.items():
        told = [each for server_id in server_ids for each in faults[server_id]]
        sentences = [f"{place.servers[each.server_id][1].name or each.server_id}: {each.reason}" for each in told]
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
        wave_number, found = place.servers[server_id]
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
