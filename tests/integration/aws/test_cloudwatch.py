"""How alarms are, asked of moto's CloudWatch."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from moto import mock_aws

from shared.aws.cloudwatch import CloudWatchGateway
from shared.cross_account import Sessions
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.checks_seen import AlarmReading
from shared.models.targets import Target
from tests.integration.aws.conftest import HUB

TARGET = Target(account_id=HUB, region="us-west-2")


@pytest.fixture
def session() -> Iterator[boto3.session.Session]:
    with mock_aws():
        yield boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub", region_name="us-west-2")


@pytest.fixture
def cloudwatch(session: boto3.session.Session) -> CloudWatchGateway:
    return CloudWatchGateway(Sessions(lambda _: None, HUB, "us-east-1", base_session=session)).named("a-test")


def put_alarm(session: boto3.session.Session, name: str) -> None:
    session.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Shop",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )


def test_an_alarm_shows_its_state_and_why(session: boto3.session.Session, cloudwatch: CloudWatchGateway) -> None:
    put_alarm(session, "shop-5xx")
    session.client("cloudwatch").set_alarm_state(AlarmName="shop-5xx", StateValue="ALARM", StateReason="too many")

    assert cloudwatch.alarms(TARGET, ["shop-5xx", "nobody"]) == (AlarmReading("shop-5xx", "ALARM", "too many"),)
    assert cloudwatch.alarms(TARGET, ["nobody"]) == ()


def test_composite_alarms_are_asked_for_and_seen_too() -> None:
    """moto has none, so CloudWatch's answer is written out here."""
    client = boto3.client("cloudwatch", region_name="us-west-2", aws_access_key_id="hub", aws_secret_access_key="hub")
    asked = {"AlarmNames": ["shop", "shop-5xx"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    answer = {
        "MetricAlarms": [{"AlarmName": "shop-5xx", "StateValue": "OK"}],
        "CompositeAlarms": [{"AlarmName": "shop", "StateValue": "ALARM", "StateReason": "a child is"}],
    }
    gateway = CloudWatchGateway(Sessions(lambda _: None, HUB, "us-east-1", factory=lambda *_: client))

    with Stubber(client) as stub:
        stub.add_response("describe_alarms", answer, asked)

        assert gateway.alarms(TARGET, ["shop", "shop-5xx"]) == (
            AlarmReading("shop-5xx", "OK"),
            AlarmReading("shop", "ALARM", "a child is"),
        )


def test_more_than_a_hundred_alarms_are_asked_for_in_slices(
    session: boto3.session.Session, cloudwatch: CloudWatchGateway
) -> None:
    names = [f"alarm-{number:03d}" for number in range(101)]
    for name in names:
        put_alarm(session, name)

    assert [alarm.alarm_name for alarm in cloudwatch.alarms(TARGET, names)] == names


def test_an_endpoint_that_cannot_be_reached_is_not_an_answer() -> None:
    def factory(session: boto3.session.Session, _service: str, region: str, _config: Config) -> object:
        once = Config(retries={"total_max_attempts": 1})
        return session.client("cloudwatch", region_name=region, config=once, endpoint_url="http://127.0.0.1:9")

    session = boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub")
    gateway = CloudWatchGateway(Sessions(lambda _: None, HUB, "us-east-1", base_session=session, factory=factory))

    with pytest.raises(DrsServiceError) as raised:
        gateway.alarms(TARGET, ["shop-5xx"])

    assert raised.value.drs_code == "ENDPOINT_UNREACHABLE"


def test_an_account_nobody_registered_is_refused_by_name(cloudwatch: CloudWatchGateway) -> None:
    with pytest.raises(CrossAccountError, match="999999999999 is not registered"):
        cloudwatch.alarms(Target(account_id="999999999999", region="us-west-2"), ["shop-5xx"])
