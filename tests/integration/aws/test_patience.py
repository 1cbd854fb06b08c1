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
from shared.cross_account import HUB as HUB_CLIENTS
from shared.cross_account import Sessions, make_client
from shared.errors import CrossAccountError, DrsServiceError
from shared.patience import patience
from tests.integration.aws.conftest import DATABASE, HUB, START, Cloud, account


def test_no_page_is_asked_for_when_patience_is_over(cloud: Cloud) -> None:
    ids = cloud.protect(DATABASE, *(f"db{number:03d}" for number in range(3 * IDS_PER_CALL)))
    client = cloud.sessions.session(DATABASE.account_id, "drs-orchestration").client("drs", DATABASE.region)
    client.meta.events.register("before-parameter-build.drs", lambda **_: time.sleep(0.2))

    with patience(0.3), pytest.raises(DrsServiceError) as given_up:
        cloud.drs.source_servers(DATABASE, ids)

    assert given_up.value.drs_code == ENDPOINT_UNREACHABLE
    assert "OutOfPatience" in given_up.value.message
    assert cloud.calls("DescribeSourceServers") == 1


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

    assert given_up.value.details["awsCode"] == "OutOfPatienceError"
    assert len(tries) == 1
