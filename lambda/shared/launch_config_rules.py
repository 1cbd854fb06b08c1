"""Launch settings of a server: what is to be, how that differs from what is, and what is to be written for it.

Settings are JSON by the names of the fields of a launchTemplate; a field that is absent is nobody's business here.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from shared.launch_template_data import same_data, sendable
from shared.models.launch_config import LaunchConfig, RightSizing
from shared.models.launch_config_state import ConfigDifference
from shared.models.launch_template import DrsLaunchConfiguration, TemplateVersion
from shared.models.protection_group import ProtectionGroupFields

Settings: TypeAlias = Mapping[str, Any]

DRS_FIELDS: Final = (
    "copyPrivateIp",
    "copyTags",
    "launchDisposition",
    "licensing",
    "targetInstanceTypeRightSizingMethod",
    "postLaunchEnabled",
    "recoveryMode",
    "launchIntoInstanceProperties",
)
"""What UpdateLaunchConfiguration takes, by the same names."""

TYPE: Final = "instanceType"
PROFILE: Final = "instanceProfileName"
SUBNET: Final = "subnetId"
GROUPS: Final = "securityGroupIds"
ADDRESS: Final = "staticPrivateIp"
RIGHT_SIZING: Final = "targetInstanceTypeRightSizingMethod"
COPY_ADDRESS: Final = "copyPrivateIp"

INTERFACE_FIELDS: Final = (SUBNET, GROUPS, ADDRESS)
"""What goes into the network interface with device index 0."""

TEMPLATE_FIELDS: Final = (TYPE, PROFILE, *INTERFACE_FIELDS)
"""What goes into a version of the server's launch template."""

LAUNCH_INTO: Final = "launchIntoInstanceProperties"
NO_INSTANCE: Final = MappingProxyType({"launchIntoEc2InstanceId": ""})
"""What DRS is told so that it launches into no existing instance any more."""

NOT_TAKEN: Final = "ValidationException"
"""DRS's code for settings that it does not take."""

_INTERFACE_MEMBERS: Final = MappingProxyType({SUBNET: "SubnetId", GROUPS: "Groups", ADDRESS: "PrivateIpAddress"})
_TEMPLATE_MEMBERS: Final = MappingProxyType({TYPE: "InstanceType", PROFILE: "IamInstanceProfile"})
_PLACE: Final = frozenset({"DeviceIndex", "NetworkCardIndex"})
_OWN_GROUPS, _OWN_GROUP_NAMES = "SecurityGroupIds", "SecurityGroups"
"""Groups of the instance itself. EC2 launches nothing that has any beside a network interface."""

IMPLIED_BY_TYPE: Final = "with right-sizing DRS would put another instance type in its place"
IMPLIED_BY_MOVE: Final = "nobody says that a drill in another subnet takes the address of the source there"
IMPLIED_BY_ADDRESS: Final = "a static address cannot be used while DRS copies that of the source"


@dataclass(frozen=True, slots=True)
class EffectiveConfig:
    """What is to be of one server; `implied` tells of fields that nobody set why they are as they are."""

    settings: Settings = field(default_factory=dict)
    implied: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The same for the same settings; empty if there are none."""
        if not self.settings:
            return ""
        text = json.dumps(self.settings, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class FoundConfig:
    """What DRS and the default version of the server's launch template hold."""

    drs: DrsLaunchConfiguration
    version: TemplateVersion

    @property
    def settings(self) -> Settings:
        """All of it, by the names of our fields."""
        return {**self.drs.settings, **settings_of(self.version.data)}


@dataclass(frozen=True, slots=True)
class ConfigWrites:
    """What is to be written: members of UpdateLaunchConfiguration, and of the data of a new template version.

    `without` are members of the data that the new version is not to have.
    """

    drs: Settings = field(default_factory=dict)
    template: Mapping[str, Any] = field(default_factory=dict)
    without: frozenset[str] = frozenset()

    @property
    def any_of_template(self) -> bool:
        """Whether a version is to be made."""
        return bool(self.template or self.without)


