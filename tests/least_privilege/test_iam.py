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
    """Whether a statement under a condition allows a request with tags of these values, and no others."""
    statement = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": condition}
    tags = {f"aws:ResourceTag/{key}": context.get(key) for key in ("A", "B", "Kind")}
    return allows(Request("ec2:RunInstances", "*", {"aws:ViaAWSService": "false", **tags}), statement)


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


@pytest.mark.parametrize(
    ("pattern", "about"),
    [
        ("*", True),
        ("arn:aws:dynamodb:*:*:table/*", True),
        ("arn:aws:dynamodb:us-east-?:123456789012:table/things", True),
        ("arn:aws:*:*:*:*", True),
        ("arn:*:dynamodb:*:*:table/thing", False),
        ("arn:aws:dynamodb:*:999999999999:*", False),
    ],
)
def test_a_star_stands_for_any_text_in_its_part_of_an_arn(pattern: str, about: bool) -> None:
    assert allows(Request("dynamodb:Query", TABLE), {**READ, "Resource": pattern}) is about


def test_a_star_does_not_reach_into_the_next_part_of_an_arn() -> None:
    other = Request("dynamodb:Query", "arn:aws:dynamodb:us-east-1:999999999999:table/123456789012:table/things")

    assert not allows(other, {**READ, "Resource": "arn:aws:dynamodb:*:123456789012:table/things"})


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
        ({"Bool": {"aws:ViaAWSService": "False"}}, {}, True),
        ({"StringNotLike": {"aws:ResourceTag/Kind": "a*"}}, {"Kind": "ab"}, False),
        ({"StringEquals": {"aws:ResourceTag/A": "1", "aws:ResourceTag/B": "2"}}, {"A": "1"}, False),
    ],
)
def test_every_condition_must_hold(condition: dict[str, Any], tags: dict[str, str], holds: bool) -> None:
    assert given(condition, **tags) is holds


@pytest.mark.parametrize(
    "statement",
    [
        {**READ, "Condition": {"NumericLessThan": {"aws:ViaAWSService": "10"}}},
        {**READ, "Condition": {"ForAllValues:StringEquals": {"aws:ViaAWSService": "false"}}},
        {**READ, "Condition": {"StringNotEquals": {"aws:PrincipalTag/Team": "a"}}},
        {**READ, "Condition": {"StringEqualsIfExists": {"aws:PrincipalTag/Team": "a"}}},
        {**READ, "Condition": {"Null": {"aws:PrincipalTag/Team": "true"}}},
        {**READ, "Condition": {"StringNotEquals": {"aws:ViaAWSService": "${aws:username}"}}},
        {**READ, "Effect": "Deny", "Condition": {"StringEquals": {"aws:PrincipalTag/Team": "a"}}},
        {**READ, "Surprise": "*"},
        {**READ, "Principal": "*"},
        {**READ, "NotAction": "s3:*"},
        {**READ, "Effect": "Perhaps"},
        {**READ, "Effect": "Perhaps", "Action": "s3:*"},
        {**READ, "Resource": "arn:aws:dynamodb:*"},
        {**READ, "Resource": [TABLE, "table/things"]},
        {**READ, "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/${Name}"},
        {"Effect": "Allow", "Action": "*"},
        {"Action": "*", "Resource": "*"},
    ],
)
def test_what_is_not_known_is_an_error_and_never_a_yes(statement: dict[str, Any]) -> None:
    with pytest.raises(UnknownPolicyError):
        decide([statement], Request("dynamodb:GetItem", TABLE, {"aws:ViaAWSService": "false"}))
