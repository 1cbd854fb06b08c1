"""A read ends, however many pages it has and however often the SDK would try."""

import time
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from urllib3 import HTTPResponse

from shared.aws.calls import ENDPOINT_UNREACHABLE
from shared.aws.drs import IDS_PER_CALL
from shared.aws.stepfunctions import StepFunctionsGateway
from shared.aws.subscriptions import SubscriptionsGateway
from shared.cross_account import HUB as HUB_CLIENTS
from shared.cross_account import Sessions, make_client
from shared.errors import CrossAccountError, DrsServiceError, ExecutionError, ThrottledError
from shared.patience import (
    MAIL_SECONDS,
    RUN_SECONDS,
    Throttle,
    hearing_throttles,
    patience,
    patience_left,
    patient,
    somebody_waits,
)
from tests.integration.aws.conftest import DATABASE, HUB, START, Cloud, account
from tests.support.silence import Silence

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:aws-drs-orchestration-orchestration-dev"
TOPIC = "arn:aws:sns:us-east-1:123456789012:aws-drs-orchestration-execution-notifications-dev"


def test_no_page_is_asked_for_when_patience_is_over(cloud: Cloud) -> None:
    ids = cloud.protect(DATABASE, *(f"db{number:03d}" for number in range(3 * IDS_PER_CALL)))
    client = cloud.sessions.session(DATABASE.account_id, "drs-orchestration").client("drs", DATABASE.region)
    client.meta.events.register("before-parameter-build.drs", lambda **_: time.sleep(0.2))

    with patience(0.3), pytest.raises(DrsServiceError) as given_up:
        cloud.drs.source_servers(DATABASE, ids)

    assert given_up.value.drs_code == ENDPOINT_UNREACHABLE
    assert given_up.value.message.endswith("the endpoint did not answer (it took too long)")
    assert cloud.calls("DescribeSourceServers") == 1


def test_a_read_that_was_throttled_until_patience_was_over_says_so(cloud: Cloud) -> None:
    cloud.protect(DATABASE, "db01")
    cloud.simulator.add_faults(
        {"faults": [{"operation": "DescribeSourceServers", "kind": "throttling", "times": None}]}
    )
    client = cloud.sessions.session(DATABASE.account_id, "drs-orchestration").client("drs", DATABASE.region)
    client.meta.events.register("response-received.drs", lambda **_: time.sleep(0.5))
    heard: list[Throttle] = []

    with hearing_throttles(heard), patience(0.4), pytest.raises(DrsServiceError) as given_up:
        cloud.drs.source_servers(DATABASE)

    assert given_up.value.is_throttled
    assert "AWS wanted fewer calls (last: DescribeSourceServers (ThrottlingException)), and it took too long" in (
        given_up.value.message
    )
    assert heard == [Throttle("DescribeSourceServers", "ThrottlingException")], "whoever listens around it hears it too"


def test_the_shorter_patience_counts(cloud: Cloud) -> None:
    cloud.protect(DATABASE, "db01")

    with patience(0), pytest.raises(DrsServiceError):
        cloud.drs.source_servers(DATABASE)

    assert cloud.calls("DescribeSourceServers") == 0
    assert len(cloud.drs.source_servers(DATABASE)) == 1


def test_a_call_that_changes_something_has_its_own_bound(cloud: Cloud) -> None:
    [server] = cloud.protect(DATABASE, "db01")
    request: dict[str, Any] = {"is_drill": True, "tags": {}, "not_after": cloud.clock.now()}

    with patience(0):
        assert cloud.drs.start_recovery(DATABASE, [server], **request).job_id


def test_no_role_is_asked_for_again_when_patience_is_over(hub_session: boto3.session.Session) -> None:
    tries: list[float] = []

    def refuse(**_request: Any) -> AWSResponse:
        tries.append(time.monotonic())
        time.sleep(1.1)
        return AWSResponse("https://sts", 500, HTTPHeaders(), HTTPResponse(BytesIO(b""), preload_content=False))

    client = make_client(hub_session, "sts", "us-east-1", HUB_CLIENTS)
    client.meta.events.register("before-send.sts", refuse)
    accounts = {DATABASE.account_id: account(DATABASE.account_id)}
    sessions = Sessions(
        accounts.get, HUB, "us-east-1", base_session=hub_session, factory=lambda *_: client, wall_now=lambda: START
    )

    with patience(1), pytest.raises(CrossAccountError) as given_up:
        sessions.session(DATABASE.account_id, "drs-orchestration")

    assert given_up.value.message.endswith("STS gave no answer (it took too long)")
    assert "awsCode" not in given_up.value.details
    assert len(tries) == 1


