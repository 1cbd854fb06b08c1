"""What is said of everything reaches every stack, and what a stack needs to go stays until it has gone."""

from __future__ import annotations

from typing import Final

import pytest

from local.cloudformation.template import load
from tests.cfn.test_master_template import MODES, walked
from tests.support.templates import CFN

KEY: Final = "arn:aws:kms:us-east-1:111122223333:key/0123abcd-0000-4000-8000-000000000000"
BOUNDARY: Final = "arn:aws:iam::111122223333:policy/Boundary"
HANDED_ON: Final = {
    "CustomerKeyArn": KEY,
    "PermissionsBoundary": BOUNDARY,
    "LogLevel": "DEBUG",
    "Architecture": "x86_64",
    "StagingKeyArns": "arn:aws:kms:us-west-2:222233334444:key/staging",
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", HANDED_ON)
def test_what_is_said_of_everything_is_handed_to_every_stack_that_asks_for_it(mode: str, name: str) -> None:
    context = walked(mode, **{name: HANDED_ON[name]}).context

    asking = {path for path in context.made if name in load(CFN / path)["Parameters"]}
    told = {
        path.rpartition("/")[2]: properties["Parameters"].get(name)
        for properties in context.properties.values()
        if (path := str(properties.get("TemplateURL", "")))
    }
    asking.discard("master-template.yaml")
    assert asking or "OrchestrationRoleArn" in MODES[mode], "somebody asks"
    assert {path: told.get(path) for path in asking} == dict.fromkeys(asking, HANDED_ON[name])


@pytest.mark.parametrize("mode", MODES)
def test_with_a_boundary_no_role_is_made_without_it(mode: str) -> None:
    context = walked(mode, PermissionsBoundary=BOUNDARY, SetsLogRole="true").context

    roles = {where: it for where, it in context.properties.items() if "AssumeRolePolicyDocument" in it}
    assert ("api-gateway-deployment-stack.yaml", "ApiGatewayLogRole") in roles
    assert {where for where, it in roles.items() if it.get("PermissionsBoundary") != BOUNDARY} == set()


@pytest.mark.parametrize(
    ("mode", "where"),
    [
        ("api", ("master-template.yaml", "UnifiedOrchestrationRole")),
        ("a role for each function, without a console", ("function-roles-stack.yaml", "FrontendDeployerRole")),
    ],
)
def test_an_update_to_no_console_leaves_what_the_deployer_needs_to_empty_its_bucket(
    mode: str, where: tuple[str, str]
) -> None:
    """CloudFormation updates roles first, and deletes stacks that have gone when all else is updated."""
    (policy,) = walked(mode).context.properties[where]["Policies"]

    names = {statement["Sid"] for statement in policy["PolicyDocument"]["Statement"]}
    assert names >= {"S3", "CloudFront", "CloudFormation"}
