"""Launch settings as hypothesis draws them, and what DRS and a launch template may hold before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from shared.models.launch_config import LaunchConfig, ServerLaunchConfig

SUBNETS: Final = ("subnet-0000000a", "subnet-0000000b")
GROUPS: Final = ("sg-0000000a", "sg-0000000b", "sg-0000000c")
TYPES: Final = ("t3.micro", "m6i.large", "u-6tb1.112xlarge")
PROFILES: Final = ("web", "database")

_VALUES: Final[dict[str, st.SearchStrategy[Any]]] = {
    "subnetId": st.sampled_from(SUBNETS),
    "securityGroupIds": st.lists(st.sampled_from(GROUPS), min_size=1, max_size=3, unique=True),
    "instanceType": st.sampled_from(TYPES),
    "instanceProfileName": st.sampled_from(PROFILES),
    "copyTags": st.booleans(),
    "copyPrivateIp": st.booleans(),
    "licensing": st.fixed_dictionaries({"osByol": st.booleans()}),
    "launchDisposition": st.sampled_from(["STARTED", "STOPPED"]),
    "targetInstanceTypeRightSizingMethod": st.sampled_from(["NONE", "BASIC", "IN_AWS"]),
    "postLaunchEnabled": st.booleans(),
    "recoveryMode": st.sampled_from(["FAST", "OPTIMAL"]),
}
EACH_VALUE: Final[dict[str, tuple[Any, ...]]] = {
    "subnetId": SUBNETS,
    "securityGroupIds": (list(GROUPS[:1]), list(GROUPS[1:])),
    "instanceType": TYPES[:2],
    "instanceProfileName": PROFILES,
    "copyTags": (True, False),
    "copyPrivateIp": (True, False),
    "licensing": ({"osByol": True}, {"osByol": False}),
    "launchDisposition": ("STARTED", "STOPPED"),
    "targetInstanceTypeRightSizingMethod": ("NONE", "BASIC", "IN_AWS"),
    "postLaunchEnabled": (True, False),
    "recoveryMode": ("FAST", "OPTIMAL"),
    "staticPrivateIp": ("10.0.0.9", "10.0.0.10"),
}
"""Of each field that is accepted at least two values: DRS has at most one of them by itself."""

_DRS: Final = (
    "copyTags",
    "copyPrivateIp",
    "licensing",
    "launchDisposition",
    "targetInstanceTypeRightSizingMethod",
    "postLaunchEnabled",
    "recoveryMode",
)
_MANAGED: Final = ("InstanceType", "IamInstanceProfile", "NetworkInterfaces")
_MANAGED_OF_INTERFACE: Final = ("SubnetId", "Groups", "PrivateIpAddress")


def settings_of_group() -> st.SearchStrategy[dict[str, Any]]:
    """Any of the fields of a group's launchConfig that do not contradict one another."""
    drawn = st.fixed_dictionaries({}, optional=_VALUES)
    return drawn.filter(lambda one: "instanceType" not in one or _is_unsized(one))


