"""Whether EC2 and IAM have what a plan's servers are launched with: a few calls for each place, all side by side.

What nobody says of a server stays as DRS has it, and is not looked at; what an instance that is launched into has is
its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, TypeAlias, TypeVar

from shared.aws.choice_ports import Ec2ReadinessPort
from shared.errors import CrossAccountError, DrsServiceError
from shared.launch_config_rules import EffectiveConfig, effective_configs
from shared.launch_readiness import RESTS_ON, Crowd, Launch, check_crowd, check_launches, checks_of, crowds
from shared.models.finding import Finding, FindingCode, FindingReason, Outcome, unknown_at
from shared.models.launch_config import ServerLaunchConfig
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan
from shared.models.targets import ServerKey, Target
from shared.patience import answers_of
from shared.plan_resolution import Resolution, TargetView
from shared.said_settings import Kind, Named, named_in
from shared.services.launch_config_checks import lookups, seen_world
from shared.services.reachability import obstacle_of

Answer = TypeVar("Answer")

_Subject: TypeAlias = tuple[Target, str]
"""An account and region, and what is asked about there: a kind of what settings name, or a subnet."""

_UNREAD: Final = FindingCode.SUBNET_ADDRESSES
"""Of what could not be read, until it is told of each check that rests on it."""


_SETTINGS: Final = (FindingCode.LAUNCH_CONFIG_INVALID, FindingCode.LAUNCH_CONFIG_DRIFT)
"""What is checked of settings wherever some are said (`shared.services.preflight_settings`)."""


class LooksUp(Protocol):
    """What it takes to look; `workers` bounds the calls that are made at once."""

    @property
    def ec2(self) -> Ec2ReadinessPort:
        """What there is for launches."""
        ...

    @property
    def workers(self) -> int:
        """At most so many calls at once."""
        ...


@dataclass(frozen=True, slots=True)
class LaunchesChecked:
    """What was found, and what was checked."""

    findings: tuple[Finding, ...] = ()
    codes: tuple[FindingCode, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """What is launched in an account and region, and what it names."""

    launches: tuple[Launch, ...]
    named: Named
    instances: Mapping[str, frozenset[str]]


def says_settings(group: ProtectionGroup) -> bool:
    """Whether anything is said of how servers of the group are launched."""
    return group.launch_config is not None or any(own.launch_template is not None for own in group.servers)


def launched_with(groups: Mapping[str, ProtectionGroup], resolution: Resolution) -> dict[ServerKey, EffectiveConfig]:
    """What each server is effectively launched with."""
    members: dict[str, list[ServerKey]] = {}
    for wave in resolution.servers_by_wave.values():
        for found in wave:
            members.setdefault(found.group_id, []).append(found.server)
    configs: dict[ServerKey, EffectiveConfig] = {}
    for group_id, keys in members.items():
        of_group = effective_configs(groups[group_id], [key.source_server_id for key in keys])
        configs |= {key: of_group[key.source_server_id] for key in keys}
    return configs


def check_launches_of_plan(
    plan: RecoveryPlan,
    resolution: Resolution,
    configs: Mapping[ServerKey, EffectiveConfig],
    views: Mapping[Target, TargetView],
    deps: LooksUp,
    *,
    patience: float,
) -> LaunchesChecked:
    """A FAIL for everything that cannot be had; UNKNOWN is what could not be looked up within so many real seconds.

    `configs` are what the servers are effectively launched with. Where nobody gets in nothing is asked.
    """
    until = time.monotonic() + patience
    places = _places(resolution, configs, views)
    answers = _ask(
        {
            (target, kind.value): ask
            for target, place in places.items()
            if not views[target].obstacles
            for kind, ask in lookups(target, place.named, deps.ec2).items()
        },
        deps,
        patience,
    )
    found, codes, full = list[Finding](), set[FindingCode](), dict[_Subject, Crowd]()
    for target, place in places.items():
        checks = checks_of(place.named)
        codes.update(checks)
        if views[target].obstacles:
            continue
        of_place = {Kind(what): answer for (where, what), answer in answers.items() if where == target}
        unread = {kind: answer for kind, answer in of_place.items() if isinstance(answer, Finding)}
        there = {kind: answer for kind, answer in of_place.items() if not isinstance(answer, Finding)}
        seen = seen_world(target, there, place.instances)
        found += check_launches(place.launches, seen, unread, checks)
        full |= {(target, crowd.subnet.subnet_id): crowd for crowd in crowds(place.launches, seen)}
    names = {wave.wave_number: wave.wave_name for wave in plan.waves}
    found += _of_crowds(full, names, deps, max(0.0, until - time.monotonic()))
    codes.update(each.code for each in found)
    return LaunchesChecked(tuple(found), (*_SETTINGS, *(code for code in RESTS_ON if code in codes)))


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
                launch = Launch(number, key.source_server_id, member.name, settings, replaces)
                launches.setdefault(key.target, {}).setdefault(key, launch)
    return {target: _place(of_place.values()) for target, of_place in sorted(launches.items())}


def _place(launches: Iterable[Launch]) -> _Place:
    made = tuple(one for one in launches if one.settings.launch_into_instance_properties is None)
    instances = {one.server_id: frozenset({one.replaces}) for one in made if one.replaces}
    return _Place(made, named_in(one.said for one in made), instances)


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
