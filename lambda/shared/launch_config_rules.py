"""Launch settings of a server: what is to be, how that differs from what is, and what is to be written for it.

Settings are JSON by the names of the fields of a launchTemplate; a field that is absent is nobody's business here.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from shared.models.launch_config import LaunchConfig, RightSizing, ServerLaunchConfig
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

IMPLIED_BY_TYPE: Final = "with right-sizing DRS would put another instance type in its place"
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
    """What is to be written: members of UpdateLaunchConfiguration, and of the data of a new template version."""

    drs: Settings = field(default_factory=dict)
    template: Mapping[str, Any] = field(default_factory=dict)


def effective_config(group: ProtectionGroupFields, server_id: str) -> EffectiveConfig:
    """The settings of a server: its own over the group's, whatever useGroupDefaults says.

    A field that its own settings have as null is left as DRS has it.
    """
    own = next((one.launch_template for one in group.servers if one.source_server_id == server_id), None)
    return merged(group.launch_config, own)


def effective_configs(group: ProtectionGroupFields, server_ids: Sequence[str]) -> dict[str, EffectiveConfig]:
    """The same of many servers."""
    own = {one.source_server_id: one.launch_template for one in group.servers}
    without = merged(group.launch_config, None)
    return {
        server_id: merged(group.launch_config, own[server_id]) if own.get(server_id) else without
        for server_id in server_ids
    }


def merged(group: LaunchConfig | None, own: ServerLaunchConfig | None) -> EffectiveConfig:
    """The settings of a server of a group, with those that follow from others; an empty list sets nothing.

    Into which instance it is launched is none of them: that holds for an execution (launch_into_rules).
    """
    of_group = group.wire() if group is not None else {}
    of_server = own.wire() if own is not None else {}
    both = {**of_group, **of_server}
    settings = {name: value for name, value in both.items() if value is not None and value != []}
    settings.pop(LAUNCH_INTO, None)
    implied = {}
    if TYPE in settings and settings.get(RIGHT_SIZING) != RightSizing.NONE.value:
        settings[RIGHT_SIZING], implied[RIGHT_SIZING] = RightSizing.NONE.value, IMPLIED_BY_TYPE
    if ADDRESS in settings and settings.get(COPY_ADDRESS) is not False:
        settings[COPY_ADDRESS], implied[COPY_ADDRESS] = False, IMPLIED_BY_ADDRESS
    return EffectiveConfig(settings, implied)


def settings_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a template version holds, by the names of our fields; what it does not hold is absent."""
    interface = _first_interface(data) or {}
    profile = data.get("IamInstanceProfile") or {}
    found = {
        TYPE: data.get("InstanceType"),
        PROFILE: profile.get("Name") or str(profile.get("Arn", "")).rpartition("/")[2],
        SUBNET: interface.get("SubnetId"),
        GROUPS: list(interface.get("Groups") or ()),
        ADDRESS: interface.get("PrivateIpAddress") or _primary_address(interface),
    }
    return {name: value for name, value in found.items() if value}


def differences(wanted: EffectiveConfig, found: Settings) -> tuple[ConfigDifference, ...]:
    """Each field that is to be otherwise than it is, in the order of its name."""
    return tuple(
        ConfigDifference(field=name, wanted=value, found=found.get(name))
        for name, value in sorted(wanted.settings.items())
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


def writes_for(wanted: EffectiveConfig, found: FoundConfig, *, releases: bool = False) -> ConfigWrites:
    """What makes the difference go away, and nothing else."""
    differing = {one.field: one.wanted for one in differences(wanted, found.settings)}
    drs: dict[str, Any] = {name: differing[name] for name in DRS_FIELDS if name in differing}
    template: dict[str, Any] = {}
    if TYPE in differing:
        template["InstanceType"] = differing[TYPE]
    if PROFILE in differing:
        template["IamInstanceProfile"] = {"Name": differing[PROFILE]}
    if releases or any(name in differing for name in INTERFACE_FIELDS):
        template["NetworkInterfaces"] = _interfaces(found.version.data, differing, releases=releases)
    return ConfigWrites(drs, template)


def _interfaces(data: Mapping[str, Any], differing: Settings, *, releases: bool) -> list[dict[str, Any]]:
    """All interfaces, because a list takes the place of the source version's; of the first what is not ours stays."""
    first = dict(_first_interface(data) or {"DeviceIndex": 0})
    if SUBNET in differing:
        first["SubnetId"] = differing[SUBNET]
    if GROUPS in differing:
        first["Groups"] = list(differing[GROUPS])
    if ADDRESS in differing or releases:
        first.pop("PrivateIpAddress", None)
        others = [one for one in first.pop("PrivateIpAddresses", None) or () if not one.get("Primary")]
        if others:
            first["PrivateIpAddresses"] = others
    if ADDRESS in differing:
        first["PrivateIpAddress"] = differing[ADDRESS]
    rest = [dict(one) for one in data.get("NetworkInterfaces") or () if not _is_first(one)]
    return [_sendable(one) for one in (first, *rest)]


def _sendable(interface: Mapping[str, Any]) -> dict[str, Any]:
    """Without the empty lists that EC2 answers for what is not there."""
    return {name: value for name, value in interface.items() if value != []}


def _first_interface(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((one for one in data.get("NetworkInterfaces") or () if _is_first(one)), None)


def _is_first(interface: Mapping[str, Any]) -> bool:
    return bool(interface.get("DeviceIndex", 0) == 0 and interface.get("NetworkCardIndex", 0) == 0)


def _primary_address(interface: Mapping[str, Any]) -> str | None:
    addresses = interface.get("PrivateIpAddresses") or ()
    return next((one.get("PrivateIpAddress") for one in addresses if one.get("Primary")), None)


def is_as_written(before: Mapping[str, Any], written: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a version holds what was written over its source, and the rest of its source."""
    return bool(_comparable({**before, **written}) == _comparable(now))


def _comparable(value: Any) -> Any:
    """The value without what is empty, in which two readings of one thing may differ."""
    if isinstance(value, Mapping):
        parts = {name: _comparable(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part not in (None, [], {}, "")}
    if isinstance(value, list | tuple):
        return [_comparable(part) for part in value]
    return value
