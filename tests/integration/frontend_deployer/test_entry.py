"""The entry of frontend-deployer, from a request of CloudFormation to files in a bucket and an answer, on moto."""

from __future__ import annotations

import importlib.util
import json
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from aws_lambda_powertools import Logger
from moto import mock_aws

from frontend_deployer.answering import Waiting
from frontend_deployer.deployer import Deployer
from frontend_deployer.pages import Page
from shared.aws.console_hosting import BucketGateway, DistributionGateway, StackGateway
from shared.aws.ports import HandOverError

ENTRY = Path("lambda/frontend-deployer/index.py")
BUCKET = "aws-drs-orchestration-web-dev-123456789012-us-east-1"
STACK = "arn:aws:cloudformation:us-east-1:123456789012:stack/web/1"
CONFIG = {"region": "us-east-1", "apiEndpoint": "https://abc.execute-api.us-east-1.amazonaws.com/test"}


@dataclass
class Time:
    """What Lambda says of the time that is left."""

    milliseconds: int = 300_000

    def get_remaining_time_in_millis(self) -> int:
        """All of it."""
        return self.milliseconds


@dataclass
class Stack:
    """CloudFormation as it tells how a stack is."""

    state: str

    def status(self, stack_id: str) -> str:
        """How it is."""
        assert stack_id == STACK
        if not self.state:
            raise KeyError("CloudFormation gave no answer")
        return self.state


@dataclass
class Served:
    """A distribution that remembers what it was asked."""

    invalidated: list[str] = field(default_factory=list)

    def invalidate(self, distribution_id: str, reference: str) -> None:
        """Remember the reference."""
        self.invalidated.append(reference)


@pytest.fixture
def answers() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An address that takes answers, and those that it took; what was sent with a content type it would refuse."""
    taken: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            good = not self.headers.get("Content-Type")
            if good:
                taken.append(json.loads(body))
            self.send_response(200 if good else 403)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/signed?for=it", taken
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with the bucket, and the function's environment."""
    variables = {
        "AWS_ACCESS_KEY_ID": "hub",
        "AWS_SECRET_ACCESS_KEY": "hub",
        "AWS_DEFAULT_REGION": "us-east-1",
        "PROJECT_NAME": "aws-drs-orchestration",
        "ENVIRONMENT": "dev",
        "LOG_LEVEL": "INFO",
        "REGION": "us-east-1",
        "HUB_ACCOUNT_ID": "123456789012",
        "POWERTOOLS_SERVICE_NAME": "frontend-deployer",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield


def load_entry() -> Any:
    """The entry under a name of its own: every function has a module called index."""
    spec = importlib.util.spec_from_file_location("frontend_deployer_entry", ENTRY)
    assert spec is not None
    assert spec.loader is not None
    entry = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(entry)
    return entry


def request(kind: str, address: str = "https://answers.example.com", **more: Any) -> dict[str, Any]:
    """A request as CloudFormation sends it."""
    return {
        "RequestType": kind,
        "ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:aws-drs-orchestration-frontend-deployer-dev",
        "ResponseURL": address,
        "StackId": STACK,
        "RequestId": "request-1",
        "LogicalResourceId": "Pages",
        "ResourceType": "Custom::ConsolePages",
        "ResourceProperties": {
            "ServiceToken": "…",
            "BucketName": BUCKET,
            "DistributionId": distribution(),
            "PagesKey": "lambda/frontend-deployer-0123.zip",
            "Config": CONFIG,
        },
        **more,
    }


def distribution() -> str:
    """The id of a distribution of the account."""
    client = boto3.client("cloudfront")
    configuration: Any = {
        "CallerReference": str(uuid.uuid4()),
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{"Id": "pages", "DomainName": f"{BUCKET}.s3.amazonaws.com"}]},
        "DefaultCacheBehavior": {"TargetOriginId": "pages", "ViewerProtocolPolicy": "redirect-to-https"},
    }
    tags: Any = {
        "Items": [{"Key": "Project", "Value": "aws-drs-orchestration"}, {"Key": "Environment", "Value": "dev"}]
    }
    made = client.create_distribution_with_tags(
        DistributionConfigWithTags={"DistributionConfig": configuration, "Tags": tags}
    )
    return str(made["Distribution"]["Id"])


