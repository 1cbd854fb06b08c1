"""What the gateway of SSM makes of SSM's answers; moto lists no invocations, so each answer is written out here."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from moto import mock_aws

from shared.aws.ports import DoubtError, NotSentError
from shared.aws.ssm import SsmGateway
from shared.clock import VirtualClock
from shared.cross_account import Sessions
from shared.errors import DrsServiceError
from shared.models.checks_seen import Document, Invocation
from shared.models.health_checks import CommandCheck
from shared.models.prepared_instance import ALLOWED, TAG
from shared.models.targets import Target
from tests.integration.aws.conftest import HUB, START

TARGET = Target(account_id=HUB, region="us-west-2")
COMMAND = CommandCheck(document_name="DRSCheck-Shop", parameters={"tier": ("web", "db")}, timeout_seconds=90)
SENDING = {
    "InstanceIds": ["i-1", "i-2"],
    "DocumentName": "DRSCheck-Shop",
    "Parameters": {"tier": ["web", "db"]},
    "Comment": "exec-1-7-c0-0",
    "TimeoutSeconds": 90,
}
SOON = START + timedelta(seconds=20)


@pytest.fixture
def stub() -> Iterator[Stubber]:
    client = boto3.client(
        "ssm",
        region_name="us-west-2",
        aws_access_key_id="hub",
        aws_secret_access_key="hub",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def ssm(stub: Stubber) -> SsmGateway:
    def factory(_session: Any, _service: str, _region: str, _config: Any) -> Any:
        return stub.client

    return SsmGateway(Sessions(lambda _: None, HUB, "us-east-1", factory=factory), VirtualClock(START)).named("a-test")


def send(ssm: SsmGateway, not_after: datetime = SOON) -> str:
    return ssm.send(TARGET, ["i-1", "i-2"], COMMAND, marker="exec-1-7-c0-0", not_after=not_after)


def test_a_command_is_sent_with_its_marker_and_its_time(ssm: SsmGateway, stub: Stubber) -> None:
    stub.add_response("send_command", {"Command": {"CommandId": "c" * 36}}, SENDING)

    assert send(ssm) == "c" * 36


@pytest.mark.parametrize("code", ["InvalidInstanceId", "InvalidDocument", "ThrottlingException"])
def test_what_ssm_answers_with_400_was_surely_not_sent(ssm: SsmGateway, stub: Stubber, code: str) -> None:
    stub.add_client_error("send_command", code, http_status_code=400)

    with pytest.raises(DrsServiceError) as raised:
        send(ssm)

    assert raised.value.drs_code == code


def test_an_error_of_ssms_own_is_doubt(ssm: SsmGateway, stub: Stubber) -> None:
    stub.add_client_error("send_command", "InternalServerError", http_status_code=500)

    with pytest.raises(DoubtError):
        send(ssm)


def test_a_command_whose_time_has_passed_is_not_sent() -> None:
    def factory(session: boto3.session.Session, service: str, region: str, config: Config) -> Any:
        made: Any = session.client
        return made(service, region_name=region, config=config, endpoint_url="http://127.0.0.1:9")

    session = boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub")
    sessions = Sessions(lambda _: None, HUB, "us-east-1", base_session=session, factory=factory)

    with pytest.raises(NotSentError, match="not to be sent after"):
        send(SsmGateway(sessions, VirtualClock(START)), START - timedelta(seconds=1))


def test_commands_are_listed_page_by_page_since_a_whole_second(ssm: SsmGateway, stub: Stubber) -> None:
    filters = [{"key": "InvokedAfter", "value": "2026-01-29T01:55:00Z"}]
    first = {"Commands": [{"CommandId": "a" * 36, "Comment": "ours"}, {"CommandId": "b" * 36}], "NextToken": "more"}
    second = {"Commands": [{"CommandId": "c" * 36, "Comment": "another"}]}
    stub.add_response("list_commands", first, {"Filters": filters})
    stub.add_response("list_commands", second, {"Filters": filters, "NextToken": "more"})

    since = datetime(2026, 1, 29, 1, 55, 0, 999_000, tzinfo=UTC)
    listing = ssm.sent_since(TARGET, since)

    assert listing.by_marker == {"ours": "a" * 36, "another": "c" * 36}
    assert (listing.since, listing.began_at) == (since, START)


def test_an_invocation_tells_what_its_first_bad_step_printed(ssm: SsmGateway, stub: Stubber) -> None:
    steps = [
        {"Name": "mount", "Status": "Success", "Output": "mounted"},
        {"Name": "probe", "Status": "Failed", "Output": "no answer on 443\n"},
    ]
    found = [
        {"InstanceId": "i-1", "Status": "Failed", "StatusDetails": "Execution Timed Out", "CommandPlugins": steps},
        {"InstanceId": "i-2", "Status": "Success", "StatusDetails": "Success"},
    ]
    stub.add_response(
        "list_command_invocations", {"CommandInvocations": found}, {"CommandId": "c" * 36, "Details": True}
    )

    assert ssm.invocations(TARGET, "c" * 36) == (
        Invocation("i-1", "Failed", "Execution Timed Out", "no answer on 443"),
        Invocation("i-2", "Success", "Success"),
    )


def test_agents_are_asked_for_fifty_at_a_time(ssm: SsmGateway, stub: Stubber) -> None:
    instances = [f"i-{number:017x}" for number in range(51)]
    for part in (instances[:50], instances[50:]):
        listed = [{"InstanceId": name, "PingStatus": "ConnectionLost"} for name in part[:1]]
        stub.add_response(
            "describe_instance_information",
            {"InstanceInformationList": listed},
            {"Filters": [{"Key": "InstanceIds", "Values": part}]},
        )

    assert ssm.agents(TARGET, instances) == {instances[0]: "ConnectionLost", instances[50]: "ConnectionLost"}


def test_a_document_that_does_not_exist_is_none_and_one_that_may_not_be_seen_is_an_error(
    ssm: SsmGateway, stub: Stubber
) -> None:
    stub.add_client_error("describe_document", "InvalidDocument", http_status_code=400)
    stub.add_client_error("describe_document", "AccessDeniedException", http_status_code=400)
    stub.add_response("describe_document", {"Document": {"DocumentType": "Automation", "Status": "Active"}})

    assert ssm.document(TARGET, "DRSCheck-Shop") is None
    with pytest.raises(DrsServiceError):
        ssm.document(TARGET, "DRSCheck-Shop")
    assert ssm.document(TARGET, "DRSCheck-Shop") == Document("DRSCheck-Shop", "Automation", "Active")


def test_an_instance_that_its_owner_prepared_is_sent_commands_too(ssm: SsmGateway, stub: Stubber) -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", region_name="us-west-2")
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        (made,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]
        ec2.create_tags(Resources=[made["InstanceId"]], Tags=[{"Key": TAG, "Value": ALLOWED}])
        stub.add_response(
            "send_command", {"Command": {"CommandId": "c" * 36}}, {**SENDING, "InstanceIds": [made["InstanceId"]]}
        )

        sent = ssm.send(TARGET, [made["InstanceId"]], COMMAND, marker="exec-1-7-c0-0", not_after=SOON)

    assert sent == "c" * 36
