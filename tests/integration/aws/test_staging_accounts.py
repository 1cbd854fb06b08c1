"""What is asked in the account of a server's staging: how it is encrypted, and the tags of the instance that it is."""

from __future__ import annotations

from moto import mock_aws

from shared.aws.ec2_tags import InstanceTags
from shared.aws.extensions import ExtensionGateway
from shared.models.targets import ServerKey, Target
from tests.integration.aws.conftest import Cloud, account

STAGING = Target(account_id="777788889999", region="us-west-2")


def test_the_encryption_of_a_server_is_asked_for_in_its_own_account(cloud: Cloud) -> None:
    cloud.accounts[STAGING.account_id] = account(STAGING.account_id)
    (server,) = cloud.protect(STAGING, "db-1")

    key = ServerKey(account_id=STAGING.account_id, region=STAGING.region, source_server_id=server)
    found = ExtensionGateway(cloud.sessions, cloud.clock).encryption(key)

    assert (found.ebs_encryption, found.key_arn) == ("DEFAULT", None)


def test_tags_of_instances_are_read_in_their_own_account(cloud: Cloud) -> None:
    cloud.accounts[STAGING.account_id] = account(STAGING.account_id)
    with mock_aws():
        assert InstanceTags(cloud.sessions).instance_tags(STAGING, ["i-0123456789abcdef0"]) == {}
