"""No call of ours is denied by its role, and no role may do what no call of ours needs, unless a reason is given."""

from __future__ import annotations

import json

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests.least_privilege.calls import Call, kept
from tests.least_privilege.judging import denied, grants, used
from tests.least_privilege.reasons import CALLS_OF_DRS, OF_FUNCTIONS, POLICY_OF_AWS, REASONS
from tests.least_privilege.reference import reference
from tests.least_privilege.roles import ORCHESTRATION, RECOVERY, ROLES, STAGING, Role, listed, named_actions, statements

POLICIES = {role: statements(role) for role in ROLES}


def of(role: Role) -> list[Call]:
    """The recorded calls that a role was asked to allow."""
    return [call for call in kept() if call.of == role]


@pytest.mark.requirement("SRS-S05")
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_nothing_that_was_called_is_denied(role: Role) -> None:
    assert of(role), "no call of it was recorded"
    assert denied(of(role), POLICIES) == []


@pytest.mark.requirement("SRS-S05")
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_action_of_a_role_is_used_by_a_call_or_has_its_reason(role: Role) -> None:
    reasoned = {
        (statement, action) for (name, statement), reasons in REASONS.items() if name == role.name for action in reasons
    }

    allowed, called = grants(POLICIES[role]), used(of(role), POLICIES[role])
    assert sorted(allowed - called - reasoned) == [], "allowed, and nobody calls it"
    assert sorted(reasoned - allowed) == [], "a reason for what is not allowed"
    assert sorted(reasoned & called) == [], "a reason for what is called"


@pytest.mark.parametrize(
    "planted",
    [
        Call(ORCHESTRATION.name, "dynamodb:DeleteTable", "arn:aws:dynamodb:us-east-1:123456789012:table/things"),
        Call(ORCHESTRATION.name, "states:StopExecution", "*"),
        Call(RECOVERY.name, "drs:DeleteSourceServer", "arn:aws:drs:{region}:{account}:source-server/*"),
        Call(RECOVERY.name, "drs:TagResource", "arn:aws:drs:{region}:999900001111:source-server/*"),
        Call(RECOVERY.name, "ec2:TerminateInstances", "arn:aws:ec2:{region}:{account}:instance/*"),
        Call(RECOVERY.name, "ec2:ModifyLaunchTemplate", "arn:aws:ec2:{region}:{account}:launch-template/*", ()),
        Call(STAGING.name, "drs:StartRecovery", "arn:aws:drs:{region}:{account}:source-server/*"),
    ],
    ids=lambda call: f"{call.role} {call.action}",
)
def test_one_call_more_is_denied(planted: Call) -> None:
    assert denied([*kept(), planted], POLICIES) == [planted]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_one_right_more_is_found_unused(role: Role) -> None:
    planted = {"Sid": "Planted", "Effect": "Allow", "Action": ["s3:GetObject", "drs:*Replication"], "Resource": "*"}
    more = [*POLICIES[role], planted]

    unused = grants(more) - used(of(role), more)
    assert {("Planted", "s3:GetObject"), ("Planted", "drs:*Replication")} <= unused


def test_what_is_said_to_be_done_by_drs_is_said_by_aws_too() -> None:
    document = json.loads(aws_managed_policies_data)[POLICY_OF_AWS]["Document"]
    by_aws = {action for statement in document["Statement"] for action in listed(statement["Action"])}
    by_aws |= {action for call in CALLS_OF_DRS for action in reference()[call].dependent}

    given = [*REASONS.values(), *OF_FUNCTIONS.values()]
    claimed = {action for reasons in given for action, reason in reasons.items() if reason.by_drs}
    assert claimed - by_aws == set()


def test_a_call_is_about_the_resources_that_aws_says_its_action_takes() -> None:
    wrong = {
        (call.action, call.resource)
        for call in kept()
        if call.action not in reference() or not reference()[call.action].takes(call.request().resource)
    }

    assert wrong == set()


def test_every_action_of_a_role_exists() -> None:
    named = {action for role in ROLES for action in named_actions(role) if "*" not in action}

    assert named - set(reference()) == set(), "python -m tests.least_privilege.extract knows whether it is an action"
