"""What moto's EC2 knows of the things that a launch names."""

from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from local.drs_simulator.networks import Network
from local.drs_simulator.templates import Launch

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client
    from mypy_boto3_ec2.type_defs import SubnetTypeDef


def network_of(client: "EC2Client", launch: Launch) -> tuple[Network, set[tuple[str, str]]]:
    """The network of a launch as far as it matters for it, and the addresses that are in use in its subnet.

    Names of instance profiles are the business of RunInstances itself. A launch that names nothing costs no call.
    """
    network = Network(profiles={launch.profile_name})
    in_use: set[tuple[str, str]] = set()
    if launch.subnet_id:
        found = _subnet(client, launch.subnet_id)
        network.subnets = {one["SubnetId"]: (one["VpcId"], one["CidrBlock"]) for one in found}
        network.types_in_zone = {
            one["SubnetId"]: _offered_there(client, launch.instance_type, one["AvailabilityZone"]) for one in found
        }
    if launch.security_group_ids:
        network.security_groups = _security_groups(client, launch.security_group_ids)
    if network.subnets and launch.private_address:
        in_use = _addresses(client, launch.subnet_id)
    return network, in_use


def offered(client: "EC2Client", instance_type: str) -> bool:
    """Whether an instance type is offered in the region."""
    wanted: Any = [{"Name": "instance-type", "Values": [instance_type]}]
    answer = client.describe_instance_type_offerings(LocationType="region", Filters=wanted)
    return bool(answer["InstanceTypeOfferings"])


def _offered_there(client: "EC2Client", instance_type: str, zone: str) -> set[str]:
    """The instance type, if the zone offers it."""
    wanted: Any = [{"Name": "instance-type", "Values": [instance_type]}, {"Name": "location", "Values": [zone]}]
    answer = client.describe_instance_type_offerings(LocationType="availability-zone", Filters=wanted)
    return {one["InstanceType"] for one in answer["InstanceTypeOfferings"]}


def _subnet(client: "EC2Client", subnet_id: str) -> "list[SubnetTypeDef]":
    try:
        return client.describe_subnets(SubnetIds=[subnet_id])["Subnets"]
    except ClientError as error:
        if "NotFound" not in error.response["Error"]["Code"]:
            raise
        return []


def _security_groups(client: "EC2Client", group_ids: tuple[str, ...]) -> dict[str, str]:
    wanted = cast(Any, [{"Name": "group-id", "Values": list(group_ids)}])
    return {one["GroupId"]: one["VpcId"] for one in client.describe_security_groups(Filters=wanted)["SecurityGroups"]}


def _addresses(client: "EC2Client", subnet_id: str) -> set[tuple[str, str]]:
    wanted = cast(Any, [{"Name": "subnet-id", "Values": [subnet_id]}])
    pages = client.get_paginator("describe_network_interfaces").paginate(Filters=wanted)
    return {
        (subnet_id, address["PrivateIpAddress"])
        for page in pages
        for interface in page["NetworkInterfaces"]
        for address in interface["PrivateIpAddresses"]
    }