def published() -> dict[str, str]:
    """Every file of the bucket with its Cache-Control."""
    client = boto3.client("s3")
    keys = [one["Key"] for one in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    return {key: client.head_object(Bucket=BUCKET, Key=key)["CacheControl"] for key in keys}


@pytest.mark.usefixtures("aws")
def test_a_creation_publishes_the_console_of_the_zip_and_its_configuration(
    answers: tuple[str, list[dict[str, Any]]],
) -> None:
    address, taken = answers

    load_entry().lambda_handler(request("Create", address), Time())

    assert published() == {"aws-config.json": "no-cache", "index.html": "no-cache"}
    stored = boto3.client("s3").get_object(Bucket=BUCKET, Key="aws-config.json")
    assert json.loads(stored["Body"].read()) == CONFIG
    assert stored["ContentType"] == "application/json; charset=utf-8"
    (answer,) = taken
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", f"console-of-{BUCKET}")
    assert answer["Data"] == {"FileCount": "2"}


@pytest.mark.usefixtures("aws")
def test_an_update_takes_away_what_an_earlier_release_left_and_invalidates_once(
    answers: tuple[str, list[dict[str, Any]]],
) -> None:
    address, taken = answers
    boto3.client("s3").put_object(Bucket=BUCKET, Key="assets/index-old00000.js", Body=b"", CacheControl="x")
    asked = request("Update", address, PhysicalResourceId=f"console-of-{BUCKET}")

    load_entry().lambda_handler(asked, Time())

    assert set(published()) == {"aws-config.json", "index.html"}
    listed = boto3.client("cloudfront").list_invalidations(
        DistributionId=asked["ResourceProperties"]["DistributionId"]
    )["InvalidationList"]
    assert listed["Quantity"] == 1
    assert [answer["Status"] for answer in taken] == ["SUCCESS"]


@pytest.mark.usefixtures("aws")
def test_a_function_that_cannot_read_its_settings_says_so_to_cloudformation(
    answers: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, taken = answers
    monkeypatch.delenv("REGION")

    load_entry().lambda_handler(request("Create", address), Time())

    assert taken[0]["Status"] == "FAILED"
    assert "REGION" in taken[0]["Reason"]


@pytest.mark.usefixtures("aws")
def test_a_bucket_that_is_not_there_fails_the_creation_and_does_not_hold_up_the_deletion(
    answers: tuple[str, list[dict[str, Any]]],
) -> None:
    address, taken = answers
    boto3.client("s3").delete_bucket(Bucket=BUCKET)

    load_entry().lambda_handler(request("Create", address), Time())
    deletion(Stack("DELETE_IN_PROGRESS"))

    assert taken[0]["Status"] == "FAILED"
    assert "NoSuchBucket" in taken[0]["Reason"]


def deletion(stack: Stack) -> str:
    """Delete the resource while its stack is like that; the id that is told."""
    deployer = Deployer(
        console=Path("lambda/frontend-deployer/console"),
        bucket=BucketGateway(boto3.client("s3")),
        distribution=Served(),
        stacks=stack,
        logger=Logger(service="test"),
    )
    asked = request("Delete", PhysicalResourceId=f"console-of-{BUCKET}")
    with Waiting(asked, "", 300, lambda _address, _body: None) as waiting:
        return deployer.carry_out(asked, waiting).physical_id


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("state", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_a_bucket_whose_stack_goes_is_emptied_whole(state: str) -> None:
    client = boto3.client("s3")
    for number in range(3):
        client.put_object(Bucket=BUCKET, Key=f"assets/{number}", Body=b"", CacheControl="x")

    assert deletion(Stack(state)) == f"console-of-{BUCKET}"

    assert published() == {}
    client.delete_bucket(Bucket=BUCKET)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("state", ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_a_live_site_stays_whatever_leaves_the_template(state: str) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key="index.html", Body=b"", CacheControl="no-cache")

    deletion(Stack(state))

    assert set(published()) == {"index.html"}


@pytest.mark.usefixtures("aws")
def test_a_stack_that_cannot_be_looked_at_is_not_taken_for_one_that_goes() -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key="index.html", Body=b"", CacheControl="no-cache")

    with pytest.raises(KeyError):
        deletion(Stack(""))

    assert set(published()) == {"index.html"}


class _Stacks:
    """CloudFormation, asked for one stack by its id, by which it is found also when it is gone."""

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        """The stack."""
        assert StackName == STACK
        return {"Stacks": [{"StackStatus": "DELETE_IN_PROGRESS"}]}


def test_the_state_of_a_stack_is_what_cloudformation_says() -> None:
    client: Any = _Stacks()

    assert StackGateway(client).status(STACK) == "DELETE_IN_PROGRESS"


@dataclass
class _Deleting:
    """An S3 that counts what it is to delete at once, and may refuse one file, which is no error of the call."""

    refused: str = ""
    parts: list[int] = field(default_factory=list)

    def delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
        """The answer."""
        self.parts.append(len(Delete["Objects"]))
        return {"Errors": [{"Key": self.refused, "Code": "AccessDenied"}]} if self.refused else {}


def test_files_are_deleted_in_parts_that_s3_takes() -> None:
    client: Any = _Deleting()

    BucketGateway(client).delete("bucket", [str(number) for number in range(2_001)])

    assert client.parts == [1_000, 1_000, 1]


def test_a_file_that_s3_keeps_is_an_error() -> None:
    client: Any = _Deleting(refused="index.html")

    with pytest.raises(HandOverError, match=r"index\.html .* AccessDenied"):
        BucketGateway(client).delete("bucket", ["index.html"])


@pytest.mark.usefixtures("aws")
def test_a_page_is_stored_as_it_is_served() -> None:
    BucketGateway(boto3.client("s3")).put(BUCKET, Page("a.txt", b"words", "text/plain", "no-store"))

    stored = boto3.client("s3").get_object(Bucket=BUCKET, Key="a.txt")
    assert stored["Body"].read() == b"words"
    assert (stored["ContentType"], stored["CacheControl"]) == ("text/plain", "no-store")


@pytest.mark.usefixtures("aws")
def test_everything_is_asked_for_anew() -> None:
    distribution_id = distribution()

    DistributionGateway(boto3.client("cloudfront")).invalidate(distribution_id, "request-1")

    listed = boto3.client("cloudfront").list_invalidations(DistributionId=distribution_id)["InvalidationList"]
    found = boto3.client("cloudfront").get_invalidation(DistributionId=distribution_id, Id=listed["Items"][0]["Id"])
    assert found["Invalidation"]["InvalidationBatch"]["Paths"]["Items"] == ["/*"]


@pytest.mark.usefixtures("aws")
def test_a_stack_is_as_cloudformation_says() -> None:
    client = boto3.client("cloudformation")
    body = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "some"}}}})
    made = client.create_stack(StackName="stack-FrontendStack-1ABCDEFGHIJKL", TemplateBody=body)

    assert StackGateway(client).status(made["StackId"]) == "CREATE_COMPLETE"
