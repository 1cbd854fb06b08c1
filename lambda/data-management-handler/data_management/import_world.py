"""What the groups of a document are held against: asked once for all of them, everywhere at once.

Whoever is silent costs half of the time at most, and the groups of the others have the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from data_management.app import ConfigurationApp
from data_management.group_checks import FindServers, GroupWorld, drs_servers, new_settings
from data_management.import_content import ReadDocument, ReadGroup
from shared.aws.calls import ENDPOINT_UNREACHABLE
from shared.aws.choice_ports import Ec2LookupsPort
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.ec2 import HeldAddress, SecurityGroup, Subnet, SubnetAddress
from shared.models.prepared_instance import PreparedInstance
from shared.models.targets import Target
from shared.patience import part_of_patience
from shared.said_settings import Kind, Named, named_in, new_in
from shared.services.launch_config_checks import Found, LaunchWorld, lookups
from shared.services.reachability import PLACES_AT_ONCE, Silence, ask_everywhere

_Servers: TypeAlias = Mapping[str, Mapping[str, str]] | CrossAccountError | DrsServiceError
_Things: TypeAlias = Found | CrossAccountError | DrsServiceError

Key = TypeVar("Key", bound=Hashable)


def world_of_document(document: ReadDocument, app: ConfigurationApp, *, updates: bool) -> GroupWorld:
    """Answers for each group by what was asked for all that will be stored.

    It takes settings for servers that the tags of a group do not select: whoever loses the tags keeps them, and what
    was exported like that is to be had again.
    """
    groups = [item for item in document.groups if _will_be_stored(item, updates=updates)]
    lookups = ForeseenLookups(app.ec2_choices, _named(groups))
    launches = LaunchWorld(ec2=lookups, drs=app.drs, groups=app.groups)
    return GroupWorld(_servers_of(groups, app), launches, takes_strangers=True)


def _will_be_stored(item: ReadGroup, *, updates: bool) -> bool:
    return bool(item.fields and item.target and (updates or not item.existing) and not item.unresolved)


def _servers_of(groups: Sequence[ReadGroup], app: ConfigurationApp) -> FindServers:
    wanted: dict[Target, set[str]] = {}
    for item in groups:
        if item.fields and item.target:
            own = new_settings(item.fields, item.existing).values()
            wanted.setdefault(item.target, set()).update(item.fields.source_server_ids, own)
    answers: dict[Target, _Servers] = {}

    def find(target: Target, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        if target not in answers:
            wanted.setdefault(target, set()).update(ids)
            unasked = {each: named for each, named in wanted.items() if named and each not in answers}
            answers.update(_known_servers(unasked, app))
        answer = answers[target]
        if isinstance(answer, CrossAccountError | DrsServiceError):
            raise answer
        return answer

    return find


def _known_servers(wanted: Mapping[Target, Collection[str]], app: ConfigurationApp) -> Mapping[Target, _Servers]:
    find_servers = drs_servers(app)

    def ask(target: Target) -> _Servers:
        try:
            return find_servers(target, sorted(wanted[target]))
        except (CrossAccountError, DrsServiceError) as error:
            return error

    return ask_everywhere(wanted, ask, _silent, workers=PLACES_AT_ONCE, patience=part_of_patience(is_last=False))


def _silent(silence: Silence) -> DrsServiceError:
    return DrsServiceError(
        silence.finding.message,
        drsCode=ENDPOINT_UNREACHABLE,
        accountId=silence.target.account_id,
        region=silence.target.region,
    )


def _named(groups: Sequence[ReadGroup]) -> dict[Target, Named]:
    """What the launch settings of all groups name that is to be looked up, by account and region."""
    found: dict[Target, Named] = {}
    for item in groups:
        said = new_in(item.fields, item.existing) if item.fields else ()
        if said and item.target:
            found[item.target] = found.get(item.target, Named()) | named_in(said)
    return found


class ForeseenLookups:
    """Looks up everything that is named in a document when the first of it is asked for.

    An error befalls those who ask for what could not be looked up, and nobody else.
    """

    def __init__(self, ec2: Ec2LookupsPort, named: Mapping[Target, Named]) -> None:
        self._ec2 = ec2
        self._named = named
        self._answers: Mapping[Target, Mapping[Kind, _Things]] | None = None

    def subnets(self, target: Target, ids: Collection[str]) -> Mapping[str, Subnet]:
        """The subnets by id."""
        return self._those(target, Kind.SUBNETS, ids)

    def security_groups(self, target: Target, ids: Collection[str]) -> Mapping[str, SecurityGroup]:
        """The security groups by id."""
        return self._those(target, Kind.SECURITY_GROUPS, ids)

    def zones_offering(self, target: Target, types: Collection[str]) -> Mapping[str, frozenset[str]]:
        """The availability zones that offer each type of instance."""
        return self._those(target, Kind.TYPES, types)

    def instance_profiles(self, target: Target, names: Collection[str]) -> frozenset[str]:
        """The names for which there is an instance profile."""
        return frozenset(self._those(target, Kind.PROFILES, names))

    def held_addresses(self, target: Target, addresses: Collection[SubnetAddress]) -> tuple[HeldAddress, ...]:
        """Those of the addresses that network interfaces have."""
        return tuple(self._those(target, Kind.ADDRESSES, addresses).values())

    def instances(self, target: Target, ids: Collection[str]) -> Mapping[str, PreparedInstance]:
        """The instances by id; what no document names is asked for alone."""
        foreseen = self._named[target].instances if target in self._named else frozenset()
        others = set(ids) - foreseen
        found = self._ec2.instances(target, others) if others else {}
        return {**self._those(target, Kind.INSTANCES, foreseen.intersection(ids)), **found}

    def _those(self, target: Target, kind: Kind, keys: Collection[Key]) -> dict[Key, Any]:
        if not keys:
            return {}
        if self._answers is None:
            self._answers = self._look()
        answer = self._answers[target][kind]
        if isinstance(answer, CrossAccountError | DrsServiceError):
            raise answer
        return {key: answer[key] for key in keys if key in answer}

    def _look(self) -> Mapping[Target, Mapping[Kind, _Things]]:
        return ask_everywhere(
            self._named, self._ask, _nothing, workers=PLACES_AT_ONCE, patience=part_of_patience(is_last=False)
        )

    def _ask(self, target: Target) -> Mapping[Kind, _Things]:
        answers: dict[Kind, _Things] = {}
        for kind, ask in lookups(target, self._named[target], self._ec2).items():
            try:
                answers[kind] = ask()
            except (CrossAccountError, DrsServiceError) as error:
                answers[kind] = error
        return answers


def _nothing(silence: Silence) -> Mapping[Kind, _Things]:
    return dict.fromkeys(Kind, _silent(silence))