def settings_of_server(addresses: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Any of the fields of a launchTemplate, null among them; a static address only where nothing takes its effect."""
    values = {name: st.none() | values for name, values in _VALUES.items()}
    values["staticPrivateIp"] = st.none() | (
        st.sampled_from(["10.0.0.9", "10.0.1.9"]) if addresses is None else addresses
    )
    return st.fixed_dictionaries({}, optional=values).map(_without_contradiction)


def settings_for_drills() -> st.SearchStrategy[dict[str, Any]]:
    """A few fields that contradict nothing that holds otherwise."""
    return st.fixed_dictionaries(
        {}, optional={name: _VALUES[name] for name in ("subnetId", "copyTags", "recoveryMode")}
    )


def settings_meant(*said: Mapping[str, Any] | None) -> dict[str, Any]:
    """What DRS and the launch template are to hold of a server of which this was said, each over what goes before it.

    By the contract and not by the product's own rules, whose proof it is.
    """
    over: dict[str, Any] = {}
    for one in said:
        over.update(one or {})
    meant = {name: value for name, value in over.items() if value is not None}
    if "instanceType" in meant:
        meant["targetInstanceTypeRightSizingMethod"] = "NONE"
    if "staticPrivateIp" in meant:
        meant["copyPrivateIp"] = False
    return meant


def not_held(meant: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields that are held otherwise than they are meant: both values. Security groups are a set."""
    return {
        name: (value, held.get(name))
        for name, value in meant.items()
        if (sorted(held.get(name) or ()) != sorted(value) if name == "securityGroupIds" else held.get(name) != value)
    }


def launch_configs() -> st.SearchStrategy[LaunchConfig | None]:
    """The settings of a group, or none."""
    return st.none() | settings_of_group().map(LaunchConfig.model_validate)


def server_configs() -> st.SearchStrategy[ServerLaunchConfig | None]:
    """The settings of a server, or none."""
    return st.none() | settings_of_server().map(ServerLaunchConfig.model_validate)


def drs_settings() -> st.SearchStrategy[dict[str, Any]]:
    """What DRS may hold of a server."""
    return st.fixed_dictionaries({name: _VALUES[name] for name in _DRS})


def template_data() -> st.SearchStrategy[dict[str, Any]]:
    """What a version of a launch template may hold, with members that are not ours."""
    interface = st.fixed_dictionaries(
        {"DeviceIndex": st.just(0)},
        optional={
            "SubnetId": st.sampled_from(SUBNETS),
            "Groups": st.lists(st.sampled_from(GROUPS), max_size=2, unique=True),
            "PrivateIpAddress": st.sampled_from(["10.0.0.9", "10.0.0.77"]),
            "DeleteOnTermination": st.booleans(),
            "AssociatePublicIpAddress": st.booleans(),
            "Description": st.just("made by hand"),
        },
    )
    second = st.just({"DeviceIndex": 1, "SubnetId": SUBNETS[0]})
    optional: dict[str, st.SearchStrategy[Any]] = {
        "InstanceType": st.sampled_from(TYPES),
        "IamInstanceProfile": st.fixed_dictionaries({"Name": st.sampled_from(PROFILES)}),
        "NetworkInterfaces": (st.tuples(interface) | st.tuples(second, interface)).map(list),
        "UserData": st.just("IyEvYmluL3No"),
        "KeyName": st.just("operators"),
        "EbsOptimized": st.booleans(),
        "TagSpecifications": st.just([{"ResourceType": "volume", "Tags": [{"Key": "Owner", "Value": "shop"}]}]),
    }
    devices = st.just([{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 30}}])
    return st.fixed_dictionaries({"BlockDeviceMappings": devices}, optional=optional)


def unmanaged(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a version of a launch template holds beside what our settings are about, with all its values.

    Of the first interface everything but subnet, groups and address; the others whole, in their order.
    """
    others = {name: value for name, value in data.items() if name not in _MANAGED}
    interfaces = data.get("NetworkInterfaces", ())
    first = {
        name: value
        for each in interfaces
        if each.get("DeviceIndex", 0) == 0
        for name, value in each.items()
        if name not in (*_MANAGED_OF_INTERFACE, "DeviceIndex")
    }
    return {**others, "first": first, "further": [each for each in interfaces if each.get("DeviceIndex", 0) != 0]}


def _is_unsized(one: dict[str, Any]) -> bool:
    return bool(one.get("targetInstanceTypeRightSizingMethod", "NONE") == "NONE")


def _without_contradiction(one: dict[str, Any]) -> dict[str, Any]:
    sized = one.get("targetInstanceTypeRightSizingMethod", "NONE") != "NONE"
    kept = {name: value for name, value in one.items() if not (name == "copyPrivateIp" and one.get("staticPrivateIp"))}
    return {**kept, "instanceType": None} if sized else kept
