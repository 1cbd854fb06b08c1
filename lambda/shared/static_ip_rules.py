"""Whether a server may have a static address: private, inside its subnet, and none that AWS keeps for itself."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Final

_PRIVATE: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
"""RFC 1918, and RFC 6598 which a VPC may use too."""

_KEPT_AT_THE_BEGINNING: Final = 4
"""Network, router, DNS, and one for the future; at the end the broadcast address (VPC user guide, subnet sizing)."""

NO_SUBNET: Final = "a static address needs a subnetId, of the server or of the group"


def check_private(address: IPv4Address) -> Iterator[tuple[str, str]]:
    """The reason and the code if the address is not private."""
    if not any(address in network for network in _PRIVATE):
        yield f"{address} is not a private address", "IP_NOT_PRIVATE"


def check_in_subnet(address: IPv4Address, subnet_id: str, cidr: IPv4Network | None) -> Iterator[tuple[str, str]]:
    """The reason and the code if no server of the subnet may have the address; without `cidr` it has only IPv6."""
    if cidr is None or address not in cidr:
        yield f"{address} is not in {subnet_id}, which has {cidr or 'no IPv4 addresses'}", "IP_OUT_OF_RANGE"
    elif is_reserved(address, cidr):
        first, last = cidr[0], cidr[min(_KEPT_AT_THE_BEGINNING, cidr.num_addresses) - 1]
        reason = f"AWS keeps {first} to {last} and {cidr[-1]} of {subnet_id} for itself"
        yield f"{address} is reserved: {reason}", "IP_RESERVED"


def is_reserved(address: IPv4Address, cidr: IPv4Network) -> bool:
    """Whether an address of a subnet is one of the first four or the last."""
    position = int(address) - int(cidr.network_address)
    return position < _KEPT_AT_THE_BEGINNING or position == cidr.num_addresses - 1
