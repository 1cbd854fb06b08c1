"""Gives addresses of subnets as AWS does: each once, none that is reserved, and back when an instance ends."""

import importlib
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address
from typing import Any, Final

from local.moto_patches.patches import Patches

_KEPT: Final = 4
"""AWS keeps the first four addresses of a subnet, and the last."""
_ANY_ADDRESS: Final = "addresses.private-ip-address"


def install(patches: Patches) -> None:
    """moto gives an interface any address, twice too, and an instance that ends keeps its own.

    It also looks for an address among first ones only, and gives instances without a subnet an address that is in none.
    """
    if not patches.begin(__name__):
        return
    models = importlib.import_module("moto.ec2.models")
    _choose(patches, models.subnets.Subnet)
    _refuse(patches, importlib.import_module("moto.ec2.responses.elastic_network_interfaces").ElasticNetworkInterfaces)
    _give_back(patches, models.instances.Instance)
    _find_all(patches, models.elastic_network_interfaces.NetworkInterface)


def _choose(patches: Patches, subnet_type: Any) -> None:
    def get_available_subnet_ip(self: Any, instance: Any) -> str:
        address = _free(self)
        self._subnet_ips[address] = instance
        return address

    def request_ip(self: Any, ip: str, instance: Any) -> None:
        _check(self, ip)
        self._unused_ips.discard(ip)
        self._subnet_ips[ip] = instance

    patches.replace(subnet_type, "get_available_subnet_ip", get_available_subnet_ip)
    patches.replace(subnet_type, "request_ip", request_ip)


def _refuse(patches: Patches, responses: Any) -> None:
    def create_network_interface(self: Any) -> Any:
        subnet = self.ec2_backend.get_subnet(self._get_param("SubnetId"))
        first, further = self._get_param("PrivateIpAddress"), self._get_param("PrivateIpAddresses", [])
        named = [first] if first else [each["PrivateIpAddress"] for each in further if each.get("PrivateIpAddress")]
        for address in named:
            _check(subnet, address)
        if not named and subnet.cidr_block:
            self.params["PrivateIpAddress"] = _free(subnet)
        return real(self)

    real = patches.replace(responses, "create_network_interface", create_network_interface)


def _give_back(patches: Patches, instance_type: Any) -> None:
    def prep_nics(self: Any, nic_spec: Any, **more: Any) -> None:
        in_no_subnet = not any(nic.get("SubnetId") or nic.get("NetworkInterfaceId") for nic in nic_spec)
        if not self._subnet_id and in_no_subnet:
            subnet = self.ec2_backend.get_default_subnets().get(self._placement.zone)
            self._subnet_id = subnet.id if subnet else None
        kept = {int(nic["DeviceIndex"]) for nic in nic_spec if _stays(nic)}
        real(self, nic_spec, **more)
        for index, interface in self.nics.items():
            interface.delete_on_termination = index not in kept

    real = patches.replace(instance_type, "prep_nics", prep_nics)


def _stays(nic: dict[str, Any]) -> bool:
    """Whether an interface outlives its instance: it was there before, or the launch says so."""
    return bool(nic.get("NetworkInterfaceId")) or str(nic.get("DeleteOnTermination")).lower() == "false"


def _find_all(patches: Patches, interface_type: Any) -> None:
    def get_filter_value(self: Any, filter_name: str, method_name: str | None = None) -> Any:
        if filter_name == _ANY_ADDRESS:
            return list(_addresses(self))
        return real(self, filter_name, method_name)

    real = patches.replace(interface_type, "get_filter_value", get_filter_value)


def _addresses(interface: Any) -> Iterator[str]:
    return (each["PrivateIpAddress"] for each in interface.private_ip_addresses)


def _held(subnet: Any) -> set[str]:
    interfaces = list(subnet.ec2_backend.enis.values())
    ours = (each for each in interfaces if each.subnet.id == subnet.id)
    return {address for each in ours for address in _addresses(each)} | set(subnet._subnet_ips)


def _free(subnet: Any) -> str:
    held = _held(subnet)
    usable = (str(subnet.cidr[position]) for position in range(_KEPT, subnet.cidr.num_addresses - 1))
    found = next((address for address in usable if address not in held), None)
    if found is None:
        raise _refused("InsufficientFreeAddressesInSubnet", f"There are not enough free addresses in {subnet.id}")
    return found


def _check(subnet: Any, text: str) -> None:
    """Raises what EC2 answers to an address that cannot be had."""
    try:
        address = IPv4Address(text)
    except AddressValueError:
        raise _refused("InvalidParameterValue", f"Invalid IPv4 address: {text}") from None
    if address not in subnet.cidr:
        raise _refused("InvalidParameterValue", "Address does not fall within the subnet's address range")
    if not _KEPT <= int(address) - int(subnet.cidr.network_address) < subnet.cidr.num_addresses - 1:
        raise _refused("InvalidParameterValue", "Address is in subnet's reserved address range")
    if text in _held(subnet):
        raise _refused("InvalidIPAddress.InUse", f"Address {text} is in use.")


def _refused(code: str, message: str) -> Exception:
    error: Exception = importlib.import_module("moto.ec2.exceptions").EC2ClientError(code, message)
    return error
