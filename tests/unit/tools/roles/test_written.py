"""Statements are read as they are written, and a share of one names what it has."""

from __future__ import annotations

import pytest

from tools.contract.function_roles import shared_out
from tools.roles.areas import AREAS, area_of
from tools.roles.declared import ROLES
from tools.roles.written import MASTER, RECOVERY, Share, Statement, parameter, written

SNS = Statement("SNS", "", ("sns:Publish", "sns:Subscribe"), ("!Ref One", "!Ref Other"), ())


def test_a_statement_is_read_with_the_condition_under_which_it_is_there() -> None:
    of_customer, always = written(MASTER)["KMSOfTheCustomer"], written(MASTER)["STS"]

    assert (of_customer.condition, always.condition) == ("HasCustomerKey", "")
    assert of_customer.resources == ("!Ref CustomerKeyArn",)
    assert written(MASTER)["CloudFront"].actions == ("cloudfront:CreateInvalidation",)
    assert written(MASTER)["CloudFront"].rest[0] == "Condition:"
    assert len(always.resources) == 2


def test_a_share_takes_what_its_words_name() -> None:
    assert SNS.narrowed(Share()) == SNS
    assert SNS.narrowed(Share("Publish")).actions == ("sns:Publish",)
    assert SNS.narrowed(Share(resources="Other")).resources == ("!Ref Other",)


@pytest.mark.parametrize("share", [Share("Unsubscribe"), Share("Pub"), Share(resources="Third")])
def test_a_word_that_names_nothing_is_an_error(share: Share) -> None:
    with pytest.raises(ValueError, match="none of"):
        SNS.narrowed(share)


def test_a_share_of_a_statement_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="no statement SQS"):
        shared_out({"SQS": Share()}, {"SNS": SNS})


def test_a_statement_whose_name_says_no_area_is_an_error() -> None:
    assert {area_of(area) for area in AREAS} == set(AREAS)
    with pytest.raises(ValueError, match="EventsPut"):
        area_of("EventsPut")


def test_every_statement_is_used_by_somebody() -> None:
    assert {sid for role in ROLES for sid in role.own} == set(written(MASTER))
    assert {sid for role in ROLES for sid in role.recovery} == set(written(RECOVERY))


def test_a_parameter_that_is_not_there_is_an_error() -> None:
    assert parameter(MASTER, "Owner").startswith("  Owner:\n    Type: String\n")
    with pytest.raises(ValueError, match="no parameter Owned"):
        parameter(MASTER, "Owned")
