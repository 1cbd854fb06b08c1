"""CloudFormation, deploying from GitHub, may do what each resource of each mode asks for, under the names that it has.

What a type asks for is in AWS's own description of it. What nothing here uses of that is named with its reason.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final

import pytest

from local.cloudformation.template import Place
from tests.cfn.test_github_oidc_stack import BOUNDARY, NAME, deployed, statements
from tests.cfn.test_master_template import CERTIFICATE, EXTERNAL, walked
from tests.cfn.test_role_sizes import MOST_CHARACTERS
from tests.least_privilege.handlers import asked, forms, types
from tests.least_privilege.iam import Request, decide
from tests.support.templates import CFN, HUB, load_template

KEY: Final = f"arn:aws:kms:{HUB.region}:{HUB.account}:key/customer"
LOGS: Final = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
PROJECT: Final = {"ProjectName": "some-project", "Environment": "test"}
EVERYTHING: Final = {
    "ApiDomainName": "api.example.com",
    "ApiCertificateArn": CERTIFICATE,
    "MakesIdentityPool": "true",
    "NotificationEmail": "somebody@example.com",
    "TargetAccountIds": "111122223333",
    "DrillPlanId": "plan-1",
    "DrillSchedule": "rate(30 days)",
}
PASSED_TO: Final = {
    "AWS::ApiGateway::Account": "apigateway.amazonaws.com",
    "AWS::Lambda::Function": "lambda.amazonaws.com",
    "AWS::StepFunctions::StateMachine": "states.amazonaws.com",
}
"""The types that are given a role, and who gets it."""

UNUSED: Final[Mapping[str, Sequence[str]]] = {
    "the API's stage alone is put behind a firewall": (
        "amplify:*",
        "apprunner:*",
        "appsync:*",
        "bedrock-agentcore:*",
        "ec2:*VerifiedAccess*",
        "elasticloadbalancing:*",
        "payments:*",
    ),
    "no function has a VPC, a file system, a layer, signed code or a version of its zip": (
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "elasticfilesystem:*",
        "lambda:GetCodeSigningConfig",
        "lambda:GetLayerVersion",
        "lambda:PassCapacityProvider",
        "lambda:AssociateRuntimeAlias",
        "s3:GetObjectVersion",
        "s3files:*",
    ),
    "an alias is moved at once, not by CodeDeploy": ("codedeploy:*",),
    "nothing is synchronised for people who have signed in": ("cognito-sync:*",),
    "a log group has no index and is delivered nowhere": (
        "firehose:*",
        "logs:CreateLogDelivery",
        "logs:DeleteIndexPolicy",
        "logs:DeleteResourcePolicy",
        "logs:PutIndexPolicy",
        "logs:PutResourcePolicy",
    ),
    "rights are given to roles, not to users and groups": ("iam:*GroupPolicy", "iam:*UserPolicy"),
    "what the one role of API Gateway has attached stays with it": ("iam:DetachRolePolicy",),
    "a boundary is never taken away": ("iam:DeleteRolePermissionsBoundary",),
    "the pool mails by itself, and no table scales by another service": ("iam:CreateServiceLinkedRole",),
    "no table streams into Kinesis or is filled from a bucket": ("kinesis:*", "AWS::DynamoDB::Table s3:*"),
    "the pool hands no code to a sender of ours": ("AWS::Cognito::UserPool kms:*",),
    "no group of rules is shared": ("wafv2:GetPermissionPolicy", "wafv2:PutPermissionPolicy"),
    "no bucket has tables of its metadata": ("s3tables:*",),
    "what is in a bucket is frontend-deployer's": (
        "AWS::S3::Bucket s3:DeleteObject",
        "AWS::S3::Bucket s3:PutObjectAcl",
    ),
    "one distribution serves one tenant": ("cloudfront:CreateConnectionGroup",),
}
"""Why an action, or a type's, that a description names is not called for what these templates say of it."""

