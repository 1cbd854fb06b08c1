"""SNS's answers to subscriptions that moto never gives: refusals, limits, silence."""

import boto3
import pytest
from botocore.stub import Stubber

from shared.aws.ports import SubscribedOtherwiseError
from shared.aws.subscriptions import SubscriptionsGateway
from shared.errors import ConflictError, DrsOrchestrationError, QuotaExceededError, ThrottledError, ValidationError

TOPIC = "arn:aws:sns:us-east-1:123456789012:aws-drs-orchestration-execution-notifications-dev"
ARN = f"{TOPIC}:5be1a9fe-0d3c-4a5e-9a64-0a0b0c0d0e0f"
REQUEST = {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "ops@example.com", "ReturnSubscriptionArn": True}


@pytest.fixture
def session() -> boto3.session.Session:
    return boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub", region_name="us-east-1")


def test_an_address_is_subscribed_to_the_mails_of_its_plans_alone(session: boto3.session.Session) -> None:
    client = session.client("sns")
    with Stubber(client) as stub:
        policy = {"FilterPolicy": '{"recoveryPlanId":["a","b"]}'}
        stub.add_response("subscribe", {"SubscriptionArn": ARN}, {**REQUEST, "Attributes": policy})

        assert SubscriptionsGateway(lambda: client, TOPIC).subscribe("ops@example.com", ["b", "a"]) == ARN
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        ("InvalidParameter", "Invalid parameter: Email address", ValidationError),
        ("FilterPolicyLimitExceeded", "too many", QuotaExceededError),
        ("SubscriptionLimitExceeded", "too many", QuotaExceededError),
        ("Throttled", "slow down", ThrottledError),
        ("ThrottledException", "slow down", ThrottledError),
    ],
)
def test_a_refusal_says_what_can_be_done(
    session: boto3.session.Session, code: str, said: str, expected: type[DrsOrchestrationError]
) -> None:
    client = session.client("sns")
    with Stubber(client) as stub:
        stub.add_client_error("subscribe", code, said, http_status_code=400)

        with pytest.raises(expected):
            SubscriptionsGateway(lambda: client, TOPIC).subscribe("ops@example.com", ["a"])


def test_another_filter_is_told_apart_from_a_wrong_address(session: boto3.session.Session) -> None:
    client = session.client("sns")
    said = "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
    with Stubber(client) as stub:
        stub.add_client_error("subscribe", "InvalidParameter", said, http_status_code=400)

        with pytest.raises(SubscribedOtherwiseError):
            SubscriptionsGateway(lambda: client, TOPIC).subscribe("ops@example.com", ["a"])


def test_a_failure_of_sns_and_its_silence_are_for_later(session: boto3.session.Session) -> None:
    client, unreachable = session.client("sns"), session.client("sns", endpoint_url="http://127.0.0.1:9")
    with Stubber(client) as stub:
        stub.add_client_error("set_subscription_attributes", "InternalError", http_status_code=500)

        with pytest.raises(ThrottledError) as failed:
            SubscriptionsGateway(lambda: client, TOPIC).filter(ARN, ["a"])
    with pytest.raises(ThrottledError) as silent:
        SubscriptionsGateway(lambda: unreachable, TOPIC).unsubscribe(ARN)

    assert failed.value.details["retryAfterSeconds"] == silent.value.details["retryAfterSeconds"] == 30


def test_what_our_role_may_not_do_is_no_matter_of_waiting(session: boto3.session.Session) -> None:
    client = session.client("sns")
    with Stubber(client) as stub:
        for method in ("subscribe", "set_subscription_attributes", "unsubscribe"):
            stub.add_client_error(method, "AuthorizationError", http_status_code=403)
        gateway = SubscriptionsGateway(lambda: client, TOPIC)

        with pytest.raises(client.exceptions.ClientError):
            gateway.subscribe("ops@example.com", ["a"])
        with pytest.raises(client.exceptions.ClientError):
            gateway.filter(ARN, ["a"])
        with pytest.raises(client.exceptions.ClientError):
            gateway.unsubscribe(ARN)


def test_a_subscription_that_is_gone_or_not_confirmed_is_told_as_such(session: boto3.session.Session) -> None:
    client = session.client("sns")
    with Stubber(client) as stub:
        stub.add_client_error("set_subscription_attributes", "NotFound", http_status_code=404)
        stub.add_client_error("unsubscribe", "InvalidParameter", http_status_code=400)
        gateway = SubscriptionsGateway(lambda: client, TOPIC)

        assert not gateway.filter(ARN, ["a"])
        assert not gateway.unsubscribe(ARN)


def test_a_subscription_that_sns_does_not_change_is_a_conflict(session: boto3.session.Session) -> None:
    client = session.client("sns")
    with Stubber(client) as stub:
        stub.add_client_error("set_subscription_attributes", "InvalidParameter", "pending", http_status_code=400)

        with pytest.raises(ConflictError, match="pending; the address may have to confirm it first"):
            SubscriptionsGateway(lambda: client, TOPIC).filter(ARN, ["a"])


@pytest.mark.parametrize(
    "policy",
    [
        '{"eventType":["start"]}',
        '{"recoveryPlanId":["a"],"eventType":["start"]}',
        '{"recoveryPlanId":[{"prefix":"a"}]}',
        '{"recoveryPlanId":"a"}',
        "[]",
        "no JSON",
    ],
)
def test_a_filter_that_is_not_by_plans_alone_is_somebody_elses(session: boto3.session.Session, policy: str) -> None:
    client = session.client("sns")
    with Stubber(client) as stub:
        stub.add_response("subscribe", {"SubscriptionArn": ARN}, REQUEST)
        stub.add_response(
            "get_subscription_attributes", {"Attributes": {"FilterPolicy": policy}}, {"SubscriptionArn": ARN}
        )

        assert SubscriptionsGateway(lambda: client, TOPIC).existing("ops@example.com").plan_ids is None
