"""Whether EC2 and IAM have what a plan's servers are launched with: a few calls for each place, all side by side.

What nobody says of a server stays as DRS has it, and is not looked at; what an instance that is launched into has is
its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, Protocol, TypeAlias, TypeVar

from shared.aws.choice_ports import LaunchLookupsPort
from shared.check_table import Checked
from shared.errors import CrossAccountError, DrsServiceError
from shared.launch_config_overlays import drill_configs
from shared.launch_config_rules import EffectiveConfig, effective_configs
from shared.launch_into_rules import wanted_instances
from shared.launch_readiness import RESTS_ON, Crowd, Launch, check_crowd, check_launches, checks_of, crowds
from shared.models.finding import Finding, FindingCode, FindingReason, Outcome, unknown_at
from shared.models.launch_config import ServerLaunchConfig
from shared.models.prepared_instance import PreparedInstance
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan
from shared.models.targets import ServerKey, Target
from shared.patience import answers_of
from shared.plan_resolution import Resolution, TargetView
from shared.said_settings import Kind, Named, named_in
from shared.services.launch_config_checks import Found, lookups, seen_world
from shared.services.reachability import obstacle_of

Answer = TypeVar("Answer")

_Subject: TypeAlias = tuple[Target, str]
"""An account and region, and what is asked about there: a kind of what settings name, or a subnet."""

_UNREAD: Final = FindingCode.SUBNET_ADDRESSES
"""Of what could not be read, until it is told of each check that rests on it."""


class LooksUp(Protocol):
    """What it takes to look; `workers` bounds the calls that are made at once."""

    @property
    def ec2(self) -> LaunchLookupsPort:
        """What there is for launches."""
        ...

    @property
    def workers(self) -> int:
        """At most so many calls at once."""
        ...


@dataclass(frozen=True, slots=True)
class _Place:
    """What is launched in an account and region, and what it names."""

    launches: tuple[Launch, ...]
    named: Named
    launched_at: Mapping[str, datetime | None]
    """When DRS was last told to launch the servers."""

    @property
    def replaced(self) -> frozenset[str]:
        """The instances of before on which it depends what addresses there are."""
        return frozenset(one.replaces for one in self.launches if one.replaces and self.named.subnets)

    def keeping(self, found: Mapping[str, PreparedInstance]) -> tuple[Launch, ...]:
        """What is launched, where those of these instances stay that were there before."""
        return tuple(replace(one, replaces=None) if self._stays(one, found) else one for one in self.launches)

    def _stays(self, launch: Launch, found: Mapping[str, PreparedInstance]) -> bool:
        instance = found.get(launch.replaces or "")
        return instance is not None and instance.stays(self.launched_at.get(launch.server_id))


def says_settings(group: ProtectionGroup, *, is_drill: bool) -> bool:
    """Whether anything is said of how servers of the group are launched."""
    said = [group.launch_config, *(own.launch_template for own in group.servers)]
    if is_drill:
        said += [group.drill_launch_config, *(own.drill_launch_template for own in group.servers)]
    return any(config is not None for config in said)


def launched_anew(
    groups: Mapping[str, ProtectionGroup], resolution: Resolution, *, is_drill: bool
) -> dict[ServerKey, EffectiveConfig]:
    """What each server is launched with that is not launched into an instance which is there already."""

    def of_group(group: ProtectionGroup, server_ids: Sequence[str]) -> Mapping[str, EffectiveConfig]:
        into = wanted_instances(group, server_ids, is_drill=is_drill)
        anew = [server_id for server_id in server_ids if server_id not in into]
        return drill_configs(group, anew) if is_drill else effective_configs(group, anew)

    return _configs(groups, resolution, of_group)


def _configs(
    groups: Mapping[str, ProtectionGroup],
    resolution: Resolution,
    of_group: Callable[[ProtectionGroup, Sequence[str]], Mapping[str, EffectiveConfig]],
) -> dict[ServerKey, EffectiveConfig]:
    members: dict[str, list[ServerKey]] = {}
    for wave in resolution.servers_by_wave.values():
        for found in wave:
            members.setdefault(found.group_id, []).append(found.server)
    configs: dict[ServerKey, EffectiveConfig] = {}
    for group_id, keys in members.items():
        found_of = of_group(groups[group_id], [key.source_server_id for key in keys])
        configs |= {key: found_of[key.source_server_id] for key in keys if key.source_server_id in found_of}
    return configs


def check_launches_of_plan(
    plan: RecoveryPlan,
    resolution: Resolution,
    configs: Mapping[ServerKey, EffectiveConfig],
    views: Mapping[Target, TargetView],
    deps: LooksUp,
    *,
    patience: float,
) -> Checked:
    """A FAIL for everything that cannot be had; UNKNOWN is what could not be looked up within so many real seconds.

    `configs` are what the servers are effectively launched with. Where nobody gets in nothing is asked.
    """
    until = time.monotonic() + patience
    places = _places(resolution, configs, views)
    open_places = {target: place for target, place in places.items() if not views[target].obstacles}
    answers = _ask(
        {
            (target, kind.value): ask
            for target, place in open_places.items()
            for kind, ask in _lookups(target, place, deps.ec2).items()
        },
        deps,
        patience,
    )
    found, full = list[Finding](), dict[_Subject, Crowd]()
    for target, place in open_places.items():
        of_place = {Kind(what): answer for (where, what), answer in answers.items() if where == target}
        unread = {kind: answer for kind, answer in of_place.items() if isinstance(answer, Finding)}
        there = {kind: answer for kind, answer in of_place.items() if not isinstance(answer, Finding)}
        launches = place.keeping(there.get(Kind.REPLACED, {}))
        seen = seen_world(target, there, _replaced_by(launches))
        found += check_launches(launches, seen, unread, checks_of(place.named))
        full |= {(target, crowd.subnet.subnet_id): crowd for crowd in crowds(launches, seen)}
    names = {wave.wave_number: wave.wave_name for wave in plan.waves}
    found += _of_crowds(full, names, deps, max(0.0, until - time.monotonic()))
    return Checked(tuple(found), {target: _codes(target, place, found) for target, place in places.items()})


def _replaced_by(launches: Iterable[Launch]) -> dict[str, frozenset[str]]:
    """The instances that launches replace, by server."""
    return {one.server_id: frozenset({one.replaces}) for one in launches if one.replaces}


def _lookups(target: Target, place: _Place, ec2: LaunchLookupsPort) -> dict[Kind, Callable[[], Found]]:
    """What is asked about there: also whether the instances of before are such as launches replace."""
    found, ids = lookups(target, place.named, ec2), place.replaced
    return {**found, Kind.REPLACED: lambda: ec2.instances(target, ids)} if ids else found


def _codes(target: Target, place: _Place, found: Iterable[Finding]) -> tuple[FindingCode, ...]:
    """What was checked there: what it names gave reason to, and what was found without."""
    told = {each.code for each in found if (each.account_id, each.region) == (target.account_id, target.region)}
    return tuple(code for code in RESTS_ON if code in {*checks_of(place.named), *told})


def _places(
    resolution: Resolution, configs: Mapping[ServerKey, EffectiveConfig], views: Mapping[Target, TargetView]
) -> dict[Target, _Place]:
    """The servers whose settings name something, each by the first wave that launches it."""
    launches: dict[Target, dict[ServerKey, Launch]] = {}
    for number, wave in sorted(resolution.servers_by_wave.items()):
        for member in wave:
            key, config = member.server, configs.get(member.server)
            if config is not None and config.settings:
                settings = ServerLaunchConfig.model_validate(config.settings)
                server = views[key.target].servers.get(key.source_server_id)
                replaces = None if server is None else server.recovery_instance_id
                source = None if server is None else server.private_address
                launch = Launch(number, key.source_server_id, member.name, settings, replaces, source)
                launches.setdefault(key.target, {}).setdefault(key, launch)
    return {target: _place(of_place.values(), views[target]) for target, of_place in sorted(launches.items())}


def _place(launches: Iterable[Launch], view: TargetView) -> _Place:
    made = tuple(launches)
    known = (view.servers.get(one.server_id) for one in made)
    launched_at = {server.source_server_id: server.last_launch_initiated_at for server in known if server is not None}
    return _Place(made, named_in(one.said for one in made), launched_at)


def _of_crowds(
    full: Mapping[_Subject, Crowd], names: Mapping[int, str | None], deps: LooksUp, patience: float
) -> Iterator[Finding]:
    """What is to be said of subnets without room; EC2 is asked for the instances there that launches replace."""
    questions = {
        (target, subnet_id): partial(deps.ec2.addresses_of_instances, target, {subnet_id}, crowd.replaced)
        for (target, subnet_id), crowd in full.items()
        if crowd.replaced and check_crowd(target, crowd, (), names) is not None
    }
    held = _ask(questions, deps, patience)
    for subject, crowd in full.items():
        answer = held.get(subject, ())
        if isinstance(answer, Finding):
            yield answer
        elif (finding := check_crowd(subject[0], crowd, answer, names)) is not None:
            yield finding


def _ask(
    questions: Mapping[_Subject, Callable[[], Answer]], deps: LooksUp, patience: float
) -> dict[_Subject, Answer | Finding]:
    """What is answered, and in the place of what is not the finding that says so."""
    asked = {subject: partial(_answer, subject, ask) for subject, ask in questions.items()}
    answers = answers_of(asked, workers=deps.workers, seconds=patience) if asked else {}
    return {subject: answers[subject] if subject in answers else _silence(subject) for subject in asked}


def _answer(subject: _Subject, ask: Callable[[], Answer]) -> Answer | Finding:
    try:
        return ask()
    except (CrossAccountError, DrsServiceError) as error:
        found = obstacle_of(subject[0], error, _UNREAD)
        return found.model_copy(update={"code": _UNREAD, "outcome": Outcome.UNKNOWN})


def _silence(subject: _Subject) -> Finding:
    target, what = subject
    message = f"the {what} of launch settings in {target} could not be checked: no answer came in time"
    return unknown_at(target, _UNREAD, message, reason=FindingReason.NO_ANSWER)