UNKNOWN: Final = {
    "cloudfront:CreateDistributionWithTags",
    "s3:DeleteBucketAnalyticsConfiguration",
    "s3:DeleteBucketCors",
    "s3:DeleteBucketEncryption",
    "s3:DeleteBucketLifecycle",
    "s3:DeleteBucketMetricsConfiguration",
    "s3:DeleteBucketReplication",
    "s3:PutBucketReplication",
    "s3:PutObjectLockConfiguration",
    "s3:REST.PUT.OBJECT",
    "s3:UpdateBucketMetadataAnnotationTableConfiguration",
}
"""Names in a description that AWS's reference of actions has not: of a call with another action, or newer than it."""

LOG_ROLE: Final = "some-project-test-ApiGatewayDeploymentStack-1ABC-ApiGatewayLogRole-2DEF"
"""As CloudFormation names what has no name in its template."""


@dataclass(frozen=True)
class Case:
    """A documented way to deploy: the mode, what the master is given, and what this stack is given for it."""

    mode: str
    said: Mapping[str, str]
    allows: Mapping[str, str]


CASES: Final = {
    "full": Case("full", {}, {}),
    "api": Case("api", {}, {}),
    "a role for each function": Case("a role for each function", {}, {}),
    "a role of your own": Case("external-role", {}, {"OrchestrationRoleArn": EXTERNAL}),
    "a key of your own": Case("full", {"CustomerKeyArn": KEY}, {"CustomerKeyArn": KEY}),
    "with a boundary": Case("full", {"PermissionsBoundary": BOUNDARY}, {"PermissionsBoundary": BOUNDARY}),
}


@cache
def made(name: str) -> Mapping[str, Sequence[str]]:
    """The names that placeholders of ARNs stand for, of everything that is made in a case."""
    case = CASES[name]
    found = walked(case.mode, **PROJECT, **EVERYTHING, **case.said).context.properties.values()

    def named(*members: str) -> list[str]:
        return [str(it[member]) for it in found for member in members if isinstance(it.get(member), str)]

    rules = [str(it["Name"]) for it in found if "EventPattern" in it or "ScheduleExpression" in it]
    return {
        "TableName": named("TableName"),
        "FunctionName": [str(it["FunctionName"]) for it in found if "Handler" in it],
        "BucketName": [str(it["BucketName"]) for it in found if "PublicAccessBlockConfiguration" in it],
        "TopicName": named("TopicName"),
        "QueueName": named("QueueName"),
        "StateMachineName": named("StateMachineName"),
        "AlarmName": named("AlarmName"),
        "DashboardName": named("DashboardName"),
        "LogGroupName": named("LogGroupName"),
        "RuleName": rules,
        "RoleNameWithPath": [*named("RoleName"), LOG_ROLE],
        "PolicyNameWithPath": named("ManagedPolicyName"),
        "Name": [str(it["Name"]) for it in found if "VisibilityConfig" in it],
        "Alias": [one.removeprefix("alias/") for one in named("AliasName")],
        "EventBusName": ["default"],
        "StackName": ["some-project-test-LambdaStack-1ABC"],
    }


def kinds(name: str) -> set[str]:
    """The types of everything that is made in a case."""
    case = CASES[name]
    context = walked(case.mode, **PROJECT, **EVERYTHING, **case.said).context
    return {kind for kinds in context.made.values() for kind in kinds if kind.startswith("AWS::")}


def is_unused(kind: str, action: str) -> bool:
    """Whether it is named as one that nothing here needs."""
    patterns = [pattern for patterns in UNUSED.values() for pattern in patterns]
    return any(fnmatchcase(asks, pattern) for pattern in patterns for asks in (action, f"{kind} {action}"))


def is_for_others(name: str, kind: str, action: str) -> bool:
    """Whether it is about a role that this type is not given, or a boundary that no role has in this case."""
    if action == "iam:PutRolePermissionsBoundary":
        return "PermissionsBoundary" not in CASES[name].said
    return action == "iam:PassRole" and kind not in PASSED_TO