def test_whoever_waits_for_a_silent_drs_is_told_where_it_is_silent_and_may_ask_again(
    cloud: Cloud, silence: Silence
) -> None:
    client = cloud.sessions.session(DATABASE.account_id, "drs-orchestration").client("drs", DATABASE.region)
    client.meta.events.register("before-parameter-build.drs", silence.hold)

    with somebody_waits(0.2), pytest.raises(DrsServiceError) as given_up:
        cloud.drs.source_servers(DATABASE)

    assert given_up.value.drs_code == ENDPOINT_UNREACHABLE
    assert str(DATABASE) in given_up.value.message
    assert given_up.value.is_retryable


def test_whoever_waits_for_a_silent_sts_is_told_the_role_and_the_step(cloud: Cloud, silence: Silence) -> None:
    cloud.sts.before_answer = silence.hold

    with somebody_waits(0.2), pytest.raises(CrossAccountError) as given_up:
        cloud.drs.source_servers(DATABASE)

    assert (given_up.value.details["accountId"], given_up.value.details["step"]) == (DATABASE.account_id, "AssumeRole")
    assert "STS gave no answer" in given_up.value.message
    assert given_up.value.is_retryable


def test_a_silent_step_functions_keeps_whoever_waits_for_so_long_and_no_longer(
    hub_session: boto3.session.Session, silence: Silence
) -> None:
    client = patient(make_client(hub_session, "stepfunctions", "us-east-1", HUB_CLIENTS))
    client.meta.events.register("before-parameter-build.stepfunctions", silence.hold)
    runs = StepFunctionsGateway(client, MACHINE, seconds=0.2)

    with pytest.raises(ExecutionError) as given_up:
        runs.start_run("one", {})

    assert given_up.value.message == "Step Functions did not carry out StartExecution (it took too long)"
    assert "awsCode" not in given_up.value.details


def test_a_run_is_still_begun_when_the_time_for_reading_is_over(hub_session: boto3.session.Session) -> None:
    client = patient(make_client(hub_session, "stepfunctions", "us-east-1", HUB_CLIENTS))
    lefts: list[float | None] = []

    def answer(**_request: Any) -> AWSResponse:
        lefts.append(patience_left())
        body = BytesIO(b'{"executionArn": "arn", "startDate": 1}')
        return AWSResponse("https://sfn", 200, HTTPHeaders(), HTTPResponse(body, preload_content=False))

    client.meta.events.register("before-send.stepfunctions", answer)

    with somebody_waits(0):
        StepFunctionsGateway(client, MACHINE, seconds=RUN_SECONDS).start_run("one", {})
        with pytest.raises(ExecutionError):
            StepFunctionsGateway(client, MACHINE).start_run("one", {})

    [left] = lefts
    assert left is not None
    assert left > 0


def test_a_silent_sns_keeps_whoever_waits_no_longer_than_there_is_patience(
    hub_session: boto3.session.Session, silence: Silence
) -> None:
    client = patient(make_client(hub_session, "sns", "us-east-1", HUB_CLIENTS))
    lefts: list[float | None] = []
    client.meta.events.register("before-parameter-build.sns", lambda **_: lefts.append(patience_left()))
    client.meta.events.register("before-parameter-build.sns", silence.hold)
    topic = SubscriptionsGateway(lambda: client, TOPIC)

    with somebody_waits(0.2), pytest.raises(ThrottledError, match=r"SNS did not answer .*\(it took too long\)"):
        topic.subscribe("ops@example.com", ["plan"])
    with somebody_waits(0), pytest.raises(ThrottledError):
        topic.unsubscribe("arn")

    assert all(left is not None and left <= MAIL_SECONDS for left in lefts)
