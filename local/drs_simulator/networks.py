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
    types_in_zone: dict[str, Collection[str]] = field(default_factory=dict)
    """Those that the zone of a subnet offers, where it does not offer all of them."""


def refusal_of(launch: Launch, network: Network, in_use: Collection[tuple[str, str]]) -> str:
    """Why EC2 would not launch that, or ""; `in_use` are subnets with addresses that instances have there.

    An instance whose address nobody knows has one too: it is ``""``, as often as there are such instances.
    """
    return next(_refusals(launch, network, in_use), "")


def _refusals(launch: Launch, network: Network, in_use: Collection[tuple[str, str]]) -> Iterator[str]:
    yield from _of_the_type(launch, network)
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
    if cidr:
        yield from _of_the_address(launch, IPv4Network(cidr), in_use)


def _of_the_type(launch: Launch, network: Network) -> Iterator[str]:
    offered, there = network.instance_types, network.types_in_zone.get(launch.subnet_id)
    if offered is not None and launch.instance_type not in offered:
        yield f"InvalidParameterValue: Invalid value '{launch.instance_type}' for InstanceType."
    elif there is not None and launch.instance_type not in there:
        yield (
            f"Unsupported: Your requested instance type ({launch.instance_type}) is not supported in your requested "
            "Availability Zone."
        )


def _of_the_address(launch: Launch, block: IPv4Network, in_use: Collection[tuple[str, str]]) -> Iterator[str]:
    if not launch.private_address:
        # AWS keeps the first four addresses and the last one
        if sum(subnet_id == launch.subnet_id for subnet_id, _ in in_use) >= block.num_addresses - 5:
            yield (
                "InsufficientFreeAddressesInSubnet: There are not enough free addresses in subnet "
                f"'{launch.subnet_id}' to satisfy the requested number of instances."
            )
        return
    address = IPv4Address(launch.private_address)
    if address not in block:
        yield "InvalidParameterValue: Address does not fall within the subnet's address range"
    elif int(address) - int(block.network_address) < 4 or address == block.broadcast_address:
        yield "InvalidParameterValue: Address is in subnet's reserved address range"
    elif (launch.subnet_id, launch.private_address) in in_use:
        yield f"InvalidIPAddress.InUse: Address {launch.private_address} is in use."