def requests(name: str, kind: str, action: str) -> Iterator[list[Request]]:
    """For each form of ARN that an action takes, the requests on everything of the case that has it."""
    names = dict(made(name))
    context: dict[str, str | None] = {
        "aws:RequestTag/Project": "some-project",
        "aws:ResourceTag/Project": "some-project",
        "iam:PermissionsBoundary": CASES[name].said.get("PermissionsBoundary"),
        "iam:PolicyARN": LOGS,
        "iam:PassedToService": PASSED_TO.get(kind),
        "kms:GrantIsForAWSResource": "true",
        "kms:ViaService": f"dynamodb.{HUB.region}.amazonaws.com",
    }
    if action.startswith("kms:") and "AWS::KMS" not in kind and "CustomerKeyArn" in CASES[name].said:
        names["KeyId"], context["aws:ResourceTag/Project"] = ["customer"], None
    if action == "iam:PassRole" and "OrchestrationRoleArn" in CASES[name].allows and "ApiGateway" not in kind:
        names["RoleNameWithPath"] = [EXTERNAL.partition("role/")[2]]
    if action.startswith("s3:") and "AWS::S3" not in kind:
        names["BucketName"] = ["artefacts"]
    here = {"Partition": [HUB.partition], "Region": [HUB.region], "Account": [HUB.account]}
    for form in forms().get(action, []) or ["*"]:
        parts = list(dict.fromkeys(re.findall(r"\$\{(\w+)\}", form)))
        values = [{**names, **here}.get(part, ["x"]) for part in parts]
        filled = [dict(zip(parts, chosen, strict=True)) for chosen in itertools.product(*values)]
        yield [Request(action, _filled(form, its), context) for its in filled]


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _filled(form: str, names: Mapping[str, str]) -> str:
    for part, name in names.items():
        form = form.replace(f"${{{part}}}", name)
    return form


def denied(name: str, allows: Mapping[str, str]) -> list[str]:
    """What a type asks for and the role does not allow, of one form at least on everything that is made."""
    rights = list(statements(deployed(**allows), "CloudFormationRole").values())
    return [
        f"{kind} {action}"
        for kind in sorted(kinds(name))
        for action in sorted(asked(kind))
        if not is_unused(kind, action) and not is_for_others(name, kind, action) and action in forms()
        if not any(all(decide(rights, one).allowed for one in group) for group in requests(name, kind, action) if group)
    ]


@pytest.mark.parametrize("name", CASES)
def test_cloudformation_may_do_what_everything_that_a_mode_makes_asks_for(name: str) -> None:
    assert denied(name, CASES[name].allows) == []


@pytest.mark.parametrize("name", ["a role of your own", "a key of your own", "with a boundary"])
def test_what_the_guide_says_is_refused_if_this_stack_is_not_given_the_same_is_refused(name: str) -> None:
    (parameter,) = CASES[name].allows
    guide = (CFN.parent / "docs/deployment/CICD_GUIDE.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\|.*\| `{parameter}`, the same.*\|(.*)\|$", guide, re.MULTILINE)
    told = set(re.findall(r"\b(?:iam|kms):\w+", row))

    assert told and told <= {line.rpartition(" ")[2] for line in denied(name, {})}


def test_a_boundary_that_this_stack_alone_has_refuses_every_role_without_it() -> None:
    refused = {line.rpartition(" ")[2] for line in denied("full", {"PermissionsBoundary": BOUNDARY})}

    assert refused == {"iam:CreateRole", "iam:PutRolePolicy"}


def test_a_role_of_your_own_is_handed_to_functions_and_state_machine_alone_and_is_never_changed() -> None:
    rights = statements(deployed(OrchestrationRoleArn=EXTERNAL), "CloudFormationRole").values()
    context: dict[str, str | None] = {
        "iam:PassedToService": "ec2.amazonaws.com",
        "iam:PermissionsBoundary": None,
        "iam:PolicyARN": LOGS,
    }

    assert not decide(rights, Request("iam:PassRole", EXTERNAL, context)).allowed
    for action in ("iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:AttachRolePolicy"):
        assert not decide(rights, Request(action, EXTERNAL, context)).allowed


