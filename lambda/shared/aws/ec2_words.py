"""EC2's and IAM's answers in our words."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

from shared.models.ec2 import HeldAddress, InstanceProfile, InstanceTypeOffer, SecurityGroup, Subnet
from shared.models.prepared_instance import Platform, PreparedInstance, is_open, made_at_of

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import (
        InstanceTypeDef,
        InstanceTypeInfoTypeDef,
        NetworkInterfaceTypeDef,
        SecurityGroupTypeDef,
        SubnetTypeDef,
        TagTypeDef,
    )


def subnet_of(item: "SubnetTypeDef") -> Subnet:
    """A subnet."""
    cidr = item.get("CidrBlock")
    return Subnet(
        subnet_id=item["SubnetId"],
        name=_name(item.get("Tags", ())),
        vpc_id=item["VpcId"],
        cidr_block=IPv4Network(cidr) if cidr else None,
        availability_zone=item["AvailabilityZone"],
        available_addresses=item["AvailableIpAddressCount"],
    )


def security_group_of(item: "SecurityGroupTypeDef") -> SecurityGroup:
    """A security group, without its rules."""
    return SecurityGroup(
        group_id=item["GroupId"],
        group_name=item["GroupName"],
        name=_name(item.get("Tags", ())),
        description=item["Description"],
        vpc_id=item.get("VpcId"),
    )


def instance_profile_of(item: Mapping[str, Any]) -> InstanceProfile:
    """An instance profile."""
    return InstanceProfile(
        instance_profile_name=item["InstanceProfileName"],
        arn=item["Arn"],
        role_names=tuple(role["RoleName"] for role in item["Roles"]),
    )


def instance_type_of(item: "InstanceTypeInfoTypeDef") -> InstanceTypeOffer:
    """A type of instance."""
    return InstanceTypeOffer(
        instance_type=item["InstanceType"],
        vcpus=item["VCpuInfo"]["DefaultVCpus"],
        memory_mib=item["MemoryInfo"]["SizeInMiB"],
        architectures=tuple(item["ProcessorInfo"]["SupportedArchitectures"]),
    )


def held_addresses_of(item: "NetworkInterfaceTypeDef") -> Iterator[HeldAddress]:
    """Every IPv4 address of a network interface."""
    for each in item["PrivateIpAddresses"]:
        yield HeldAddress(
            subnet_id=item["SubnetId"],
            address=IPv4Address(each["PrivateIpAddress"]),
            interface_id=item["NetworkInterfaceId"],
            instance_id=item.get("Attachment", {}).get("InstanceId"),
        )


def prepared_instance_of(item: "InstanceTypeDef") -> PreparedInstance:
    """An instance with what decides whether a server can be launched into it; EC2 names Windows only."""
    tags = {tag["Key"]: tag.get("Value", "") for tag in item.get("Tags", ())}
    is_windows = str(item.get("Platform") or "").lower() == Platform.WINDOWS
    return PreparedInstance(
        instance_id=item["InstanceId"],
        name=tags.get("Name") or None,
        state=item["State"]["Name"],
        allows_launches=is_open(item.get("Tags", ())),
        made_at=made_at_of(item.get("NetworkInterfaces", ())),
        platform=Platform.WINDOWS if is_windows else Platform.LINUX,
        architecture=item.get("Architecture"),
        virtualization=item.get("VirtualizationType"),
        root_device=item.get("RootDeviceType"),
        tenancy=item.get("Placement", {}).get("Tenancy"),
        private_address=item.get("PrivateIpAddress"),
        volume_ids=tuple(each["Ebs"]["VolumeId"] for each in item.get("BlockDeviceMappings", ()) if "Ebs" in each),
    )


def _name(tags: "Iterable[TagTypeDef]") -> str | None:
    return next((tag["Value"] for tag in tags if tag["Key"] == "Name" and tag["Value"]), None)
