"""EC2 launch templates as DRS makes them, and what a launch takes from one.

Template data has the members and names of EC2's own LaunchTemplateData.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

_OWN_NAME: Final = "Name"
VOLUME_TYPE: Final = "gp3"
"""What DRS gives volumes unless its template of launch configurations says otherwise."""


@dataclass(frozen=True, slots=True)
class TemplateOrder:
    """The template that DRS makes for a source server, once; `template_id` is taken where ids may be chosen."""

    server_id: str
    template_id: str
    name: str
    instance_type: str
    disks: Sequence[tuple[str, int]]
    """Device names with their GiB."""
    tags: Mapping[str, str]

    def data(self) -> dict[str, Any]:
        """Its first version."""
        tags = [{"Key": key, "Value": value} for key, value in {**self.tags, _OWN_NAME: self.name}.items()]
        return {
            "InstanceType": self.instance_type,
            "BlockDeviceMappings": [
                {
                    "DeviceName": device,
                    "Ebs": {"VolumeSize": gib, "VolumeType": VOLUME_TYPE, "DeleteOnTermination": True},
                }
                for device, gib in self.disks
            ],
            "NetworkInterfaces": [
                {"DeviceIndex": 0, "DeleteOnTermination": True, "AssociatePublicIpAddress": False},
            ],
            "TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")],
        }


@dataclass(frozen=True, slots=True)
class Launch:
    """What an instance is launched with."""

    instance_type: str
    subnet_id: str = ""
    security_group_ids: tuple[str, ...] = ()
    private_address: str = ""
    profile_name: str = ""
    block_devices: tuple[str, ...] = ()
    """The names of the devices that the template maps."""


def launch_from(data: Mapping[str, Any], instance_type: str, private_address: str) -> Launch:
    """A launch by a template version; the type and the address are laid over it, unless they are empty."""
    interface = first_interface(data)
    profile = data.get("IamInstanceProfile", {})
    return Launch(
        instance_type=instance_type or str(data.get("InstanceType", "")),
        subnet_id=str(interface.get("SubnetId", "")),
        security_group_ids=tuple(interface.get("Groups") or data.get("SecurityGroupIds") or ()),
        private_address=private_address or str(interface.get("PrivateIpAddress", "")),
        profile_name=str(profile.get("Name") or str(profile.get("Arn", "")).rpartition("/")[2]),
        block_devices=tuple(mapping["DeviceName"] for mapping in data.get("BlockDeviceMappings", ())),
    )


def refusal_of_data(data: Mapping[str, Any]) -> str:
    """Why EC2 launches nothing by a template version, or ""."""
    if data.get("NetworkInterfaces") and (data.get("SecurityGroupIds") or data.get("SecurityGroups")):
        return (
            "InvalidParameterCombination: Network interfaces and an instance-level security groups may not be "
            "specified on the same request"
        )
    return ""


def rewritten(data: Mapping[str, Any], instance_type: str, private_address: str) -> dict[str, Any]:
    """What DRS writes into a template as it launches by it: the type that it chose and the address that it copies.

    AWS: right-sizing updates the instance type on the launch template, and the private address is copied to it
    ("Default DRS launch settings" in the user guide).
    """
    changes: dict[str, Any] = {}
    if instance_type and data.get("InstanceType") != instance_type:
        changes["InstanceType"] = instance_type
    first, takes_interface = first_interface(data), not data.get("SecurityGroupIds")
    if private_address and takes_interface and first.get("PrivateIpAddress") != private_address:
        others = [one for one in data.get("NetworkInterfaces", ()) if one is not first]
        changes["NetworkInterfaces"] = [{"DeviceIndex": 0, **first, "PrivateIpAddress": private_address}, *others]
    return changes


def first_interface(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The interface with device index 0, or nothing."""
    interfaces = data.get("NetworkInterfaces", ())
    return next((one for one in interfaces if one.get("DeviceIndex", 0) == 0), {})


class NoSuchVersionError(Exception):
    """A template has no version of that number."""


@dataclass(slots=True)
class MemoryTemplate:
    """A launch template that exists in this process only; version 1 is the first of `versions`."""

    template_id: str
    versions: list[dict[str, Any]] = field(default_factory=list)
    default: int = 1

    @property
    def latest(self) -> int:
        """The number of the newest version."""
        return len(self.versions)

    def version(self, number: int) -> dict[str, Any]:
        """The data of a version; NoSuchVersionError."""
        if not 1 <= number <= self.latest:
            raise NoSuchVersionError(f"{self.template_id} has no version {number}")
        return self.versions[number - 1]

    def add(self, data: Mapping[str, Any], source: int | None = None) -> int:
        """A new version: the named members alone, or laid over those of its source; answers its number."""
        base = {} if source is None else deepcopy(self.version(source))
        self.versions.append({**base, **deepcopy(dict(data))})
        return self.latest

    def make_default(self, number: int) -> None:
        """From now on launches use that version; NoSuchVersionError."""
        self.version(number)
        self.default = number