def test_a_key_of_your_own_is_used_and_neither_changed_nor_deleted() -> None:
    rights = statements(deployed(CustomerKeyArn=KEY), "CloudFormationRole").values()
    context: dict[str, str | None] = {
        "aws:ResourceTag/Project": None,
        "aws:RequestTag/Project": None,
        "kms:GrantIsForAWSResource": "true",
        "kms:ViaService": f"dynamodb.{HUB.region}.amazonaws.com",
    }
    by_nobody_else = {**context, "kms:GrantIsForAWSResource": "false", "kms:ViaService": None}

    for action in ("kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "kms:DisableKey", "kms:TagResource"):
        assert not decide(rights, Request(action, KEY, context)).allowed
    assert not decide(rights, Request("kms:Decrypt", KEY.replace("customer", "another"), context)).allowed
    for action in ("kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey", "kms:RevokeGrant"):
        assert decide(rights, Request(action, KEY, context)).allowed
        assert not decide(rights, Request(action, KEY, by_nobody_else)).allowed, "only a service of AWS is given it"


def tagging(key: str, project: str, of: str | None) -> Request:
    """What AWS asks about a tag of a key that has the tag of this project, of another one, or none yet."""
    arn = f"arn:aws:kms:{HUB.region}:{HUB.account}:key/{key}"
    return Request("kms:TagResource", arn, {"aws:RequestTag/Project": project, "aws:ResourceTag/Project": of})


def test_a_key_is_tagged_while_it_is_made_when_it_has_no_tag_yet() -> None:
    # https://docs.aws.amazon.com/kms/latest/developerguide/tag-permissions.html: asked beside CreateKey, of every key
    rights = list(statements(deployed(), "CloudFormationRole").values())
    tags = [right for right in rights if right["Action"] in ("kms:*", "kms:TagResource")]

    assert decide(tags, tagging("*", "some-project", of=None)).allowed
    assert decide(tags, tagging("made-before", "some-project", of="some-project")).allowed


def test_no_key_of_somebody_else_is_made_one_of_the_project_by_its_tag() -> None:
    rights = statements(deployed(CustomerKeyArn=KEY), "CloudFormationRole").values()
    tags = [right for right in rights if right["Action"] in ("kms:*", "kms:TagResource")]

    assert not decide(tags, tagging("another", "some-project", of="another-project")).allowed
    assert not decide(tags, tagging("another", "another-project", of=None)).allowed
    assert not decide(tags, tagging("customer", "some-project", of=None)).allowed


GIVEN: Final = {"OrchestrationRoleArn": EXTERNAL, "CustomerKeyArn": KEY, "PermissionsBoundary": BOUNDARY}
OF_NO_TYPE: Final[Mapping[str, str]] = {
    "kms:ReEncrypt*": "DynamoDB's guide wants it of whoever makes a table under a key of his own",
}
"""Why CloudFormation's role may do what no description of a type asks for."""


def test_every_action_that_is_named_is_one_that_a_type_asks_for_or_has_its_reason() -> None:
    wanted = {action for kind in types() for action in asked(kind) if not is_unused(kind, action)}
    named = {
        action
        for right in statements(deployed(**GIVEN), "CloudFormationRole").values()
        for action in _listed(right["Action"])
    }

    beyond = {
        pattern
        for pattern in named
        if pattern not in OF_NO_TYPE and not any(fnmatchcase(action, pattern) for action in wanted)
    }

    assert beyond == set()
    assert set(OF_NO_TYPE) <= named
    assert {one for one in OF_NO_TYPE if any(fnmatchcase(action, one) for action in wanted)} == set(), "needs no reason"


def test_only_the_projects_roles_and_the_one_of_your_own_are_passed_and_to_the_services_that_run_under_them() -> None:
    rights = list(statements(deployed(**GIVEN), "CloudFormationRole").values())
    roles = [
        EXTERNAL,
        *(f"arn:aws:iam::{HUB.account}:role/{name}" for name in made("with a boundary")["RoleNameWithPath"]),
    ]
    others = [f"arn:aws:iam::{HUB.account}:role/{name}" for name in ("Admin", "another-project-test-x", "Own/Admin")]

    def passed(role: str, service: str) -> bool:
        context: dict[str, str | None] = {"iam:PassedToService": service, "iam:PermissionsBoundary": BOUNDARY}
        return decide(rights, Request("iam:PassRole", role, {**context, "iam:PolicyARN": None})).allowed

    assert {role for role in [*roles, *others] if passed(role, "lambda.amazonaws.com")} <= set(roles)
    assert [role for role in roles if passed(role, "ec2.amazonaws.com")] == []
    assert passed(EXTERNAL, "states.amazonaws.com")


@pytest.mark.parametrize(("partition", "region"), [("aws-us-gov", "us-gov-west-1"), ("aws", "ap-southeast-1")])
@pytest.mark.parametrize("role", ["CloudFormationRole", "DeploymentRole"])
def test_the_rights_of_each_role_fit_into_what_iam_takes_whatever_is_said(
    role: str, partition: str, region: str
) -> None:
    said = {
        "ProjectName": "a-project-of-25-letters-x",
        "Environment": "test",
        "SourceBucket": "b" * 63,
        "GitHubRepository": "acme/recovery",
        "OrchestrationRoleArn": f"arn:{partition}:iam::{HUB.account}:role/{'p' * 511}/{'r' * 64}",
        "CustomerKeyArn": f"arn:{partition}:kms:{region}:{HUB.account}:key/mrk-{'0' * 32}",
        "PermissionsBoundary": f"arn:{partition}:iam::{HUB.account}:policy/{'p' * 511}/{'b' * 128}",
    }
    stack = load_template(NAME, Place(HUB.account, region, partition), **said)
    documents = [one["PolicyDocument"] for one in stack.properties(role)["Policies"]]

    assert sum(len(json.dumps(one, separators=(",", ":"))) for one in documents) <= MOST_CHARACTERS


def test_no_bucket_is_reached_but_the_projects_and_that_of_the_zips() -> None:
    buckets = {
        resource
        for right in statements(deployed(**GIVEN), "CloudFormationRole").values()
        for resource in _listed(right["Resource"])
        if resource.startswith("arn:aws:s3:::") and "some-project" not in resource
    }

    assert buckets <= {"arn:aws:s3:::artefacts", "arn:aws:s3:::artefacts/*"}


def test_what_is_named_as_unused_is_asked_by_a_type_that_is_made() -> None:
    actions = {asks for kind in types() for action in asked(kind) for asks in (action, f"{kind} {action}")}
    needless = [
        pattern
        for patterns in UNUSED.values()
        for pattern in patterns
        if not any(fnmatchcase(action, pattern) for action in actions)
    ]

    assert needless == []
    assert {kind for name in CASES for kind in kinds(name)} == set(types()), "each type is made in a case"


def test_whatever_a_type_asks_for_is_known_and_judged() -> None:
    unjudged = {action for kind in types() for action in asked(kind) if not is_unused(kind, action)} - forms().keys()

    assert unjudged == UNKNOWN, "python -m tests.least_privilege.extract knows whether it is an action"


def test_a_firewall_that_the_console_is_given_may_be_looked_at_from_every_region() -> None:
    rights = statements(deployed(), "CloudFormationRole").values()
    firewall = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/ours/1"

    assert decide(rights, Request("wafv2:GetWebACL", firewall)).allowed
    assert not decide(rights, Request("wafv2:DeleteWebACL", firewall)).allowed


def test_a_right_that_is_taken_away_is_missed() -> None:
    rights: dict[str, Any] = statements(deployed(), "CloudFormationRole")
    without = [it for sid, it in rights.items() if sid != "ByName"]

    for action, kind in (("dynamodb:CreateTable", "AWS::DynamoDB::Table"), ("sqs:CreateQueue", "AWS::SQS::Queue")):
        (group,) = requests("full", kind, action)
        assert group and not any(decide(without, one).allowed for one in group)
