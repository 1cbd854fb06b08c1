"""What there is for launches, asked of moto's EC2 and IAM in a target account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.aws.choice_ports import After, ChoicePage
from shared.aws.ec2_choices import Ec2Choices
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.ec2 import SubnetAddress
from shared.models.targets import Target
from shared.patience import somebody_waits
from tests.support.configuration import DATABASE, WEB
from tests.support.moto_ec2 import MotoEc2Cloud, Network, make_network, moto_ec2
from tests.support.silence import Silence


@pytest.fixture(scope="module")
def shared() -> Iterator[MotoEc2Cloud]:
    """One for all tests, each of which makes a network of its own in it."""
    with moto_ec2() as cloud:
        yield cloud


@pytest.fixture
def cloud(shared: MotoEc2Cloud) -> MotoEc2Cloud:
    shared.forget()
    return shared


@pytest.fixture
def network(cloud: MotoEc2Cloud) -> Network:
    return make_network(cloud)


def every(page_of: Callable[[int, After], ChoicePage[Any]], limit: int) -> list[Any]:
    """All items, a page at a time."""
    found: list[Any] = []
    after: After | None = After()
    while after is not None:
        page = page_of(limit, after)
        assert len(page.items) <= limit
        found += page.items
        after = page.following
    return found


def test_subnets_are_shown_with_what_a_person_needs_to_choose_one(cloud: MotoEc2Cloud, network: Network) -> None:
    first = network.subnets[0]
    cloud.client("ec2").create_network_interface(SubnetId=first)

    subnet = cloud.choices().subnets(DATABASE, [first, "subnet-00000000"])[first]

    assert (subnet.name, subnet.vpc_id, str(subnet.cidr_block)) == ("recovery-a", network.vpc_id, "10.1.0.0/24")
    assert (subnet.availability_zone, subnet.available_addresses) == ("us-west-2a", 250)


def test_what_another_account_has_is_not_there(cloud: MotoEc2Cloud, network: Network) -> None:
    choices = cloud.choices()

    assert choices.subnets(WEB, network.subnets) == {}
    assert choices.security_groups(WEB, [network.group]) == {}
    assert choices.security_groups(DATABASE, [network.group])[network.group].vpc_id == network.vpc_id


def test_pages_of_any_length_hold_every_subnet_once(cloud: MotoEc2Cloud, network: Network) -> None:
    ec2 = cloud.client("ec2")
    for number in range(2, 12):
        ec2.create_subnet(VpcId=network.vpc_id, CidrBlock=f"10.1.{number}.0/24")
    choices = cloud.choices()

    pages = {
        limit: every(lambda size, after: choices.subnet_page(DATABASE, network.vpc_id, size, after), limit)
        for limit in (1, 2, 3, 4, 5, 7, 100)
    }

    known = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [network.vpc_id]}])["Subnets"]
    ids = sorted(each["SubnetId"] for each in known)
    assert {limit: sorted(each.subnet_id for each in found) for limit, found in pages.items()} == dict.fromkeys(
        pages, ids
    )
    assert len(every(lambda size, after: choices.subnet_page(DATABASE, None, size, after), 10)) > len(ids)


def test_security_groups_are_those_of_a_vpc_or_all(cloud: MotoEc2Cloud, network: Network) -> None:
    choices = cloud.choices()

    of_vpc = every(lambda size, after: choices.security_group_page(DATABASE, network.vpc_id, size, after), 1)
    all_of_them = every(lambda size, after: choices.security_group_page(DATABASE, None, size, after), 1)

    assert sorted(each.group_name for each in of_vpc) == ["default", "recovery"]
    assert {each.description for each in of_vpc if each.group_id == network.group} == {"Recovered"}
    assert {each.group_id for each in of_vpc} < {each.group_id for each in all_of_them}


def test_instance_profiles_are_shown_with_their_roles_and_found_by_their_exact_name(cloud: MotoEc2Cloud) -> None:
    iam, choices = cloud.client("iam"), cloud.choices()
    iam.create_role(RoleName="shop", AssumeRolePolicyDocument="{}")
    names = [f"Profile{number:03}" for number in range(103)]
    for name in names:
        iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=names[0], RoleName="shop")

    found = every(lambda size, after: choices.instance_profile_page(DATABASE, size, after), 40)

    assert [each.instance_profile_name for each in found] == names
    assert found[0].arn == "arn:aws:iam::111122223333:instance-profile/Profile000"
    assert [each.role_names for each in found[:2]] == [("shop",), ()]
    assert choices.instance_profiles(DATABASE, {names[-1], names[-1].lower(), "None"}) == {names[-1]}


def test_types_are_those_that_the_region_offers_or_the_zone(cloud: MotoEc2Cloud) -> None:
    choices = cloud.choices()
    region, zone = choices.offered_types(DATABASE), choices.offered_types(DATABASE, "us-west-2d")

    assert set(zone) < set(region)
    assert list(region) == sorted(region)
    assert "m6i.large" in region
    [offer] = choices.instance_types(DATABASE, ["m6i.large"])
    assert (offer.vcpus, offer.memory_mib, offer.architectures) == (2, 8192, ("x86_64",))


def test_the_zones_of_a_type_are_those_that_offer_it(cloud: MotoEc2Cloud) -> None:
    choices = cloud.choices()
    missing = min(set(choices.offered_types(DATABASE)) - set(choices.offered_types(DATABASE, "us-west-2d")))

    zones = choices.zones_offering(DATABASE, {missing, "m6i.large", "z9.none"})

    assert "us-west-2d" not in zones[missing]
    assert zones["m6i.large"] >= {"us-west-2a", "us-west-2b"}
    assert "z9.none" not in zones


def test_an_address_is_held_by_an_interface_also_as_its_second_one(cloud: MotoEc2Cloud, network: Network) -> None:
    ec2, (first, second) = cloud.client("ec2"), network.subnets
    interface = ec2.create_network_interface(
        SubnetId=first,
        PrivateIpAddresses=[
            {"PrivateIpAddress": "10.1.0.9", "Primary": True},
            {"PrivateIpAddress": "10.1.0.10", "Primary": False},
        ],
    )["NetworkInterface"]["NetworkInterfaceId"]
    wanted = [(first, "10.1.0.9"), (first, "10.1.0.10"), (first, "10.1.0.11"), (second, "10.1.1.9")]

    held = cloud.choices().held_addresses(
        DATABASE, [SubnetAddress(subnet_id=subnet, address=IPv4Address(address)) for subnet, address in wanted]
    )

    assert {(str(each.address), each.interface_id, each.instance_id) for each in held} == {
        ("10.1.0.9", interface, None),
        ("10.1.0.10", interface, None),
    }


def test_an_address_goes_back_with_the_instance_that_had_it(cloud: MotoEc2Cloud, network: Network) -> None:
    ec2, subnet = cloud.client("ec2"), network.subnets[0]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launch = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "InstanceType": "m6i.large", "SubnetId": subnet}
    instance = ec2.run_instances(**launch, PrivateIpAddress="10.1.0.9")["Instances"][0]["InstanceId"]
    wanted = [SubnetAddress(subnet_id=subnet, address=IPv4Address("10.1.0.9"))]
    choices = cloud.choices()

    assert [each.instance_id for each in choices.held_addresses(DATABASE, wanted)] == [instance]
    with pytest.raises(ClientError, match=r"InvalidIPAddress\.InUse"):
        ec2.run_instances(**launch, PrivateIpAddress="10.1.0.9")

    ec2.terminate_instances(InstanceIds=[instance])

    assert choices.held_addresses(DATABASE, wanted) == ()
    assert choices.subnets(DATABASE, [subnet])[subnet].available_addresses == 251


def test_the_addresses_of_instances_are_those_in_the_subnets_that_are_asked_about(
    cloud: MotoEc2Cloud, network: Network
) -> None:
    ec2, (here, there) = cloud.client("ec2"), network.subnets
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launch = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "InstanceType": "m6i.large"}
    one, other = (ec2.run_instances(**launch, SubnetId=here)["Instances"][0]["InstanceId"] for _ in range(2))
    interface = ec2.create_network_interface(SubnetId=there)["NetworkInterface"]["NetworkInterfaceId"]
    ec2.attach_network_interface(DeviceIndex=1, InstanceId=one, NetworkInterfaceId=interface)
    choices = cloud.choices()

    def counted(*subnets: str, instances: tuple[str, ...]) -> list[str]:
        return sorted(each.instance_id or "" for each in choices.addresses_of_instances(DATABASE, subnets, instances))

    assert counted(here, instances=(one,)) == [one]
    assert counted(here, there, instances=(one, other)) == sorted([one, one, other])
    assert counted(there, instances=(other,)) == []


def test_nothing_is_asked_about_nothing(cloud: MotoEc2Cloud) -> None:
    choices = cloud.choices()

    found = (
        choices.subnets(DATABASE, ()),
        choices.security_groups(DATABASE, ()),
        choices.zones_offering(DATABASE, ()),
        choices.instance_profiles(DATABASE, ()),
        choices.held_addresses(DATABASE, ()),
        choices.addresses_of_instances(DATABASE, ["subnet-00000000"], ()),
        choices.instance_types(DATABASE, ()),
    )

    assert not any(found)
    assert cloud.calls.total() == 0


def test_hundreds_are_asked_about_in_slices_of_what_a_filter_takes(cloud: MotoEc2Cloud, network: Network) -> None:
    addresses = [IPv4Address("10.1.0.4") + number for number in range(201)]

    cloud.choices().held_addresses(
        DATABASE, [SubnetAddress(subnet_id=network.subnets[0], address=each) for each in addresses]
    )

    assert cloud.calls["DescribeNetworkInterfaces"] == 2


LOOKUPS: dict[str, Callable[[Ec2Choices, Target], object]] = {
    "DescribeSubnets": lambda choices, target: choices.subnets(target, ["subnet-00000000"]),
    "DescribeSecurityGroups": lambda choices, target: choices.security_groups(target, ["sg-00000000"]),
    "DescribeInstanceTypeOfferings": lambda choices, target: choices.zones_offering(target, ["m6i.large"]),
    "ListInstanceProfiles": lambda choices, target: choices.instance_profiles(target, ["Profile"]),
    "DescribeNetworkInterfaces": lambda choices, target: choices.held_addresses(
        target, [SubnetAddress(subnet_id="subnet-00000000", address=IPv4Address("10.0.0.9"))]
    ),
    "DescribeInstanceTypes": lambda choices, target: choices.instance_types(target, ["m6i.large"]),
}


@pytest.mark.parametrize("call", LOOKUPS)
@pytest.mark.parametrize("code", ["UnauthorizedOperation", "RequestLimitExceeded"])
def test_what_could_not_be_asked_is_an_error_that_names_the_call(cloud: MotoEc2Cloud, call: str, code: str) -> None:
    def refuse(name: str) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "not now"}}, name)

    cloud.before = refuse

    with pytest.raises(DrsServiceError) as raised:
        LOOKUPS[call](cloud.choices(), DATABASE)

    assert (raised.value.drs_code, raised.value.details["operation"]) == (code, call)


@pytest.mark.parametrize("call", LOOKUPS)
def test_a_silent_endpoint_is_an_error(cloud: MotoEc2Cloud, call: str) -> None:
    silence, choices = Silence(), cloud.choices()
    LOOKUPS[call](choices, DATABASE)
    cloud.before = lambda _: silence.hold()

    with somebody_waits(0.1), pytest.raises(DrsServiceError) as raised:
        LOOKUPS[call](choices, DATABASE)

    silence.end()
    assert raised.value.drs_code == "ENDPOINT_UNREACHABLE"


def test_an_account_that_lets_nobody_in_is_an_error(cloud: MotoEc2Cloud) -> None:
    with pytest.raises(CrossAccountError):
        cloud.choices(lambda _: None).subnets(DATABASE, ["subnet-00000000"])
