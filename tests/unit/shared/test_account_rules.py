"""Which target accounts are refused, and what the refusal names."""

from typing import Any

import pydantic
import pytest

from shared.account_rules import check_account
from shared.models.account import AccountStatus, RoleArn, TargetAccount
from tests.support.configuration import HUB, NOW

ACCOUNT = "111122223333"


def codes(account_id: str = ACCOUNT, stored: TargetAccount | None = None, **fields: Any) -> list[tuple[str, str]]:
    known = {"account_name": "Databases", "external_id": "an-external-id", "created_at": NOW, "updated_at": NOW}
    account = TargetAccount.model_validate({"account_id": account_id, **known, **fields})
    return [
        (each.field, each.code)
        for each in check_account(
            account, HUB, drs_regions={"us-west-2", "us-gov-west-1"}, partition="aws", stored=stored
        )
    ]


def test_a_role_is_in_the_partition_of_the_hub() -> None:
    assert codes(role_arn=f"arn:aws:iam::{ACCOUNT}:role/paths/Recovery") == []


@pytest.mark.parametrize("partition", ["aws-us-gov", "aws-cn", "aws-iso-b"])
def test_a_role_of_another_partition_is_refused_but_where_it_is_stored(partition: str) -> None:
    role = f"arn:{partition}:iam::{ACCOUNT}:role/Recovery"
    stored = TargetAccount(
        account_id=ACCOUNT, account_name="A", role_arn=role, regions=("mars-north-1",), created_at=NOW, updated_at=NOW
    )

    assert codes(role_arn=role) == [("roleArn", "ROLE_OF_ANOTHER_PARTITION")]
    assert codes(role_arn=role, regions=["mars-north-1"], stored=stored) == []


def test_a_role_of_another_account_is_refused() -> None:
    assert codes(role_arn="arn:aws:iam::444455556666:role/Recovery") == [("roleArn", "ROLE_OF_ANOTHER_ACCOUNT")]


def test_the_hub_needs_no_external_id_and_takes_no_role() -> None:
    assert codes(HUB, external_id=None) == []
    assert codes(HUB, role_arn=f"arn:aws:iam::{HUB}:role/Recovery") == [("roleArn", "NOT_FOR_THE_HUB")]


def test_the_hub_is_never_inactive_but_where_that_is_stored() -> None:
    stored = TargetAccount(
        account_id=HUB, account_name="Hub", status=AccountStatus.INACTIVE, created_at=NOW, updated_at=NOW
    )

    assert codes(HUB, status="inactive") == [("status", "NOT_FOR_THE_HUB")]
    assert codes(HUB, status="inactive", stored=stored) == []
    assert codes(status="inactive") == []


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
