"""Rules of what is launched together: what is told of each, and when a subnet is full."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.launch_readiness import Crowd, Launch, check_crowd, check_launches, checks_of, crowds
from shared.launch_rules import SeenWorld
from shared.models.ec2 import HeldAddress, SecurityGroup, Subnet, SubnetAddress
from shared.models.finding import Finding, FindingCode, FindingReason, Outcome, unknown_at
from shared.models.launch_config import ServerLaunchConfig
from shared.said_settings import Kind, named_in
from tests.support.configuration import DATABASE

SUBNET = "subnet-0000000a"
GROUP = "sg-0000000a"
NAMES = dict.fromkeys(range(5), "Web")


def subnet(free: int = 10, **more: Any) -> Subnet:
    known = {"subnet_id": SUBNET, "vpc_id": "vpc-1", "cidr_block": IPv4Network("10.0.0.0/24"), **more}
    return Subnet.model_validate({"availability_zone": "us-west-2a", "available_addresses": free, **known})


def launch(number: int, wave: int = 0, replaces: str | None = None, **settings: Any) -> Launch:
    said = ServerLaunchConfig.model_validate({"subnet_id": SUBNET, **settings})
    return Launch(wave, f"s-{number}", f"host{number}", said, replaces)


def held(instance_id: str, address: str = "10.0.0.9", subnet_id: str = SUBNET) -> HeldAddress:
    return HeldAddress(
        subnet_id=subnet_id, address=IPv4Address(address), interface_id=f"eni-{instance_id}", instance_id=instance_id
    )


def told(launches: list[Launch], unread: Mapping[Kind, Finding] | None = None, **seen: Any) -> list[Finding]:
    world = SeenWorld(DATABASE, **seen)
    return list(check_launches(launches, world, unread or {}, checks_of(named_in(one.said for one in launches))))


def test_servers_that_need_the_same_are_one_finding_with_all_of_them() -> None:
    [finding] = told([launch(number, wave=number % 3) for number in range(30)])

    assert (finding.code, finding.outcome) == (FindingCode.SUBNET_MISSING, Outcome.FAIL)
    assert len(finding.server_ids) == 30
    assert "host19 and 10 more" in finding.message


def test_each_thing_that_is_missing_is_a_finding_of_its_own() -> None:
    found = told(
        [launch(1, instance_type="m6i.large", instance_profile_name="Web", security_group_ids=(GROUP,))],
        subnets={SUBNET: subnet()},
        security_groups={
            GROUP: SecurityGroup(group_id=GROUP, group_name="g", description="", vpc_id="vpc-2"),
        },
    )

    assert {(one.code, one.reason) for one in found} == {
        (FindingCode.SECURITY_GROUP, FindingReason.SECURITY_GROUPS_WRONG_VPC),
        (FindingCode.INSTANCE_TYPE, None),
        (FindingCode.INSTANCE_PROFILE, None),
    }


@pytest.mark.parametrize(
    ("address", "reason"),
    [("10.0.1.9", "IP_OUT_OF_RANGE"), ("10.0.0.3", "IP_RESERVED"), ("10.0.0.9", "IP_IN_USE")],
)
def test_an_address_that_cannot_be_had_says_why(address: str, reason: str) -> None:
    other = held("i-2")
    where = SubnetAddress(subnet_id=SUBNET, address=other.address)

    [finding] = told([launch(1, static_private_ip=address)], subnets={SUBNET: subnet()}, held={where: other})

    assert (finding.code, finding.reason) == (FindingCode.STATIC_IP, FindingReason(reason))


def test_an_address_of_two_servers_is_told_once_of_both() -> None:
    both = [launch(number, static_private_ip="10.0.0.9") for number in (1, 2)]

    [finding] = told(both, subnets={SUBNET: subnet()})

    assert (finding.reason, finding.server_ids) == (FindingReason.DUPLICATE_IP, ("s-1", "s-2"))


def test_without_the_subnets_nothing_that_rests_on_them_passes_and_none_is_called_missing() -> None:
    silent = unknown_at(DATABASE, FindingCode.SUBNET_ADDRESSES, "no answer")

    found = told([launch(1, instance_profile_name="Web")], {Kind.SUBNETS: silent}, profiles=frozenset({"Web"}))

    assert {(one.code, one.outcome) for one in found} == {
        (FindingCode.SUBNET_MISSING, Outcome.UNKNOWN),
        (FindingCode.SUBNET_ADDRESSES, Outcome.UNKNOWN),
    }


def test_a_subnet_of_ipv6_alone_is_never_full() -> None:
    seen = SeenWorld(DATABASE, subnets={SUBNET: subnet(0, cidr_block=None)})

    assert crowds([launch(1)], seen) == []


@given(
    free=st.integers(0, 6),
    servers=st.lists(st.tuples(st.integers(0, 4), st.sampled_from([None, "here", "elsewhere"])), max_size=10),
)
def test_a_subnet_is_full_at_the_first_wave_that_finds_no_address(
    free: int, servers: list[tuple[int, str | None]]
) -> None:
    launches = [
        launch(number, wave, None if left is None else f"i-{number}") for number, (wave, left) in enumerate(servers)
    ]
    places = {"here": SUBNET, "elsewhere": "subnet-0000000b"}
    addresses = [
        held(f"i-{number}", subnet_id=places[left]) for number, (_, left) in enumerate(servers) if left is not None
    ]
    needed = {
        wave: sum(one <= wave and left != "here" for one, left in servers) for wave in {wave for wave, _ in servers}
    }
    full = [wave for wave in sorted(needed) if needed[wave] > free]

    found = crowds(launches, SeenWorld(DATABASE, subnets={SUBNET: subnet(free)}))
    findings = [check_crowd(DATABASE, crowd, addresses, NAMES) for crowd in found]

    assert [one.wave_number for one in findings if one is not None] == full[:1]


def test_the_instances_that_may_be_in_a_full_subnet_are_those_that_are_replaced() -> None:
    crowd = Crowd(subnet(0), (launch(1, replaces="i-1"), launch(2)))

    assert crowd.replaced == {"i-1"}
