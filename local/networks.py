"""The networks that servers are recovered into: VPCs, subnets, security groups and instance profiles of an example."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.moto_patches.given_ids import given_id

ClientOf = Callable[[str, str, str], Any]
"""A client of a service in an account and region."""

_TRUST: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ],
    }
)


def furnish(networks: Mapping[str, Any], client_of: ClientOf) -> None:
    """Make everything that the document has, in each of its accounts and regions."""
    for place in networks["regions"]:
        account, region = place["account"], place["region"]
        for vpc in place["vpcs"]:
            _make_vpc(vpc, client_of("ec2", account, region))
        for profile in place.get("instanceProfiles", ()):
            _make_profile(profile, client_of("iam", account, region))


def _make_vpc(vpc: Mapping[str, Any], ec2: Any) -> None:
    vpc_id = ec2.create_vpc(CidrBlock=vpc["cidrBlock"], TagSpecifications=_named("vpc", vpc["name"]))["Vpc"]["VpcId"]
    for subnet in vpc["subnets"]:
        with given_id(subnet["subnetId"]):
            ec2.create_subnet(
                VpcId=vpc_id,
                CidrBlock=subnet["cidrBlock"],
                AvailabilityZone=subnet["availabilityZone"],
                TagSpecifications=_named("subnet", subnet["name"]),
            )
    for group in vpc["securityGroups"]:
        with given_id(group["groupId"]):
            ec2.create_security_group(VpcId=vpc_id, GroupName=group["groupName"], Description=group["description"])


def _make_profile(profile: Mapping[str, Any], iam: Any) -> None:
    iam.create_role(RoleName=profile["roleName"], AssumeRolePolicyDocument=_TRUST)
    iam.create_instance_profile(InstanceProfileName=profile["instanceProfileName"])
    iam.add_role_to_instance_profile(InstanceProfileName=profile["instanceProfileName"], RoleName=profile["roleName"])


def _named(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]
