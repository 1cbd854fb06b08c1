"""How much DRS takes at once, asked of Service Quotas, and what is believed when it does not answer."""

import io
import itertools
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from local.moto_patches import service_quotas
from local.moto_patches.patches import Patches
from shared.aws.service_quotas import ServiceQuotas
from shared.clock import VirtualClock
from shared.cross_account import BRIEF_SECONDS, Sessions
from shared.drs_limits import DOCUMENTED
from shared.models.targets import Target
from shared.observability import observe
from tests.integration.aws.conftest import HUB, START

TARGET = Target(account_id=HUB, region="us-west-2")
_NUMBERS = itertools.count()
"""Powertools gives loggers of one service the first one's stream."""
ELSEWHERE = Target(account_id=HUB, region="eu-west-1")


@dataclass
class Aws:
    """Service Quotas as it is in an account; `asked` are the regions of the questions."""

    values: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    is_down: bool = False
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    log: io.StringIO = field(default_factory=io.StringIO)

    def answer(self, _account: str, region: str) -> dict[str, float]:
        self.asked.append(region)
        if self.is_down:
            raise ClientError({"Error": {"Code": "ServiceException", "Message": "down"}}, "ListServiceQuotas")
        return self.values


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """One that answers in time, however busy the machine is."""
    monkeypatch.setattr("shared.aws.service_quotas.BRIEF_SECONDS", 600)
    answering, patches = Aws(), Patches()
    service_quotas.install(patches, answering.answer)
    with mock_aws():
        yield answering
    patches.undo()


@pytest.fixture
def quotas(aws: Aws) -> ServiceQuotas:
    session = boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub", region_name="us-west-2")
    logger = observe(f"test-quotas-{next(_NUMBERS)}", "INFO", aws.log).logger
    return ServiceQuotas(Sessions(lambda _: None, HUB, "us-east-1", base_session=session), aws.clock, logger)


def warnings(aws: Aws) -> list[dict[str, str]]:
    """What the log warns of."""
    lines = [json.loads(line) for line in aws.log.getvalue().splitlines()]
    return [line for line in lines if line["level"] == "WARNING"]


def test_what_aws_says_counts_and_the_rest_is_as_documented(aws: Aws, quotas: ServiceQuotas) -> None:
    aws.values = {"L-05AFA8C6": 200.0}

    assert quotas.limits(TARGET) == replace(DOCUMENTED, servers_in_all_jobs=200)


def test_an_answer_is_kept_for_an_hour_for_each_region_and_whatever_the_purpose(
    aws: Aws, quotas: ServiceQuotas
) -> None:
    quotas.limits(TARGET)
    aws.clock.advance(3599)
    quotas.named("an-execution").limits(TARGET)
    quotas.limits(ELSEWHERE)
    assert aws.asked == ["us-west-2", "eu-west-1"]

    aws.clock.advance(1)
    quotas.limits(TARGET)

    assert aws.asked == ["us-west-2", "eu-west-1", "us-west-2"]


def test_without_an_answer_what_was_known_or_else_what_is_documented_is_believed_for_a_while(
    aws: Aws, quotas: ServiceQuotas
) -> None:
    aws.values, aws.is_down = {"L-D88FAC3A": 10.0}, True
    assert replace(quotas.limits(TARGET), unread="") == DOCUMENTED
    aws.is_down = False
    aws.clock.advance(299)
    assert replace(quotas.limits(TARGET), unread="") == DOCUMENTED
    aws.clock.advance(1)
    assert quotas.limits(TARGET).jobs_at_once == 10

    aws.is_down = True
    aws.clock.advance(3600)

    assert quotas.limits(TARGET).jobs_at_once == 10


def test_what_could_not_be_read_says_so_and_is_logged_until_it_can_be_read_again(
    aws: Aws, quotas: ServiceQuotas
) -> None:
    aws.is_down = True

    assert "ServiceException" in quotas.limits(TARGET).unread
    assert quotas.limits(TARGET).unread, "kept for a while, and still said"
    [line] = warnings(aws)
    assert line["message"] == "the quotas of DRS could not be read"
    assert (line["accountId"], line["region"], line["errorCode"]) == (HUB, "us-west-2", "ServiceException")

    aws.is_down = False
    aws.clock.advance(300)
    assert quotas.limits(TARGET).unread == ""
    aws.is_down = True
    aws.clock.advance(3600)
    assert "ServiceException" in quotas.limits(TARGET).unread, "what was known before counts, and it is said"


def test_a_value_that_would_let_nothing_through_is_not_believed(aws: Aws, quotas: ServiceQuotas) -> None:
    aws.values = {"L-B827C881": 0.0}

    assert quotas.limits(TARGET) == DOCUMENTED


def test_an_account_that_cannot_be_entered_has_the_documented_quotas_and_says_why(
    aws: Aws, quotas: ServiceQuotas
) -> None:
    limits = quotas.limits(Target(account_id="999999999999", region="us-west-2"))

    assert replace(limits, unread="") == DOCUMENTED
    assert "999999999999" in limits.unread
    assert [line["accountId"] for line in warnings(aws)] == ["999999999999"]


def test_an_endpoint_that_takes_the_question_and_is_silent_is_soon_done_without() -> None:
    def at_silence(session: boto3.session.Session, service: str, region: str, config: Config) -> Any:
        named: Any = service
        return session.client(named, region_name=region, config=config, endpoint_url=silence)

    session = boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub")
    sessions = Sessions(lambda _: None, HUB, "us-east-1", base_session=session, factory=at_silence)
    logger = observe(f"test-quotas-{next(_NUMBERS)}", "INFO", io.StringIO()).logger
    with socket.create_server(("127.0.0.1", 0)) as server:
        silence = f"http://127.0.0.1:{server.getsockname()[1]}"
        began = time.monotonic()

        limits = ServiceQuotas(sessions, VirtualClock(START), logger).limits(TARGET)

    assert time.monotonic() - began < 30 * BRIEF_SECONDS
    assert replace(limits, unread="") == DOCUMENTED
    assert "did not answer" in limits.unread
