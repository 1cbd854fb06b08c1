"""Which addresses of a subnet a server may have, for every subnet that AWS allows."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.static_ip_rules import check_in_subnet, check_private, is_reserved

SUBNET = "subnet-0123456789abcdef0"
ADDRESSES = st.integers(0, 2**32 - 1).map(IPv4Address)


@st.composite
def subnets(draw: st.DrawFn) -> IPv4Network:
    """A subnet has between /16 and /28 (VPC user guide)."""
    return IPv4Network((int(draw(ADDRESSES)), draw(st.integers(16, 28))), strict=False)


def codes(address: IPv4Address, cidr: IPv4Network | None) -> list[str]:
    return [code for _, code in check_in_subnet(address, SUBNET, cidr)]


@given(subnets())
def test_of_a_subnet_exactly_five_addresses_are_reserved(cidr: IPv4Network) -> None:
    edges = [*(cidr[position] for position in range(5)), cidr[-2], cidr[-1]]

    assert [is_reserved(each, cidr) for each in edges] == [True, True, True, True, False, False, True]
    assert [codes(each, cidr) for each in edges] == [["IP_RESERVED"]] * 4 + [[], [], ["IP_RESERVED"]]


@given(subnets(), st.data())
def test_any_address_is_outside_reserved_or_free_and_never_two_of_these(cidr: IPv4Network, data: st.DataObject) -> None:
    address = data.draw(ADDRESSES | st.integers(0, cidr.num_addresses - 1).map(lambda position: cidr[position]))
    inside = cidr.network_address <= address <= cidr.broadcast_address

    if not inside:
        assert codes(address, cidr) == ["IP_OUT_OF_RANGE"]
    else:
        assert codes(address, cidr) == (["IP_RESERVED"] if is_reserved(address, cidr) else [])


def test_a_subnet_without_ipv4_has_no_address_for_anybody() -> None:
    assert codes(IPv4Address("10.0.0.9"), None) == ["IP_OUT_OF_RANGE"]


@given(ADDRESSES)
def test_private_is_what_the_documents_of_the_internet_call_so(address: IPv4Address) -> None:
    first, second = address.packed[0], address.packed[1]
    is_private = (
        first == 10
        or (first == 172 and 16 <= second <= 31)
        or (first == 192 and second == 168)
        or (first == 100 and 64 <= second <= 127)
    )

    assert [code for _, code in check_private(address)] == ([] if is_private else ["IP_NOT_PRIVATE"])


@pytest.mark.parametrize("address", ["10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.0.9", "100.64.0.1"])
def test_these_are_private(address: str) -> None:
    assert list(check_private(IPv4Address(address))) == []


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "192.169.0.1", "100.128.0.1", "0.0.0.0", "127.0.0.1"])
def test_these_are_not(address: str) -> None:
    assert [code for _, code in check_private(IPv4Address(address))] == ["IP_NOT_PRIVATE"]
