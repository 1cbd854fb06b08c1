"""The networks of the EC2 twin in memory: what a launch may name, and why EC2 refuses it, in EC2's words."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from local.drs_simulator.templates import Launch


@dataclass(slots=True)
class Network:
    """One account and region: subnets and security groups by their id, names of instance profiles.

    Of a region without any of them every launch is taken that names none of them either.
    """

    subnets: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The VPC and the CIDR block of each."""
    security_groups: dict[str, str] = field(default_factory=dict)
    """The VPC of each."""
    profiles: set[str] = field(default_factory=set)
    instance_types: Collection[str] | None = None
    """Those that are offered; None for all."""


def refusal_of(launch: Launch, network: Network, in_use: Collection[tuple[str, str]]) -> str:
    """Why EC2 would not launch that, or ""; `in_use` are subnets with addresses that instances have there."""
    return next(_refusals(launch, network, in_use), "")


def _refusals(launch: Launch, network: Network, in_use: Collection[tuple[str, str]]) -> Iterator[str]:
    offered = network.instance_types
    if offered is not None and launch.instance_type not in offered:
        yield f"InvalidParameterValue: Invalid value '{launch.instance_type}' for InstanceType."
    if launch.profile_name and launch.profile_name not in network.profiles:
        yield f"InvalidParameterValue: Value ({launch.profile_name}) for parameter iamInstanceProfile.name is invalid."
    if launch.subnet_id and launch.subnet_id not in network.subnets:
        yield f"InvalidSubnetID.NotFound: The subnet ID '{launch.subnet_id}' does not exist"
        return
    vpc, cidr = network.subnets.get(launch.subnet_id, ("", ""))
    for group in launch.security_group_ids:
        if group not in network.security_groups:
            yield f"InvalidGroup.NotFound: The security group '{group}' does not exist"
        elif vpc and network.security_groups[group] != vpc:
            yield (
                f"InvalidParameter: Security group {group} and subnet {launch.subnet_id} belong to different networks."
            )
    if launch.private_address and cidr:
        yield from _of_the_address(launch, cidr, in_use)


def _of_the_address(launch: Launch, cidr: str, in_use: Collection[tuple[str, str]]) -> Iterator[str]:
    address, block = IPv4Address(launch.private_address), IPv4Network(cidr)
    if address not in block:
        yield "InvalidParameterValue: Address does not fall within the subnet's address range"
    elif int(address) - int(block.network_address) < 4 or address == block.broadcast_address:
        yield "InvalidParameterValue: Address is in subnet's reserved address range"
    elif (launch.subnet_id, launch.private_address) in in_use:
        yield f"InvalidIPAddress.InUse: Address {launch.private_address} is in use."
