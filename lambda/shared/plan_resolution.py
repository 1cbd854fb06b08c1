"""Which servers each wave of a plan recovers, from what the accounts and regions said just now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.conflict_detection import query_drs_servers_by_tags
from shared.drs_limits import DOCUMENTED, DrsQuotas, validate_server_states
from shared.models.drs import Job, SourceServer
from shared.models.finding import Finding, FindingCode, failure_at, unknown_at, warning_at
from shared.models.plan_check import ResolvedServer
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan, Wave, wave_words
from shared.models.targets import ServerKey, Target


@dataclass(frozen=True, slots=True)
class TargetView:
    """What one account and region said; `obstacles` say why it could not be asked, then the rest is empty."""

    target: Target
    servers: Mapping[str, SourceServer]
    jobs: tuple[Job, ...] = ()
    obstacles: tuple[Finding, ...] = ()
    limits: DrsQuotas = DOCUMENTED


@dataclass(frozen=True, slots=True)
class Resolution:
    """The servers of each wave, each once and in the order of their keys, and what is wrong with them."""

    servers_by_wave: Mapping[int, tuple[ResolvedServer, ...]]
    findings: tuple[Finding, ...]


def resolve_waves(
    plan: RecoveryPlan, groups: Mapping[str, ProtectionGroup], views: Mapping[Target, TargetView]
) -> Resolution:
    """The servers of every wave as they are now; of places that could not be asked those that groups list by id."""
    findings: list[Finding] = []
    waves: dict[int, dict[ServerKey, ResolvedServer]] = {}
    places: dict[ServerKey, list[tuple[Wave, ProtectionGroup]]] = {}
    for wave in sorted(plan.waves, key=lambda each: each.wave_number):
        servers = waves.setdefault(wave.wave_number, {})
        for group_id in wave.protection_group_ids:
            group = groups.get(group_id)
            if group is None:
                findings.append(_unknown_group(wave, group_id))
                continue
            members, found = _members(wave, group, views[group.target])
            findings.extend(found)
            for member in members:
                key = _key(group.target, member)
                servers.setdefault(key, _resolved(key, member, group))
                places.setdefault(key, []).append((wave, group))
    findings.extend(_overlaps(places))
    ordered = {number: tuple(servers[key] for key in sorted(servers)) for number, servers in waves.items()}
    return Resolution(ordered, tuple(findings))


def _members(
    wave: Wave, group: ProtectionGroup, view: TargetView
) -> tuple[tuple[SourceServer, ...], tuple[Finding, ...]]:
    place = {"group_id": group.group_id, "group_name": group.group_name, "wave_number": wave.wave_number}
    if not group.source_server_ids and not group.server_selection_tags:
        message = f"protection group {group.group_name} holds no servers"
        return (), (failure_at(view.target, FindingCode.EMPTY_GROUP, message, **place),)
    if view.obstacles:
        if group.server_selection_tags:
            return (), (_not_resolved(group, place),)
        return tuple(SourceServer(source_server_id=each, arn="") for each in group.source_server_ids), ()
    if group.server_selection_tags:
        members = query_drs_servers_by_tags(view.servers.values(), group.server_selection_tags)
        findings = () if members else (_no_match(group, place),)
    else:
        members = tuple(view.servers[each] for each in group.source_server_ids if each in view.servers)
        missing = tuple(sorted(each for each in set(group.source_server_ids) if each not in view.servers))
        findings = (_missing(group, missing, place),) if missing else ()
    return members, (*findings, *validate_server_states(view.target, members, **place))


def _overlaps(places: Mapping[ServerKey, Iterable[tuple[Wave, ProtectionGroup]]]) -> list[Finding]:
    found = []
    for key, listed in sorted(places.items(), key=lambda entry: entry[0]):
        groups = list(dict.fromkeys(group.group_name for _, group in listed))
        names = {wave.wave_number: wave.wave_name for wave, _ in listed}
        waves = sorted(names)
        if len(waves) > 1:
            words = " and ".join(wave_words(number, names[number]) for number in waves)
            found.append(
                failure_at(
                    key.target,
                    FindingCode.SERVER_IN_TWO_WAVES,
                    f"server {key.source_server_id} belongs to {words} through the groups {', '.join(groups)}",
                    wave_number=waves[-1],
                    server_ids=(key.source_server_id,),
                    details={"waveNumbers": waves, "groupNames": groups},
                )
            )
        elif len(groups) > 1:
            found.append(
                warning_at(
                    key.target,
                    FindingCode.SERVER_IN_TWO_GROUPS,
                    f"server {key.source_server_id} belongs to the groups {', '.join(groups)}: it is recovered once, "
                    f"with the launch settings of {groups[0]}, which the wave names first",
                    wave_number=waves[0],
                    server_ids=(key.source_server_id,),
                    details={"groupNames": groups, "settingsGroupName": groups[0]},
                )
            )
    return found


def _key(target: Target, server: SourceServer) -> ServerKey:
    return ServerKey(account_id=target.account_id, region=target.region, source_server_id=server.source_server_id)


def _resolved(key: ServerKey, server: SourceServer, group: ProtectionGroup) -> ResolvedServer:
    name = server.hostname or server.tags.get("Name", "") or server.source_server_id
    return ResolvedServer(server=key, name=name, staging=server.staging_server, group_id=group.group_id)


def _unknown_group(wave: Wave, group_id: str) -> Finding:
    return failure_at(
        None,
        FindingCode.GROUP_NOT_FOUND,
        f"protection group {group_id} of {wave_words(wave.wave_number, wave.wave_name)} does not exist",
        group_id=group_id,
        wave_number=wave.wave_number,
    )


def _not_resolved(group: ProtectionGroup, place: Mapping[str, object]) -> Finding:
    message = f"which servers carry the tags of group {group.group_name} now, nobody could read in {group.target}"
    return unknown_at(group.target, FindingCode.SERVERS_NOT_RESOLVED, message, **place)


def _no_match(group: ProtectionGroup, place: Mapping[str, object]) -> Finding:
    tags = ", ".join(f"{key}={value}" for key, value in sorted(group.server_selection_tags.items()))
    message = f"no server in {group.target} carries the tags of group {group.group_name}: {tags}"
    return failure_at(group.target, FindingCode.NO_SERVERS_MATCH, message, **place)


def _missing(group: ProtectionGroup, missing: tuple[str, ...], place: Mapping[str, object]) -> Finding:
    message = f"DRS in {group.target} does not know {', '.join(missing)} of group {group.group_name}"
    return failure_at(group.target, FindingCode.SERVER_MISSING, message, server_ids=missing, **place)
