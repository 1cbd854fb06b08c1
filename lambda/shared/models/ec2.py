"""What of EC2 and IAM a launch may be given: subnets, security groups, instance profiles, types, and held addresses."""

from ipaddress import IPv4Address, IPv4Network

from shared.models.base import Model


class Subnet(Model):
    """A subnet; one that has only IPv6 has no `cidrBlock`."""

    subnet_id: str
    name: str | None = None
    vpc_id: str
    cidr_block: IPv4Network | None = None
    availability_zone: str
    available_addresses: int


class SecurityGroup(Model):
    """A security group; `groupName` is EC2's, `name` that of its tag."""

    group_id: str
    group_name: str
    name: str | None = None
    description: str
    vpc_id: str | None = None


class InstanceProfile(Model):
    """An instance profile, and the names of the roles that it gives."""

    instance_profile_name: str
    arn: str
    role_names: tuple[str, ...]


class InstanceTypeOffer(Model):
    """A type of instance that a region or a zone offers."""

    instance_type: str
    vcpus: int
    memory_mib: int
    architectures: tuple[str, ...]


class SubnetAddress(Model):
    """An address of a subnet."""

    subnet_id: str
    address: IPv4Address


class HeldAddress(SubnetAddress):
    """An address that a network interface has, and the instance that the interface is attached to."""

    interface_id: str
    instance_id: str | None = None