def effective_config(group: ProtectionGroupFields, server_id: str) -> EffectiveConfig:
    """The settings of a server: its own over the group's, whatever useGroupDefaults says.

    A field that its own settings have as null is left as DRS has it.
    """
    return effective_configs(group, [server_id])[server_id]


def effective_configs(group: ProtectionGroupFields, server_ids: Sequence[str]) -> dict[str, EffectiveConfig]:
    """The same of many servers."""
    own = {one.source_server_id: one.launch_template for one in group.servers}
    without = merged(group.launch_config, None)
    return {
        server_id: merged(group.launch_config, own[server_id]) if own.get(server_id) else without
        for server_id in server_ids
    }


def merged(*layers: LaunchConfig | None) -> EffectiveConfig:
    """What layers of settings make together, each over those before it, with what follows; an empty list sets nothing.

    Of a server of a group: the group's, then its own. Into which instance it is launched is none of them: that holds
    for an execution (launch_into_rules).
    """
    said: dict[str, Any] = {}
    for layer in layers:
        said |= {} if layer is None else layer.wire()
    settings = {name: value for name, value in said.items() if value is not None and value != []}
    settings.pop(LAUNCH_INTO, None)
    implied = {}
    if TYPE in settings and settings.get(RIGHT_SIZING) != RightSizing.NONE.value:
        settings[RIGHT_SIZING], implied[RIGHT_SIZING] = RightSizing.NONE.value, IMPLIED_BY_TYPE
    if ADDRESS in settings and settings.get(COPY_ADDRESS) is not False:
        settings[COPY_ADDRESS], implied[COPY_ADDRESS] = False, IMPLIED_BY_ADDRESS
    return EffectiveConfig(settings, implied)


def settings_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a template version holds, by the names of our fields; what it does not hold is absent."""
    interface = _first_interface(_with_groups_inside(data)) or {}
    profile = data.get("IamInstanceProfile") or {}
    found = {
        TYPE: data.get("InstanceType"),
        PROFILE: profile.get("Name") or str(profile.get("Arn", "")).rpartition("/")[2],
        SUBNET: interface.get("SubnetId"),
        GROUPS: list(interface.get("Groups") or ()),
        ADDRESS: interface.get("PrivateIpAddress") or _primary_address(interface),
    }
    return {name: value for name, value in found.items() if value}


def differences(goals: Settings, found: Settings) -> tuple[ConfigDifference, ...]:
    """Each field that is to be otherwise than it is, in the order of its name; one that is to go has the goal None."""
    return tuple(
        ConfigDifference(field=name, wanted=value, found=found.get(name))
        for name, value in sorted(goals.items())
        if not same_value(name, value, found.get(name))
    )


def same_value(name: str, one: Any, other: Any) -> bool:
    """Whether two values of a field mean the same; security groups are a set."""
    if name == GROUPS and one is not None and other is not None:
        return sorted(set(one)) == sorted(set(other))
    return bool(one == other)


def address_to_release(wanted: EffectiveConfig, found: Settings, written: str | None) -> bool:
    """Whether the template still has the static address that we wrote and that is not wanted any more.

    Every other field that is not wanted any more stays as it is; an address would keep launches out of other subnets.
    """
    return bool(written) and ADDRESS not in wanted.settings and found.get(ADDRESS) == written


def writes_for(goals: Settings, found: FoundConfig) -> ConfigWrites:
    """What makes the difference go away, and nothing else."""
    differing = {one.field: one.wanted for one in differences(goals, found.settings)}
    drs: dict[str, Any] = {name: differing[name] for name in DRS_FIELDS if name in differing}
    if LAUNCH_INTO in drs and drs[LAUNCH_INTO] is None:
        drs[LAUNCH_INTO] = NO_INSTANCE
    data, template = found.version.data, dict[str, Any]()
    without = {member for name, member in _TEMPLATE_MEMBERS.items() if name in differing and differing[name] is None}
    if differing.get(TYPE) is not None:
        template["InstanceType"] = differing[TYPE]
    if differing.get(PROFILE) is not None:
        template["IamInstanceProfile"] = {"Name": differing[PROFILE]}
    if any(name in differing for name in INTERFACE_FIELDS):
        template["NetworkInterfaces"] = _interfaces(_with_groups_inside(data), differing)
        without |= {member for member in (_OWN_GROUPS, _OWN_GROUP_NAMES) if data.get(member)}
    told = {name: value for name, value in drs.items() if value is not None}
    return ConfigWrites(told, template, frozenset(without))


def loses_groups(goals: Settings, found: FoundConfig) -> bool:
    """Whether the writes would take security groups away that the template has by their names.

    An interface takes ids alone.
    """
    has_names = bool(found.version.data.get(_OWN_GROUP_NAMES)) and GROUPS not in found.settings
    differing = {one.field for one in differences(goals, found.settings)}
    return has_names and GROUPS not in differing and not differing.isdisjoint(INTERFACE_FIELDS)


def _with_groups_inside(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same with the groups of the instance as those of its first interface."""
    groups = data.get(_OWN_GROUPS)
    if not groups:
        return data
    first = dict(_first_interface(data) or {"DeviceIndex": 0})
    first["Groups"] = first.get("Groups") or list(groups)
    rest = {name: value for name, value in data.items() if name != _OWN_GROUPS}
    return {**rest, "NetworkInterfaces": [first, *_other_interfaces(data)]}


