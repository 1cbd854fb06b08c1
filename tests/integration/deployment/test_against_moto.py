"""A deployment with boto3's own clients: change sets, events, a bucket. moto looks into no nested stack, and says of no
change whether it replaces something."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, cast

import boto3
import pytest
from moto import mock_aws

from local.cloudformation.template import parse
from tests.functional.deployment.told import ToldFunctions, pages
from tools.deployment.built import Built
from tools.deployment.deploy import Deployment, Wish
from tools.deployment.destroy import Destruction
from tools.deployment.errors import DeploymentError
from tools.deployment.smoke import Smoke
from tools.deployment.stacks import Stacks
from tools.deployment.upload import Bucket

REGION: Final = "eu-west-1"
ACCOUNT: Final = "123456789012"
BUCKET: Final = "artefacts"
STACK: Final = "small-dev"
WISH: Final = Wish("small", "dev")
TOPIC: Final = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Owner"}}}


def built(**resources: dict[str, Any]) -> Built:
    """A build whose master has a topic and these resources."""
    strings = ("ProjectName", "Environment", "SourceBucket", "SourcePrefix")
    template = {
        "Parameters": {**{name: {"Type": "String"} for name in strings}, "Owner": {"Type": "String", "Default": "us"}},
        "Resources": {"Topic": TOPIC, **resources},
    }
    manifest = {"sourcePrefix": "folder", "functions": {}, "stateMachine": "machine-1.json"}
    return Built(manifest, {"templates/master-template.yaml": json.dumps(template).encode(), "machine-1.json": b"{}"})


class StacksOfMoto(Stacks):
    """moto has cfn-lint look at a template, slowly and for other faults than CloudFormation's."""

    def check_template(self, name: str, text: str) -> None:
        return


class NothingAsked(Smoke):
    """moto gives a stack that was made by a change set no outputs."""

    def ask(self, outputs: Mapping[str, str], *, over_http: bool) -> None:
        return


class Cloud:
    """boto3's clients, and what a deployment through them said."""

    def __init__(self) -> None:
        self.client = boto3.client("cloudformation", region_name=REGION)
        self.s3 = boto3.client("s3", region_name=REGION)
        self.said: list[str] = []
        self._made = 0

    def deploy(self, build: Built, wish: Wish = WISH) -> None:
        """Deploy it."""
        self.said.clear()
        self._made += 1
        Deployment(
            stacks=StacksOfMoto(self.client, lambda _: None),
            bucket=Bucket(self.s3, BUCKET, ACCOUNT),
            smoke=NothingAsked(cast(Any, ToldFunctions()), pages(), lambda _: None, self.said.append),
            tell=self.said.append,
            new_name=lambda: f"deploy-{self._made}",
        ).deploy(wish, build, parse(build.master))

    def stack(self) -> Any:
        """The stack as AWS tells it."""
        return self.client.describe_stacks(StackName=STACK)["Stacks"][0]


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """An account with a bucket for what is built."""
    with mock_aws():
        found = Cloud()
        found.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield found


def test_a_stack_is_made_changed_and_left_alone(cloud: Cloud) -> None:
    cloud.deploy(built())

    assert cloud.stack()["StackStatus"] == "CREATE_COMPLETE"
    assert any("added            Topic (AWS::SNS::Topic)" in line for line in cloud.said)
    assert cloud.s3.get_object(Bucket=BUCKET, Key="folder/machine-1.json")["Body"].read() == b"{}"

    cloud.deploy(built(Queue={"Type": "AWS::SQS::Queue"}), replace(WISH, said={"Owner": "them"}))

    assert cloud.stack()["StackStatus"] == "UPDATE_COMPLETE"
    assert any("added            Queue (AWS::SQS::Queue)" in line for line in cloud.said)
    assert {one["ParameterKey"]: one["ParameterValue"] for one in cloud.stack()["Parameters"]}["Owner"] == "them"


def test_a_preview_of_a_stack_makes_nothing(cloud: Cloud) -> None:
    cloud.deploy(built(), replace(WISH, previews=True))

    assert cloud.stack()["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert cloud.client.list_change_sets(StackName=STACK)["Summaries"] == []


def test_a_table_that_would_go_stays(cloud: Cloud) -> None:
    keys = {"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "id", "AttributeType": "S"}
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {"KeySchema": [keys[0]], "AttributeDefinitions": [keys[1]], "BillingMode": "PAY_PER_REQUEST"},
    }
    cloud.deploy(built(Table=table))

    with pytest.raises(DeploymentError, match="Table is removed"):
        cloud.deploy(built())

    assert len(boto3.client("dynamodb", region_name=REGION).list_tables()["TableNames"]) == 1
    cloud.deploy(built(), replace(WISH, accepted=frozenset({"Table"})))
    assert boto3.client("dynamodb", region_name=REGION).list_tables()["TableNames"] == []


def test_a_bucket_of_another_region_gets_nothing(cloud: Cloud) -> None:
    cloud.s3.delete_bucket(Bucket=BUCKET)
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=BUCKET)

    with pytest.raises(DeploymentError, match="is in us-east-1, the stack in eu-west-1"):
        cloud.deploy(built())


def test_a_stack_is_taken_away_and_what_it_keeps_is_told(cloud: Cloud) -> None:
    cloud.deploy(built(Kept={"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain"}))
    said: list[str] = []

    Destruction(Stacks(cloud.client, lambda _: None), said.append, lambda _: STACK).destroy(STACK, None)

    assert f"{STACK} has 2 resources. 1 are deleted with it." in said
    assert any("Kept (AWS::SQS::Queue)" in line for line in said)
    assert cloud.client.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"] == []
