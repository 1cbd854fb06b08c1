"""The role of GitHub's workflow may do what a deployment asks for, and nothing that it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.functional.deployment.test_deploy import BUILT, TEMPLATE, WISH
from tests.functional.deployment.told import Account, ToldCloudFormation, change_set_arn, modified, other
from tests.support.templates import load_template

S3 = {"GetBucketLocation": "s3:GetBucketLocation", "HeadObject": "s3:GetObject", "PutObject": "s3:PutObject"}
NESTED = "AWS::CloudFormation::Stack"


def rights() -> set[str]:
    """Every action of the workflow's role."""
    template = load_template("github-oidc-stack.yaml", SourceBucket="artefacts", GitHubRepository="acme/recovery")
    (policy,) = template.properties("DeploymentRole")["Policies"]
    found: set[str] = set()
    for statement in policy["PolicyDocument"]["Statement"]:
        actions: Any = statement["Action"]
        found |= {actions} if isinstance(actions, str) else set(actions)
    return found


def test_every_call_is_allowed_and_every_right_is_used() -> None:
    root = [modified("LambdaStack", NESTED, ChangeSetId=change_set_arn("lambda")), other("Remove", "WafStack", NESTED)]
    cloud = ToldCloudFormation(parameters={"AdminEmail": "a@b.c"}, change_sets={"root": root})
    previewed, deployed = Account(cloud), Account(replace(cloud, calls=[]))

    previewed.deployment().deploy(replace(WISH, environment="prod", previews=True), BUILT, TEMPLATE)
    deployed.deployment().deploy(replace(WISH, environment="prod"), BUILT, TEMPLATE)

    called = {f"cloudformation:{call}" for one in (previewed, deployed) for call in one.cloud.calls}
    called |= {S3[call] for call in deployed.bucket.calls}
    # Without the right to list, what is not there yet is forbidden instead of missing; the role is handed on; and a
    # change set names the tags of its stack, about which AWS asks by a name of their own.
    beside = {"lambda:InvokeFunction", "s3:ListBucket", "iam:PassRole", "cloudformation:TagResource"}
    assert rights() == called | beside
