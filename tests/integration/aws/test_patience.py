"""A read ends, however many pages it has and however often the SDK would try."""

import time
from typing import Any

import pytest

from shared.aws.calls import ENDPOINT_UNREACHABLE
from shared.aws.drs import IDS_PER_CALL
from shared.aws.patience import patience
from shared.errors import DrsServiceError
from tests.integration.aws.conftest import DATABASE, Cloud


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
