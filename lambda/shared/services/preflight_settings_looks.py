"""What DRS and EC2 have of the launch settings of a plan's servers now, as far as a preflight has the time to look.

In each account and region a few servers are looked at, which takes three calls one after the other: one that answers
shows that all can be looked at before they are launched; if none does, nobody can. Then follow, as long as there is
time, those of groups that launch nobody who differs, and those of which something was refused. What was found of some
counts, whatever becomes of the others.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, Protocol

from shared.launch_config_overlays import PutBack, drill_overlays
from shared.launch_config_records import Brought, in_words, lasts, written_address
from shared.launch_config_rules import INTERFACE_FIELDS, EffectiveConfig, differences, effective_configs
from shared.launch_into_rules import wanted_instances
from shared.models.finding import FindingReason
from shared.models.launch_config_state import ConfigOutcome, ConfigStatus, DriftPolicy, ServerConfigState
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import ServerKey, Target
from shared.models.temporary_settings import TemporarySettings
from shared.patience import Throttle, answers_of, hearing_throttles, words_of
from shared.plan_resolution import Resolution
from shared.services.launch_config_bringing import bring
from shared.services.launch_config_orders import BringingDeps, How, Wanted
from shared.services.preflight_time import PreflightTime
from shared.services.reachability import obstacle_of

FEW: Final = 4
"""So many servers of an account and region are looked at first: as many as are read side by side."""

MORE: Final = 25
"""So many of those that are to be looked at one by one follow at a time."""

_SILENT: Final = "no answer came in time"


class ConfigStates(Protocol):
    """What is known of the launch settings of servers."""

    def states(self, servers: Sequence[ServerKey]) -> Mapping[ServerKey, ServerConfigState]:
        """How those of the servers stand of which anything is known."""
        ...


class LeftSettings(Protocol):
    """What earlier executions have left of the launch settings of servers."""

    def temporary_settings(self, servers: Collection[ServerKey]) -> Iterable[TemporarySettings]:
        """Of those of these servers that have any."""
        ...


class KnownOfSettings(Protocol):
    """What it takes to look; `workers` bounds the accounts and regions that are looked at at once."""

    @property
    def configs(self) -> ConfigStates:
        """What is known."""
        ...

    @property
    def earlier(self) -> LeftSettings:
        """What is left."""
        ...

    @property
    def bringing(self) -> BringingDeps:
        """DRS and EC2."""
        ...

    @property
    def workers(self) -> int:
        """At most so many at once."""
        ...


@dataclass(frozen=True, slots=True)
class Unread:
    """Why nothing was found of a server."""

    why: str
    reason: FindingReason | None = None


@dataclass(frozen=True, slots=True)
class SettingsSeen:
    """What the groups say of their servers, what is known of it, what a look has found, and where none was possible.

    `members` are the servers by their groups. `configs` are those of servers of which anything is to be applied;
    `releasing` those of which only a static address is to go that was written before. `lent` are those that have other
    settings for this execution only, `left` is what earlier ones have left.
    """

    members: Mapping[str, Sequence[ServerKey]] = field(default_factory=dict)
    configs: Mapping[ServerKey, EffectiveConfig] = field(default_factory=dict)
    states: Mapping[ServerKey, ServerConfigState] = field(default_factory=dict)
    found: Mapping[ServerKey, Brought] = field(default_factory=dict)
    unread: Mapping[ServerKey, Unread] = field(default_factory=dict)
    releasing: frozenset[ServerKey] = frozenset()
    lent: frozenset[ServerKey] = frozenset()
    left: Sequence[TemporarySettings] = ()


@dataclass(frozen=True, slots=True)
class _Member:
    """A server of a group that is looked at before it is launched."""

    server: ServerKey
    group: ProtectionGroup
    config: EffectiveConfig
    state: ServerConfigState | None

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.config, written_address(self.state))

    @property
    def is_to_be_seen(self) -> bool:
        """Whether it matters how this one is, and not only whether anybody can look."""
        was_refused = self.state is not None and self.state.status is ConfigStatus.FAILED and lasts(self.state.code)
        return self.group.drift_policy is DriftPolicy.BLOCK or was_refused

    @property
    def order(self) -> tuple[bool, ServerKey]:
        """Who is to be looked at first."""
        return not self.is_to_be_seen, self.server


def look_at_settings(
    groups: Mapping[str, ProtectionGroup],
    resolution: Resolution,
    known: KnownOfSettings,
    places: Iterable[Target],
    *,
    is_drill: bool,
    time: PreflightTime,
) -> SettingsSeen:
    """Look at them as long as there is time, in these accounts and regions; nothing is written."""
    by_group = _servers_by_group(resolution)
    keys = sorted({server for servers in by_group.values() for server in servers})
    states, left = known.configs.states(keys), tuple(known.earlier.temporary_settings(frozenset(keys)))
    configs, lent, members = dict[ServerKey, EffectiveConfig](), set[ServerKey](), list[_Member]()
    releasing = set[ServerKey]()
    for group_id, servers in by_group.items():
        group, ids = groups[group_id], [server.source_server_id for server in servers]
        meant, otherwise = effective_configs(group, ids), _lent(group, ids, is_drill=is_drill)
        for server in servers:
            config, state = meant[server.source_server_id], states.get(server)
            if not config.settings and written_address(state):
                releasing.add(server)
            if config.settings or server in releasing:
                configs[server] = config
            if server.source_server_id in otherwise:
                lent.add(server)
            if server in configs or server in lent:
                members.append(_Member(server, group, config, state))
    open_places = set(places)
    found, unread = _look([member for member in members if member.server.target in open_places], known, time.rest)
    wanted = {member.server: member.wanted for member in members}
    found |= {row.server: _restored(found[row.server], row, wanted[row.server]) for row in left if row.server in found}
    return SettingsSeen(by_group, configs, states, found, unread, frozenset(releasing), frozenset(lent), left)


def _look(
    members: Sequence[_Member], known: KnownOfSettings, patience: float
) -> tuple[dict[ServerKey, Brought], dict[ServerKey, Unread]]:
    """What was found, and of whom nothing could be."""
    by_place: dict[Target, list[_Member]] = {}
    for member in sorted(members, key=lambda member: member.order):
        by_place.setdefault(member.server.target, []).append(member)
    deps = known.bringing
    until = deps.clock.now() + deps.clock.wall(patience)
    looks = {target: _Look(target, How(DriftPolicy.WARN, until=until), deps) for target in by_place}
    questions = {target: partial(look.take, by_place[target]) for target, look in looks.items()}
    if questions:
        answers_of(questions, workers=known.workers, seconds=patience)
    found, unread = dict[ServerKey, Brought](), dict[ServerKey, Unread]()
    for target, look in looks.items():
        # one that is still under way is not waited for: what it finds from now on is not looked at
        answered = dict(look.answered)
        seen = {key: brought for key, brought in answered.items() if _is_told(brought)}
        failed = {key: _unread(target, brought) for key, brought in answered.items() if key not in seen}
        found |= seen
        # where nobody can be looked at, the others cannot either
        others = (each.server for each in by_place[target] if each.is_to_be_seen or not seen)
        why = look.silence if seen else next(iter(failed.values()), look.silence)
        unread |= {key: why for key in others if key not in seen} | failed
    return found, unread


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at servers of an account and region; `answered` is what was found so far.

    `throttles` are the calls of which AWS wanted fewer.
    """

    target: Target
    how: How
    deps: BringingDeps
    answered: dict[ServerKey, Brought] = field(default_factory=dict)
    throttles: list[Throttle] = field(default_factory=list)

    @property
    def silence(self) -> Unread:
        """Why those are not looked at of which nothing was answered."""
        if self.throttles:
            return Unread(words_of(self.throttles), FindingReason.THROTTLED)
        return Unread(_SILENT, FindingReason.NO_ANSWER)

    def take(self, members: Sequence[_Member]) -> None:
        """At a few, then at those that are to be seen, until nothing is answered any more."""
        others = [member for member in members[FEW:] if member.is_to_be_seen]
        parts = [members[:FEW], *(others[start : start + MORE] for start in range(0, len(others), MORE))]
        for part in parts:
            wanted = {member.server.source_server_id: member.wanted for member in part}
            keys = {member.server.source_server_id: member.server for member in part}
            with hearing_throttles(self.throttles):
                answered = bring(self.target, wanted, self.how, self.deps)
            self.answered.update({keys[name]: brought for name, brought in answered.items()})
            if not any(map(_is_told, answered.values())):
                return


