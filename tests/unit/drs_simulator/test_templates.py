"""Launch templates: DRS makes them and renews them, launches follow them, and an unusable one fails its launch."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.drs_simulator.networks import Network
from local.drs_simulator.prepared import PreparedInstance
from tests.support.drs_rehearsal import ACCOUNT, REGION, Rehearsal, template_of

SUBNET, GROUP, OTHER_GROUP = "subnet-0000000000000001a", "sg-00000000000000001", "sg-00000000000000002"
INTERFACE = {"DeviceIndex": 0, "SubnetId": SUBNET, "Groups": [GROUP]}


@pytest.fixture
def network(rehearsal: Rehearsal) -> Network:
    known = Network(
        subnets={SUBNET: ("vpc-1", "10.0.1.0/24")},
        security_groups={GROUP: "vpc-1", OTHER_GROUP: "vpc-2"},
        profiles={"web"},
        instance_types={"t3.micro", "m6i.large"},
    )
    rehearsal.ec2.networks[ACCOUNT, REGION] = known
    return known


def set_default(rehearsal: Rehearsal, server_id: str, **data: Any) -> None:
    template = template_of(rehearsal, server_id)
    template.make_default(template.add(data, source=template.default))


def test_drs_makes_a_template_with_disks_tags_and_the_recommended_type(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()

    template = template_of(rehearsal, server_id)

    data = template.version(template.default)
    assert (template.default, template.latest, data["InstanceType"]) == (1, 1, "t3.micro")
    assert [mapping["DeviceName"] for mapping in data["BlockDeviceMappings"]] == ["/dev/sda1"]
    tags = {tag["Key"]: tag["Value"] for tag in data["TagSpecifications"][0]["Tags"]}
    assert tags["AWSElasticDisasterRecoverySourceServerID"] == server_id
    assert template_of(rehearsal, server_id) is template


def test_an_update_of_the_configuration_makes_a_version_that_is_the_default(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    set_default(rehearsal, server_id, InstanceType="m6i.large")

    rehearsal.drs.update_launch_configuration(sourceServerID=server_id, copyTags=True)

    template = template_of(rehearsal, server_id)
    assert (template.default, template.latest) == (3, 3)
    assert template.version(3)["InstanceType"] == "t3.micro", "right-sizing overrides it"

    rehearsal.drs.update_launch_configuration(sourceServerID=server_id, targetInstanceTypeRightSizingMethod="NONE")
    set_default(rehearsal, server_id, InstanceType="m6i.large")
    rehearsal.drs.update_launch_configuration(sourceServerID=server_id, copyTags=False)

    assert template.version(template.default)["InstanceType"] == "m6i.large"
    assert template.version(template.default)["BlockDeviceMappings"], "what DRS put there stays"


def test_a_version_without_a_source_loses_the_block_devices(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    template = template_of(rehearsal, server_id)

    without, within = template.add({"InstanceType": "m6i.large"}), template.add({"InstanceType": "c5.large"}, source=1)

    assert template.version(without) == {"InstanceType": "m6i.large"}
    assert template.version(within) == {**template.version(1), "InstanceType": "c5.large"}


@pytest.mark.usefixtures("network")
def test_a_launch_follows_the_default_version(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    rehearsal.drs.update_launch_configuration(sourceServerID=server_id, targetInstanceTypeRightSizingMethod="NONE")
    interface = {**INTERFACE, "PrivateIpAddress": "10.0.1.77"}
    set_default(
        rehearsal,
        server_id,
        InstanceType="m6i.large",
        NetworkInterfaces=[interface],
        IamInstanceProfile={"Name": "web"},
    )

    rehearsal.launch([server_id])

    [instance] = rehearsal.ec2.instances.values()
    launch = instance.launch
    assert (launch.instance_type, launch.subnet_id, launch.security_group_ids) == ("m6i.large", SUBNET, (GROUP,))
    assert (launch.private_address, launch.profile_name) == ("10.0.1.77", "web")
    assert launch.block_devices == ("/dev/sda1",)


@pytest.mark.usefixtures("network")
def test_the_address_of_the_source_is_copied_if_asked_for(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect(1, ip_addresses=("10.0.1.9",))
    rehearsal.drs.update_launch_configuration(sourceServerID=server_id, copyPrivateIp=True)
    set_default(rehearsal, server_id, NetworkInterfaces=[{**INTERFACE, "PrivateIpAddress": "10.0.1.77"}])

    rehearsal.launch([server_id])

    assert [one.launch.private_address for one in rehearsal.ec2.instances.values()] == ["10.0.1.9"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-gone"}]}, "InvalidSubnetID.NotFound"),
        ({"NetworkInterfaces": [{**INTERFACE, "Groups": ["sg-gone"]}]}, "InvalidGroup.NotFound"),
        ({"NetworkInterfaces": [{**INTERFACE, "Groups": [OTHER_GROUP]}]}, "different networks"),
        ({"NetworkInterfaces": [{**INTERFACE, "PrivateIpAddress": "10.9.9.9"}]}, "subnet's address range"),
        ({"NetworkInterfaces": [{**INTERFACE, "PrivateIpAddress": "10.0.1.3"}]}, "reserved address range"),
        ({"NetworkInterfaces": [{**INTERFACE, "PrivateIpAddress": "10.0.1.255"}]}, "reserved address range"),
        ({"IamInstanceProfile": {"Name": "gone"}}, "iamInstanceProfile.name"),
        ({"InstanceType": "x9.huge"}, "x9.huge"),
    ],
)
@pytest.mark.usefixtures("network")
def test_a_launch_by_an_unusable_template_fails_in_the_words_of_ec2(
    rehearsal: Rehearsal, data: dict[str, Any], words: str
) -> None:
    [server_id] = rehearsal.protect()
    rehearsal.drs.update_launch_configuration(sourceServerID=server_id, targetInstanceTypeRightSizingMethod="NONE")
    set_default(rehearsal, server_id, **data)

    job_id = rehearsal.launch([server_id])

    failed = [item for item in rehearsal.log(job_id) if item["event"] == "LAUNCH_FAILED"]
    assert [words in item["eventData"]["rawError"] for item in failed] == [True]
    assert rehearsal.job(job_id)["participatingServers"][0]["launchStatus"] == "FAILED"
    assert not rehearsal.ec2.running()


@pytest.mark.usefixtures("network")
def test_an_address_is_taken_as_long_as_its_instance_lives(rehearsal: Rehearsal) -> None:
    first, second = rehearsal.protect(2)
    for server_id in (first, second):
        set_default(rehearsal, server_id, NetworkInterfaces=[{**INTERFACE, "PrivateIpAddress": "10.0.1.77"}])
    rehearsal.launch([first])

    refused = rehearsal.launch([second])

    [item] = [item for item in rehearsal.log(refused) if item["event"] == "LAUNCH_FAILED"]
    assert "InvalidIPAddress.InUse: Address 10.0.1.77" in item["eventData"]["rawError"]
    rehearsal.drs.terminate_recovery_instances(recoveryInstanceIDs=[rehearsal.instances()[0]["recoveryInstanceID"]])
    rehearsal.finish_jobs()
    rehearsal.launch([second])
    assert len(rehearsal.ec2.running()) == 1


def test_a_template_that_somebody_deleted_fails_its_launch_and_the_update(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    template = template_of(rehearsal, server_id)
    del rehearsal.ec2.templates[ACCOUNT, REGION, template.template_id]

    job_id = rehearsal.launch([server_id])

    [item] = [item for item in rehearsal.log(job_id) if item["event"] == "LAUNCH_FAILED"]
    assert "InvalidLaunchTemplateId.NotFound" in item["eventData"]["rawError"]
    with pytest.raises(ClientError, match="InvalidLaunchTemplateId.NotFound"):
        rehearsal.drs.update_launch_configuration(sourceServerID=server_id, copyTags=True)


def test_a_subnet_that_is_full_takes_no_launch_before_an_instance_there_is_gone(
    rehearsal: Rehearsal, network: Network
) -> None:
    network.subnets[SUBNET] = ("vpc-1", "10.0.1.0/29")
    servers = rehearsal.protect(4)
    for server_id in servers:
        set_default(rehearsal, server_id, NetworkInterfaces=[INTERFACE])
    for server_id in servers[:3]:
        rehearsal.launch([server_id])

    refused = rehearsal.launch([servers[3]])

    [item] = [item for item in rehearsal.log(refused) if item["event"] == "LAUNCH_FAILED"]
    assert "InsufficientFreeAddressesInSubnet" in item["eventData"]["rawError"]
    rehearsal.launch([servers[0]])
    assert len(rehearsal.ec2.running()) == 3, "whose own instance goes first"


def test_a_type_that_the_zone_of_the_subnet_does_not_offer_takes_no_launch(
    rehearsal: Rehearsal, network: Network
) -> None:
    network.types_in_zone[SUBNET] = {"m6i.large"}
    [server_id] = rehearsal.protect()
    set_default(rehearsal, server_id, NetworkInterfaces=[INTERFACE])

    refused = rehearsal.launch([server_id])

    [item] = [item for item in rehearsal.log(refused) if item["event"] == "LAUNCH_FAILED"]
    assert "(t3.micro) is not supported in your requested Availability Zone" in item["eventData"]["rawError"]


@pytest.mark.usefixtures("network")
def test_the_address_of_an_instance_that_was_there_is_taken(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    there = PreparedInstance("i-0123456789abcdef0", ACCOUNT, REGION, private_address="10.0.1.77", subnet_id=SUBNET)
    rehearsal.ec2.prepare(there)
    set_default(rehearsal, server_id, NetworkInterfaces=[{**INTERFACE, "PrivateIpAddress": "10.0.1.77"}])

    refused = rehearsal.launch([server_id])

    [item] = [item for item in rehearsal.log(refused) if item["event"] == "LAUNCH_FAILED"]
    assert "InvalidIPAddress.InUse: Address 10.0.1.77" in item["eventData"]["rawError"]
