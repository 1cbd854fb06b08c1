"""Instances of moto's EC2 that servers are launched into: made for it, looked at, and given other volumes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from local.drs_simulator.prepared import IntoOrder, PreparedInstance

if TYPE_CHECKING:
    from mypy_boto3_ec2.client import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeDef


def instance_of(client: "EC2Client", account: str, region: str, instance_id: str) -> PreparedInstance | None:
    """What EC2 says of an instance; None of one that it does not know."""
    found = _described(client, instance_id)
    return None if found is None else _prepared(found, account, region)


def put_volumes(client: "EC2Client", order: IntoOrder) -> None:
    """New volumes in the place of those that the instance has, which stay in the account; raises ClientError."""
    found = _described(client, order.instance_id)
    if found is None:
        return
    for mapping in found.get("BlockDeviceMappings", ()):
        client.detach_volume(VolumeId=mapping["Ebs"]["VolumeId"], InstanceId=order.instance_id)
    zone = found["Placement"]["AvailabilityZone"]
    tags = [{"Key": key, "Value": value} for key, value in order.tags.items()]
    for device, gib in order.disks:
        volume = client.create_volume(
            AvailabilityZone=zone,
            Size=gib,
            VolumeType="gp3",
            TagSpecifications=[{"ResourceType": "volume", "Tags": cast(Any, tags)}],
        )
        client.attach_volume(VolumeId=volume["VolumeId"], InstanceId=order.instance_id, Device=device)


def _described(client: "EC2Client", instance_id: str) -> "InstanceTypeDef | None":
    try:
        reservations = client.describe_instances(InstanceIds=[instance_id])["Reservations"]
    except ClientError as error:
        if "NotFound" not in error.response["Error"]["Code"]:
            raise
        return None
    return next((one for group in reservations for one in group["Instances"]), None)


def _prepared(found: "InstanceTypeDef", account: str, region: str) -> PreparedInstance:
    said = cast(Mapping[str, Any], found)
    return PreparedInstance(
        found["InstanceId"],
        account,
        region,
        state=found["State"]["Name"],
        tags={tag["Key"]: tag["Value"] for tag in said.get("Tags", ())},
        private_address=said.get("PrivateIpAddress", ""),
        platform="windows" if str(said.get("Platform", "")).lower() == "windows" else "linux",
        architecture=said.get("Architecture", "x86_64"),
        virtualization=said.get("VirtualizationType", "hvm"),
        root_device=said.get("RootDeviceType", "ebs"),
        volumes=tuple(mapping["Ebs"]["VolumeId"] for mapping in said.get("BlockDeviceMappings", ())),
    )
