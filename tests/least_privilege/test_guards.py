"""Every action, resource and condition of the roles holds something: without it a test here turns red."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from tests.least_privilege.calls import kept
from tests.least_privilege.iam import Request, decide
from tests.least_privilege.judging import Grant, Statements, denied, grants
from tests.least_privilege.reasons import EVERYTHING, REASONS, RESOURCES
from tests.least_privilege.reference import reference
from tests.least_privilege.roles import ORCHESTRATION, RECOVERY, ROLES, Role, listed, statements
from tests.support.templates import TEMPLATES, load_template
from tools.roles.declared import ROLES as FUNCTIONS

CALLS: Final = {role: [call for call in kept() if call.of == role] for role in ROLES}
TARGET: Final = "111122223333"
EXPRESS: Final = "arn:${Partition}:states:${Region}:${Account}:express:${StateMachineName}:${ExecutionId}:${ExpressId}"
INSTANCE: Final = f"arn:aws:ec2:us-west-2:{TARGET}:instance/i-1"
KEY: Final = f"arn:aws:kms:us-west-2:{TARGET}:key/1"
STAGING_KEY: Final = "arn:aws:kms:us-west-2:777788889999:key/1"
THROUGH_EC2: Final = {"kms:ViaService": "ec2.us-west-2.amazonaws.com"}
UNTAGGED: Final = {
    "aws:ViaAWSService": "false",
    **dict.fromkeys(f"aws:ResourceTag/{name}" for name in ("AWSDRS", "AWSElasticDisasterRecoveryManaged")),
}


def distribution(project: str | None, environment: str | None) -> Request:
    """Pages are called back from the caches of a distribution that is tagged so."""
    tags = {"aws:ResourceTag/Project": project, "aws:ResourceTag/Environment": environment}
    return Request("cloudfront:CreateInvalidation", "arn:aws:cloudfront::123456789012:distribution/E1", tags)


REFUSED: Final[Mapping[Role, tuple[Request, ...]]] = {
    ORCHESTRATION: (distribution("aws-drs-orchestration", "prod"), distribution("another", "dev")),
    RECOVERY: (
        Request("ec2:TerminateInstances", INSTANCE, UNTAGGED),
        Request("ec2:ModifyLaunchTemplate", f"arn:aws:ec2:us-west-2:{TARGET}:launch-template/lt-1", UNTAGGED),
        Request("ssm:SendCommand", INSTANCE, UNTAGGED),
        Request("ssm:SendCommand", INSTANCE, {**UNTAGGED, "aws:ResourceTag/AWSDRS": "no"}),
        Request("iam:PassRole", f"arn:aws:iam::{TARGET}:role/admin", {"iam:PassedToService": "lambda.amazonaws.com"}),
        *(Request("kms:Decrypt", key, {"kms:ViaService": None}) for key in (KEY, STAGING_KEY)),
        *(
            Request("kms:CreateGrant", key, {"kms:GrantIsForAWSResource": for_aws, **via})
            for key in (KEY, STAGING_KEY)
            for for_aws, via in (("false", THROUGH_EC2), ("true", {"kms:ViaService": None}))
        ),
    ),
}
"""What a role's conditions keep it from."""

OF_OUR_ROLES: Final = {
    *("UnifiedOrchestrationRole", "OrchestrationRole", "RecoveryRights", "StagingRights"),
    *(f"{role.logical_name}Role" for role in FUNCTIONS),
    *(f"{role.logical_name}Recovery" for role in FUNCTIONS if role.recovery),
}
"""What gives rights to functions and state machine, in the hub and elsewhere: judged here."""

OF_OTHERS: Final = {
    "ApiGatewayLogRole": "the one role that API Gateway writes logs with, by a policy of AWS",
    "CallerPolicy": "of operators: test_caller_policy.py",
    "CloudFormationRole": "of a workflow of GitHub: tests/functional/deployment/test_rights.py",
    "DeploymentRole": "of a workflow of GitHub: tests/functional/deployment/test_rights.py",
    "EventForwardingRole": "of EventBridge: tests/cfn/test_cross_account_role_stack.py",
}
"""What gives rights to somebody else, and where it is looked at."""


def changed(of: Role, sid: str, element: str, value: Any) -> Statements:
    """The role's statements with one of them written otherwise."""
    return [{**one, element: value} if one["Sid"] == sid else one for one in statements(of)]


def called_grants() -> Iterator[tuple[Role, Grant]]:
    """Every action of every statement for which no reason stands."""
    for role in ROLES:
        reasoned = {(sid, action) for (of, sid), ones in REASONS.items() if of == role.name for action in ones}
        yield from ((role, grant) for grant in sorted(grants(statements(role)) - reasoned))


def resources() -> Iterator[tuple[Role, str, str]]:
    """Every resource of the statements that recorded calls use."""
    used = {(role, sid) for role, (sid, _) in called_grants()}
    for role in ROLES:
        for statement in statements(role):
            if (role, statement["Sid"]) in used:
                yield from ((role, statement["Sid"], one) for one in sorted(set(listed(statement["Resource"]))))


