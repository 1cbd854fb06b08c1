"""The judge of policies decides as IAM documents it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.least_privilege.iam import Decision, Request, UnknownPolicyError, decide

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/things"
READ = {"Sid": "Read", "Effect": "Allow", "Action": ["dynamodb:Get*", "dynamodb:Query"], "Resource": TABLE}


def allows(request: Request, *statements: dict[str, Any]) -> bool:
    """Whether the statements together allow it."""
    return decide(statements, request).allowed


def given(condition: dict[str, Any], **context: str) -> bool:
    """Whether a statement under a condition allows a request with tags of these values."""
    statement = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": condition}
    request = Request("ec2:RunInstances", "*", {f"aws:ResourceTag/{key}": value for key, value in context.items()})
    return allows(request, statement)


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("dynamodb:GetItem", TABLE, True),
        ("DynamoDB:getitem", TABLE, True),  # actions know no case
        ("dynamodb:Query", TABLE, True),
        ("dynamodb:PutItem", TABLE, False),
        ("dynamodb:Query", f"{TABLE}/index/by-status", False),
        ("dynamodb:Query", TABLE.upper(), False),  # resources do
        ("dynamodb:Query", "*", False),  # what knows no resource is allowed by a statement on every resource alone
    ],
)
def test_an_action_on_a_resource_is_allowed_by_a_statement_about_both(
    action: str, resource: str, allowed: bool
) -> None:
    assert allows(Request(action, resource), READ) is allowed


def test_a_denial_wins_and_is_named() -> None:
    deny = {"Sid": "NeverThat", "Effect": "Deny", "NotAction": "dynamodb:GetItem", "Resource": "*"}

    assert decide([READ, deny], Request("dynamodb:Query", TABLE)) == Decision(False, ("NeverThat",))
    assert decide([READ, deny], Request("dynamodb:GetItem", TABLE)) == Decision(True, ("Read",))
    assert decide([], Request("dynamodb:GetItem", TABLE)) == Decision(False)


@pytest.mark.parametrize(
    ("condition", "tags", "holds"),
    [
        ({"StringEquals": {"aws:ResourceTag/Kind": ["a", "b"]}}, {"Kind": "b"}, True),
        ({"StringEquals": {"aws:ResourceTag/Kind": "a*"}}, {"Kind": "ab"}, False),
        ({"StringLike": {"aws:resourcetag/Kind": "a*"}}, {"Kind": "ab"}, True),
        ({"StringEquals": {"aws:ResourceTag/Kind": "a"}}, {}, False),
        ({"StringNotEquals": {"aws:ResourceTag/Kind": "a"}}, {}, True),
        ({"StringEqualsIfExists": {"aws:ResourceTag/Kind": "a"}}, {}, True),
        ({"Null": {"aws:ResourceTag/Kind": "false"}}, {"Kind": ""}, True),
        ({"Null": {"aws:ResourceTag/Kind": "false"}}, {}, False),
        ({"Null": {"aws:ResourceTag/Kind": "true"}}, {}, True),
        ({"Bool": {"aws:ViaAWSService": "true"}}, {}, False),
        ({"StringEquals": {"aws:ResourceTag/A": "1", "aws:ResourceTag/B": "2"}}, {"A": "1"}, False),
    ],
)
def test_every_condition_must_hold(condition: dict[str, Any], tags: dict[str, str], holds: bool) -> None:
    assert given(condition, **tags) is holds


@pytest.mark.parametrize(
    "statement",
    [
        {**READ, "Condition": {"NumericLessThan": {"s3:max-keys": "10"}}},
        {**READ, "Surprise": "*"},
        {**READ, "NotAction": "s3:*"},
        {**READ, "Effect": "Perhaps"},
        {"Effect": "Allow", "Action": "*"},
    ],
)
def test_what_is_not_known_is_an_error_and_never_a_yes(statement: dict[str, Any]) -> None:
    with pytest.raises(UnknownPolicyError):
        decide([statement], Request("dynamodb:GetItem", TABLE))
