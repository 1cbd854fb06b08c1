"""A configuration whose accounts have moto's EC2, with what the local system adds to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from local.drs_simulator.moto_ec2 import MotoEc2
from shared.models.targets import Target
from tests.integration.configuration.conftest import System, new_system
from tests.support.configuration import DATABASE, server_id
from tests.support.moto_ec2 import MotoEc2Cloud, Network, make_network, moto_ec2

ONE, TWO, THREE = (server_id(number) for number in range(1, 4))


@pytest.fixture(scope="package")
def shared() -> Iterator[MotoEc2Cloud]:
    with moto_ec2() as cloud:
        cloud.client("iam").create_instance_profile(InstanceProfileName="Recovery")
        yield cloud


@pytest.fixture
def cloud(shared: MotoEc2Cloud) -> MotoEc2Cloud:
    shared.forget()
    shared.drop_templates()
    return shared


@pytest.fixture
def network(cloud: MotoEc2Cloud) -> Network:
    return make_network(cloud)


@pytest.fixture
def system(cloud: MotoEc2Cloud) -> System:
    ec2 = MotoEc2(lambda account, region: cloud.client("ec2", Target(account_id=account, region=region)))
    system = new_system(choices=cloud.choices(), ec2=ec2, templates=cloud.templates())
    system.protect(DATABASE, ONE, TWO, THREE)
    return system


def settings(network: Network, **more: Any) -> dict[str, Any]:
    """Such as can be had."""
    return {
        "subnetId": network.subnets[0],
        "securityGroupIds": [network.group],
        "instanceType": "m6i.large",
        "instanceProfileName": "Recovery",
        **more,
    }


def own(server: str, **template: Any) -> dict[str, Any]:
    return {"sourceServerId": server, "launchTemplate": template}


def create(system: System, name: str = "Databases", **fields: Any) -> dict[str, Any]:
    known = {"accountId": DATABASE.account_id, "region": DATABASE.region, "sourceServerIds": [ONE]}
    return system.call("create_protection_group", groupName=name, **{**known, **fields})


def update(system: System, group: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return system.call("update_protection_group", groupId=group["groupId"], version=group["version"], **fields)


def validate(system: System, group: dict[str, Any], server: str, address: str, **more: Any) -> dict[str, Any]:
    return system.ask("validate_static_ip", groupId=group["groupId"], serverId=server, staticPrivateIp=address, **more)