def conditions() -> Iterator[tuple[Role, str, str, str]]:
    """Every key that a condition of a statement asks for."""
    for role in ROLES:
        for statement in statements(role):
            for operator, keys in statement.get("Condition", {}).items():
                yield from ((role, statement["Sid"], operator, key) for key in keys)


def name(one: object) -> str:
    """A part of a test's name."""
    return one.name if isinstance(one, Role) else str(one)


@pytest.mark.parametrize(("role", "grant"), list(called_grants()), ids=name)
def test_without_an_action_a_call_is_denied(role: Role, grant: Grant) -> None:
    sid, action = grant
    (statement,) = [one for one in statements(role) if one["Sid"] == sid]
    rest = [one for one in listed(statement["Action"]) if one != action]

    assert denied(CALLS[role], {role: changed(role, sid, "Action", rest)})


@pytest.mark.parametrize(("role", "sid", "resource"), list(resources()), ids=name)
def test_without_a_resource_a_call_is_denied_or_a_reason_is_given(role: Role, sid: str, resource: str) -> None:
    (statement,) = [one for one in statements(role) if one["Sid"] == sid]
    rest = [one for one in listed(statement["Resource"]) if one != resource]

    needed = denied(CALLS[role], {role: changed(role, sid, "Resource", rest)})
    assert bool(needed) is ((role.name, sid, resource.rpartition(":")[2]) not in RESOURCES)


def test_a_reason_for_a_resource_is_given_for_one_that_is_there() -> None:
    assert set(RESOURCES) <= {(role.name, sid, resource.rpartition(":")[2]) for role, sid, resource in resources()}


@pytest.mark.parametrize(("role", "request_"), [(role, one) for role, those in REFUSED.items() for one in those])
def test_what_conditions_keep_a_role_from_is_denied(role: Role, request_: Request) -> None:
    assert not decide(statements(role), request_).allowed


@pytest.mark.parametrize(("role", "sid", "operator", "key"), list(conditions()), ids=name)
def test_without_a_condition_something_is_allowed_that_must_not_be(
    role: Role, sid: str, operator: str, key: str
) -> None:
    (statement,) = [one for one in statements(role) if one["Sid"] == sid]
    rest = {
        other: {one: value for one, value in keys.items() if (other, one) != (operator, key)}
        for other, keys in statement["Condition"].items()
    }

    without = changed(role, sid, "Condition", rest)
    assert [one for one in REFUSED[role] if decide(without, one).allowed]


def test_a_right_is_on_everything_only_where_aws_knows_no_resource_or_a_reason_is_given() -> None:
    wide = {
        (role.name, statement["Sid"])
        for role in ROLES
        for statement in statements(role)
        if "*" in listed(statement["Resource"])
        and any(not reference()[action].takes("*") for action in listed(statement["Action"]))
    }

    assert wide == set(EVERYTHING)


@pytest.mark.parametrize(
    ("ours", "anothers"),
    [("{account}", "999900001111"), ("aws-drs-orchestration", "another"), ("-dev", "-prod"), ("DRSCheck-", "")],
)
def test_what_is_not_ours_is_out_of_reach_but_where_a_right_is_on_everything(ours: str, anothers: str) -> None:
    calls = {
        call: replace(call, resource=call.resource.replace(ours, anothers)) for call in kept() if ours in call.resource
    }
    reached = {(call.role, sid) for call in calls.values() for sid in decide(statements(call.of), call.request()).by}

    assert calls
    assert reached <= set(EVERYTHING)


def test_no_statement_says_what_it_is_not_about() -> None:
    negative = {
        (role.name, statement["Sid"])
        for role in ROLES
        for statement in statements(role)
        if {"NotAction", "NotResource"} & set(statement)
    }

    assert negative == set()


def test_calls_are_noted_with_each_kind_of_resource_that_they_must_be_about() -> None:
    noted: dict[tuple[str, str], set[str]] = {}
    for call in kept():
        noted.setdefault((call.role, call.action), set()).add(call.request().resource)

    lacking = {one: reference()[one[1]].lacks(resources) for one, resources in noted.items()}
    assert {one: kinds for one, kinds in lacking.items() if kinds} == {
        # instead of an execution, of a machine that is express: there is none
        ("orchestration", "states:DescribeExecution"): [EXPRESS]
    }


def test_nothing_else_gives_rights() -> None:
    giving = {
        name: body
        for template in TEMPLATES
        for name, body in load_template(template).resources.items()
        if body["Type"].startswith("AWS::IAM::") and body["Type"] != "AWS::IAM::OIDCProvider"
    }

    assert set(giving) == OF_OUR_ROLES | set(OF_OTHERS)
    assert [name for name in OF_OUR_ROLES if "ManagedPolicyArns" in giving[name]["Properties"]] == []