def _interfaces(data: Mapping[str, Any], differing: Settings) -> list[dict[str, Any]]:
    """All interfaces, because a list takes the place of the source version's; of the first what is not ours stays."""
    first = _without_ours(differing, _first_interface(data) or {"DeviceIndex": 0})
    for name, member in _INTERFACE_MEMBERS.items():
        if differing.get(name) is not None:
            first[member] = differing[name]
    return [sendable(one) for one in (first, *_other_interfaces(data))]


def _without_ours(fields: Collection[str], interface: Mapping[str, Any]) -> dict[str, Any]:
    """The interface without what these fields stand for."""
    left = dict(interface)
    for name in INTERFACE_FIELDS:
        if name in fields:
            left.pop(_INTERFACE_MEMBERS[name], None)
    if ADDRESS in fields:
        others = [one for one in left.pop("PrivateIpAddresses", None) or () if not one.get("Primary")]
        left |= {"PrivateIpAddresses": others} if others else {}
    return left


def _other_interfaces(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [dict(one) for one in data.get("NetworkInterfaces") or () if not _is_first(one)]


def _first_interface(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((one for one in data.get("NetworkInterfaces") or () if _is_first(one)), None)


def _is_first(interface: Mapping[str, Any]) -> bool:
    return bool(interface.get("DeviceIndex", 0) == 0 and interface.get("NetworkCardIndex", 0) == 0)


def _primary_address(interface: Mapping[str, Any]) -> str | None:
    addresses = interface.get("PrivateIpAddresses") or ()
    return next((one.get("PrivateIpAddress") for one in addresses if one.get("Primary")), None)


def differ_only_in(fields: Collection[str], one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the data of two versions are the same but for what these fields stand for."""
    return same_data(_rest(fields, one), _rest(fields, other))


def _rest(fields: Collection[str], data: Mapping[str, Any]) -> dict[str, Any]:
    gone = {member for name, member in _TEMPLATE_MEMBERS.items() if name in fields}
    gone |= {_OWN_GROUP_NAMES} if GROUPS in fields else set()
    inside = _with_groups_inside(data)
    left = {name: value for name, value in inside.items() if name not in gone}
    if any(name in fields for name in INTERFACE_FIELDS):
        first = _without_ours(fields, _first_interface(inside) or {})
        # an interface of which only its place is said is what an instance has anyway
        is_told = any(name not in _PLACE for name in first)
        left["NetworkInterfaces"] = [*([first] if is_told else []), *_other_interfaces(inside)]
    return left


def is_as_written(before: Mapping[str, Any], writes: ConfigWrites, now: Mapping[str, Any]) -> bool:
    """Whether a version holds what was written over its source, and the rest of its source."""
    kept = {name: value for name, value in before.items() if name not in writes.without}
    return same_data({**kept, **writes.template}, now)
