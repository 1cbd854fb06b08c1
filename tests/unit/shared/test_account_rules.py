"""Which target accounts are refused, and what the refusal names."""

from typing import Any

import pydantic
import pytest

from shared.account_rules import check_account
from shared.models.account import RoleArn, TargetAccount
from tests.support.configuration import HUB, NOW

ACCOUNT = "111122223333"


def codes(account_id: str = ACCOUNT, **fields: Any) -> list[tuple[str, str]]:
    known = {"account_name": "Databases", "external_id": "an-external-id", "created_at": NOW, "updated_at": NOW}
    account = TargetAccount.model_validate({"account_id": account_id, **known, **fields})
    return [(each.field, each.code) for each in check_account(account, HUB, {"us-west-2", "us-gov-west-1"})]


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn"])
def test_a_role_of_the_account_may_be_of_any_partition(partition: str) -> None:
    assert codes(role_arn=f"arn:{partition}:iam::{ACCOUNT}:role/paths/Recovery") == []


def test_a_role_of_another_account_is_refused() -> None:
    assert codes(role_arn="arn:aws:iam::444455556666:role/Recovery") == [("roleArn", "ROLE_OF_ANOTHER_ACCOUNT")]


def test_the_hub_needs_no_external_id_and_takes_no_role() -> None:
    assert codes(HUB, external_id=None) == []
    assert codes(HUB, role_arn=f"arn:aws:iam::{HUB}:role/Recovery") == [("roleArn", "NOT_FOR_THE_HUB")]


def test_every_other_account_needs_an_external_id() -> None:
    assert codes(external_id=None) == [("externalId", "REQUIRED")]


def test_a_region_that_is_listed_twice_is_refused_at_the_second() -> None:
    assert codes(regions=["us-west-2", "us-gov-west-1", "us-west-2"]) == [("regions[2]", "DUPLICATE_REGION")]


def test_every_region_without_drs_is_named() -> None:
    found = codes(regions=["us-west-2", "ma-north-1", "us-gov-west-1", "xx-north-1"])

    assert found == [("regions[1]", "UNKNOWN_REGION"), ("regions[3]", "UNKNOWN_REGION")]


@pytest.mark.parametrize(
    "text",
    [
        f"arn:aws:iam::{ACCOUNT}:user/Recovery",
        "arn:aws:iam::12345:role/Recovery",
        f"arn:aws:iam::{ACCOUNT}:role/",
        f"arn:aws:iam::{ACCOUNT}:role/a b",
        f"arn:aws:iam::{ACCOUNT}:role/{'x' * 65}",
        f"arn:aws:iam::{ACCOUNT}:role/Recovery\n",
        "arn:aws:iam::١٢٣٤٥٦٧٨٩٠١٢:role/Recovery",
    ],
)
def test_what_is_no_role_is_refused(text: str) -> None:
    with pytest.raises(pydantic.ValidationError):
        pydantic.TypeAdapter(RoleArn).validate_python(text)
