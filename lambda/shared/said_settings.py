"""Launch settings with the place where each was said, and what of them the world must be asked about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeAlias

from pydantic.alias_generators import to_camel

from shared.launch_config_rules import merged
from shared.models.ec2 import SubnetAddress
from shared.models.launch_config import LaunchConfig, ServerLaunchConfig
from shared.models.protection_group import ProtectionGroupFields

DEFAULTS: Final = "launchConfig"
"""The path of what holds for every server of a group that does not say otherwise."""

Question: TypeAlias = tuple[Any, ...]
"""What is asked, and about what: two of the same have the same answer."""


@dataclass(frozen=True, slots=True)
class SaidSettings:
    """The effective settings of one server, or, without its id, of those that say nothing themselves.

    `path` is where it says what it says itself, the fields `own`; all else is said at `defaults`. Questions that are
    `known` were answered before.
    """

    settings: ServerLaunchConfig
    path: str = DEFAULTS
    own: frozenset[str] = frozenset()
    server_id: str | None = None
    defaults: str = DEFAULTS
    known: frozenset[Question] = frozenset()

    def field(self, name: str) -> str:
        """The path of the field in which that is said."""
        return f"{self.path if name in self.own else self.defaults}.{to_camel(name)}".removeprefix(".")

    @property
    def address(self) -> SubnetAddress | None:
        """The static address, if there is one and the subnet is known."""
        settings = self.settings
        if settings.static_private_ip is None or settings.subnet_id is None:
            return None
        return SubnetAddress(subnet_id=settings.subnet_id, address=settings.static_private_ip)

    def asks(self, question: Question | None) -> bool:
        """Whether that is a question, and not answered yet."""
        return question is not None and question not in self.known

    @property
    def of_subnet(self) -> Question | None:
        """Whether the subnet is there."""
        return None if self.settings.subnet_id is None else ("subnet", self.settings.subnet_id)

    @property
    def of_groups(self) -> Question | None:
        """Whether the security groups are there, in the subnet's VPC."""
        groups = self.settings.security_group_ids
        return ("groups", self.settings.subnet_id, groups) if groups else None

    @property
    def of_type(self) -> Question | None:
        """Whether the type is offered where the subnet is."""
        name = self.settings.instance_type
        return None if name is None else ("type", self.settings.subnet_id, name)

    @property
    def of_profile(self) -> Question | None:
        """Whether the instance profile is there."""
        name = self.settings.instance_profile_name
        return None if name is None else ("profile", name)

    @property
    def of_address(self) -> Question | None:
        """Whether the server may have the address."""
        address = self.settings.static_private_ip
        return None if address is None else ("address", self.settings.subnet_id, address, self.server_id)

    @property
    def questions(self) -> frozenset[Question]:
        """Everything that is asked of them."""
        every = (self.of_subnet, self.of_groups, self.of_type, self.of_profile, self.of_address)
        return frozenset(each for each in every if each is not None)

    @property
    def open_questions(self) -> frozenset[Question]:
        """Everything that is not answered yet."""
        return self.questions - self.known

    @property
    def rests_on_subnet(self) -> bool:
        """Whether something is asked that cannot be told without the subnet."""
        return any(question != self.of_profile for question in self.open_questions)


class Kind(StrEnum):
    """Of what settings name."""

    SUBNETS = "subnets"
    SECURITY_GROUPS = "security groups"
    TYPES = "instance types"
    PROFILES = "instance profiles"
    ADDRESSES = "addresses"


@dataclass(frozen=True, slots=True)
class Named:
    """What open questions name that must be looked up."""

    subnets: frozenset[str] = frozenset()
    security_groups: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    addresses: frozenset[SubnetAddress] = frozenset()

    def __or__(self, other: Named) -> Named:
        return Named(
            self.subnets | other.subnets,
            self.security_groups | other.security_groups,
            self.types | other.types,
            self.profiles | other.profiles,
            self.addresses | other.addresses,
        )


def named_in(said: Iterable[SaidSettings]) -> Named:
    """What their open questions name; a subnet by all questions but that about the profile."""
    asked = [(each, each.settings) for each in said]
    return Named(
        subnets=frozenset(
            settings.subnet_id for each, settings in asked if settings.subnet_id and each.rests_on_subnet
        ),
        security_groups=frozenset(
            group_id
            for each, settings in asked
            if each.asks(each.of_groups)
            for group_id in settings.security_group_ids or ()
        ),
        types=frozenset(
            settings.instance_type for each, settings in asked if settings.instance_type and each.asks(each.of_type)
        ),
        profiles=frozenset(
            settings.instance_profile_name
            for each, settings in asked
            if settings.instance_profile_name and each.asks(each.of_profile)
        ),
        addresses=frozenset(each.address for each, _ in asked if each.address and each.asks(each.of_address)),
    )


def effective_settings(group: LaunchConfig | None, own: ServerLaunchConfig | None) -> ServerLaunchConfig:
    """What a server is launched with, as a model; what neither says stays as DRS has it."""
    return ServerLaunchConfig.model_validate(merged(group, own).settings)


def said_by_server(
    server_id: str, own: ServerLaunchConfig, group: LaunchConfig | None, *, path: str, defaults: str = DEFAULTS
) -> SaidSettings:
    """What one server is launched with; `path` is where its own settings are, `defaults` those of its group."""
    says = frozenset(name for name in own.model_fields_set if getattr(own, name) is not None)
    return SaidSettings(effective_settings(group, own), path, says, server_id, defaults)


def said_in(group: ProtectionGroupFields) -> tuple[SaidSettings, ...]:
    """Everything that a group says of how its servers are launched: what holds for all, then what single ones say."""
    defaults = () if group.launch_config is None else (SaidSettings(effective_settings(group.launch_config, None)),)
    return (*defaults, *_said_by_servers(group))


def new_in(group: ProtectionGroupFields, old: ProtectionGroupFields | None) -> tuple[SaidSettings, ...]:
    """What of it must be asked about: nothing that the same group said before of the same account and region."""
    said = said_in(group)
    if old is not None and (old.account_id, old.region) == (group.account_id, group.region):
        known = frozenset(question for each in said_in(old) for question in each.questions)
        said = tuple(replace(each, known=known) for each in said)
    return tuple(each for each in said if each.open_questions)


def addresses_of(group: ProtectionGroupFields) -> dict[SubnetAddress, SaidSettings]:
    """The static addresses of a group, and who says them; of one that is there twice the first."""
    found: dict[SubnetAddress, SaidSettings] = {}
    for each in _said_by_servers(group, with_address=True):
        if each.address is not None:
            found.setdefault(each.address, each)
    return found


def _said_by_servers(group: ProtectionGroupFields, *, with_address: bool = False) -> Iterator[SaidSettings]:
    for position, override in enumerate(group.servers):
        own = override.launch_template
        if own is not None and (own.static_private_ip is not None or not with_address):
            path = f"servers[{position}].launchTemplate"
            yield said_by_server(override.source_server_id, own, group.launch_config, path=path)
