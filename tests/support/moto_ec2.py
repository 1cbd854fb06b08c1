"""EC2 and IAM played by moto with the patches of the local system, and the product's own way into target accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from local.moto_patches import (
    images,
    launch_template_pages,
    launch_template_versions,
    listed_in_pages,
    network_addresses,
)
from local.moto_patches.patches import Patches
from shared.aws.ec2_choices import Ec2Choices
from shared.aws.launch_templates import LaunchTemplateGateway
from shared.cross_account import STANDARD_ROLE, FindAccount, Sessions, make_client, new_session
from shared.models.account import TargetAccount
from shared.models.targets import Target
from tests.support.configuration import DATABASE, HUB, NOW, WEB


def registered(account_id: str) -> TargetAccount | None:
    """The two accounts of the tests."""
    if account_id not in (DATABASE.account_id, WEB.account_id):
        return None
    return TargetAccount(
        account_id=account_id,
        account_name=account_id,
        external_id="an-external-id",
        created_at=NOW,
        updated_at=NOW,
    )


@dataclass
class MotoEc2Cloud:
    """The accounts, the calls that reached them, and what goes wrong.

    `before` is told each call but those by which roles are assumed, and may raise.
    """

    calls: Counter[str] = field(default_factory=Counter)
    before: Callable[[str], object] = lambda _call: None
    _clients: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    _gateways: dict[FindAccount, Ec2Choices] = field(default_factory=dict)
    _templates: list[LaunchTemplateGateway] = field(default_factory=list)

    def choices(self, find_account: FindAccount = registered) -> Ec2Choices:
        """The gateway, in sessions of roles that it assumes; its clients take long to make, and are kept."""
        if find_account not in self._gateways:
            sessions = Sessions(find_account, HUB, "us-east-1", base_session=new_session(**_KEYS), factory=self._client)
            self._gateways[find_account] = Ec2Choices(sessions)
        return self._gateways[find_account]

    def templates(self) -> LaunchTemplateGateway:
        """That of launch templates; what it asks is not counted."""
        if not self._templates:
            sessions = Sessions(registered, HUB, "us-east-1", base_session=new_session(**_KEYS), factory=make_client)
            self._templates.append(LaunchTemplateGateway(sessions))
        return self._templates[0]

    def forget(self) -> None:
        """Nothing has been asked, and nothing goes wrong."""
        self.calls.clear()
        self.before = lambda _call: None

    def drop_templates(self) -> None:
        """There are no launch templates, whose names the servers of the next test have again."""
        for (service, *_), client in self._clients.items():
            if service == "ec2":
                for template in client.describe_launch_templates()["LaunchTemplates"]:
                    client.delete_launch_template(LaunchTemplateId=template["LaunchTemplateId"])

    def client(self, service: str, target: Target = DATABASE) -> Any:
        """A client of an account and region, as somebody who owns it has."""
        key = (service, target.account_id, target.region)
        if key not in self._clients:
            role = f"arn:aws:iam::{target.account_id}:role/{STANDARD_ROLE}"
            sts = new_session(**_KEYS).client("sts", region_name="us-east-1")
            given = sts.assume_role(RoleArn=role, RoleSessionName="owner")["Credentials"]
            session = new_session(
                aws_access_key_id=given["AccessKeyId"],
                aws_secret_access_key=given["SecretAccessKey"],
                aws_session_token=given["SessionToken"],
            )
            self._clients[key] = session.client(service, region_name=target.region)  # type: ignore[call-overload]
        return self._clients[key]

    def _client(self, session: boto3.session.Session, service: str, region: str, config: Config) -> Any:
        client = make_client(session, service, region, config)
        client.meta.events.register("before-call", self._count)
        return client

    def _count(self, model: Any, **_more: Any) -> None:
        self.calls[model.name] += 1
        if model.name != "AssumeRole":
            self.before(model.name)


_KEYS: Final[Mapping[str, str]] = {"aws_access_key_id": "hub", "aws_secret_access_key": "hub"}


@dataclass(frozen=True)
class Network:
    """A VPC with two subnets in two zones, and a security group."""

    vpc_id: str
    subnets: tuple[str, str]
    group: str


def make_network(cloud: MotoEc2Cloud, cidr: str = "10.1.0.0/16", target: Target = DATABASE) -> Network:
    """A VPC whose subnets are its first two networks of 256 addresses."""
    ec2, two = cloud.client("ec2", target), cidr.split(".")[1]
    vpc_id = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
    first, second = (
        ec2.create_subnet(
            VpcId=vpc_id,
            CidrBlock=f"10.{two}.{number}.0/24",
            AvailabilityZone=f"{target.region}{zone}",
            TagSpecifications=[{"ResourceType": "subnet", "Tags": [{"Key": "Name", "Value": f"recovery-{zone}"}]}],
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    )
    group = ec2.create_security_group(VpcId=vpc_id, GroupName="recovery", Description="Recovered")["GroupId"]
    return Network(vpc_id, (first, second), group)


@contextmanager
def moto_ec2() -> Iterator[MotoEc2Cloud]:
    """The cloud, while it lasts."""
    patches = Patches()
    with mock_aws():
        listed_in_pages.install(patches)
        network_addresses.install(patches)
        launch_template_versions.install(patches)
        launch_template_pages.install(patches)
        try:
            yield MotoEc2Cloud()
        finally:
            patches.undo()


@pytest.fixture(scope="package", autouse=True)
def few_images() -> Iterator[None]:
    """A region of moto's EC2 has the images of a local system: moto makes hundreds more, each time it begins anew."""
    patches = Patches()
    images.install(patches)
    yield
    patches.undo()