def _restored(brought: Brought, row: TemporarySettings, wanted: Wanted) -> Brought:
    """What was found of a server, as it will be once what an execution has left of it is what it was before.

    That alone is no difference: what others have changed is, also in one of its fields.
    """
    if brought.outcome is ConfigOutcome.FAILED:
        return brought
    then = {**brought.found, **PutBack(row).goals(brought.found)}
    settings = {name: value for name, value in then.items() if value is not None}
    told = differences(wanted.goals(settings), settings)
    if not told:
        return replace(brought, outcome=ConfigOutcome.UNCHANGED, differences=(), code="", reason="")
    drifted = replace(brought, outcome=ConfigOutcome.DRIFTED, differences=told)
    # what is in the way of a repair is in that of the interface
    is_hindered = any(each.field in INTERFACE_FIELDS for each in told)
    return drifted if is_hindered else replace(drifted, code="", reason="")


def _unread(target: Target, brought: Brought) -> Unread:
    reason = obstacle_of(target, brought.error).reason if brought.error is not None else None
    return Unread(in_words(brought.reason, brought.code), reason)


def _is_told(brought: Brought) -> bool:
    """Whether something was found, if only that there is nothing."""
    return brought.outcome is not ConfigOutcome.FAILED or lasts(brought.code)


def _lent(group: ProtectionGroup, server_ids: Sequence[str], *, is_drill: bool) -> set[str]:
    """Those that are launched otherwise for the time of this execution only."""
    elsewhere = drill_overlays(group, server_ids) if is_drill else {}
    return {*elsewhere, *wanted_instances(group, server_ids, is_drill=is_drill)}


def _servers_by_group(resolution: Resolution) -> dict[str, list[ServerKey]]:
    by_group: dict[str, list[ServerKey]] = {}
    for wave in resolution.servers_by_wave.values():
        for member in wave:
            by_group.setdefault(member.group_id, []).append(member.server)
    return by_group
