"""How much DRS takes at once, asked of Service Quotas, and what is believed when it does not answer."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local.moto_patches import service_quotas
from local.moto_patches.patches import Patches
from shared.aws.service_quotas import ServiceQuotas
from shared.clock import VirtualClock
from shared.cross_account import Sessions
from shared.drs_limits import DOCUMENTED
from shared.models.targets import Target
from tests.integration.aws.conftest import HUB, START

TARGET = Target(account_id=HUB, region="us-west-2")
ELSEWHERE = Target(account_id=HUB, region="eu-west-1")


@dataclass
class Aws:
    """Service Quotas as it is in an account; `asked` are the regions of the questions."""

    values: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    is_down: bool = False
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))

    def answer(self, _account: str, region: str) -> dict[str, float]:
        self.asked.append(region)
        if self.is_down:
            raise ClientError({"Error": {"Code": "ServiceException", "Message": "down"}}, "ListServiceQuotas")
        return self.values


@pytest.fixture
def aws() -> Iterator[Aws]:
    answering, patches = Aws(), Patches()
    service_quotas.install(patches, answering.answer)
    with mock_aws():
        yield answering
    patches.undo()


@pytest.fixture
def quotas(aws: Aws) -> ServiceQuotas:
    session = boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub", region_name="us-west-2")
    return ServiceQuotas(Sessions(lambda _: None, HUB, "us-east-1", base_session=session), aws.clock)


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
    assert quotas.limits(TARGET) == DOCUMENTED
    aws.is_down = False
    aws.clock.advance(299)
    assert quotas.limits(TARGET) == DOCUMENTED
    aws.clock.advance(1)
    assert quotas.limits(TARGET).jobs_at_once == 10

    aws.is_down = True
    aws.clock.advance(3600)

    assert quotas.limits(TARGET).jobs_at_once == 10


def test_a_value_that_would_let_nothing_through_is_not_believed(aws: Aws, quotas: ServiceQuotas) -> None:
    aws.values = {"L-B827C881": 0.0}

    assert quotas.limits(TARGET) == DOCUMENTED


def test_an_account_that_cannot_be_entered_has_the_documented_quotas(quotas: ServiceQuotas) -> None:
    assert quotas.limits(Target(account_id="999999999999", region="us-west-2")) == DOCUMENTED
