"""Who may deploy from GitHub: one branch or one environment of one repository, never a pull request, and never more."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, Final

import pytest

from tests.support.templates import Template, load_template

NAME: Final = "github-oidc-stack.yaml"
REPOSITORY: Final = "acme/recovery"
PROVIDER: Final = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
BOUNDARY: Final = "arn:aws:iam::123456789012:policy/boundary"


def deployed(**parameters: str) -> Template:
    """The stack for the repository."""
    given = {"ProjectName": "some-project", "Environment": "test", "SourceBucket": "artefacts"}
    return load_template(NAME, **given, GitHubRepository=REPOSITORY, **parameters)


def trust(template: Template) -> dict[str, Any]:
    """The one statement by which the workflow's role is assumed."""
    (statement,) = template.properties("DeploymentRole")["AssumeRolePolicyDocument"]["Statement"]
    found: dict[str, Any] = statement
    return found


def statements(template: Template, role: str) -> dict[str, dict[str, Any]]:
    """The rights of a role by their names."""
    (policy,) = template.properties(role)["Policies"]
    return {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}


@pytest.mark.parametrize(
    ("parameters", "subject"),
    [
        ({}, "repo:acme/recovery:ref:refs/heads/main"),
        ({"GitHubBranch": "release"}, "repo:acme/recovery:ref:refs/heads/release"),
        ({"GitHubEnvironment": "production"}, "repo:acme/recovery:environment:production"),
    ],
)
def test_one_branch_or_one_environment_deploys_and_no_pull_request(parameters: dict[str, str], subject: str) -> None:
    statement = trust(deployed(**parameters))

    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": subject,
        }
    }
    assert "*" not in subject


def test_the_provider_is_made_once_in_an_account() -> None:
    own, given = deployed(), deployed(OidcProviderArn=PROVIDER)

    assert own.creates("GitHubProvider") and not given.creates("GitHubProvider")
    assert trust(given)["Principal"] == {"Federated": PROVIDER}
    assert own.resources["GitHubProvider"]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_the_workflow_hands_work_to_cloudformation_and_makes_nothing_itself() -> None:
    rights = statements(deployed(), "DeploymentRole")

    actions = {action for it in rights.values() for action in _listed(it["Action"])}
    assert {action.partition(":")[0] for action in actions} == {"cloudformation", "iam", "lambda", "s3"}
    assert "cloudformation:DeleteStack" not in actions
    asked = rights["AskWhetherItAnswers"]
    assert asked["Action"] == "lambda:InvokeFunction"
    assert asked["Resource"].endswith(":function:some-project-query-handler-test:live")
    handed = rights["HandOverToCloudFormation"]
    assert (handed["Action"], handed["Resource"]) == ("iam:PassRole", "${CloudFormationRole.Arn}")
    assert handed["Condition"] == {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}


@pytest.mark.parametrize(
    "resource", ["stack/some-project-test/1", "stack/some-project-test-LambdaStack-1ABC/1", "changeSet/deploy-1/1"]
)
def test_stacks_are_tagged_by_whoever_makes_the_change_set(resource: str) -> None:
    arn = f"arn:aws:cloudformation:us-east-1:123456789012:{resource}"

    (tags,) = [
        it for it in statements(deployed(), "DeploymentRole").values() if it["Action"] == "cloudformation:TagResource"
    ]
    assert any(fnmatchcase(arn, pattern) for pattern in tags["Resource"])
    assert not any(
        fnmatchcase(arn.replace("some-project", "another"), one) for one in tags["Resource"] if "stack" in one
    )


@pytest.mark.parametrize("own", ["github", "cloudformation"])
def test_nobody_widens_his_own_rights(own: str) -> None:
    template = deployed()
    name = {"github": "DeploymentRole", "cloudformation": "CloudFormationRole"}[own]
    arn = f"arn:aws:iam::123456789012:role/{template.properties(name)['RoleName']}"

    for role in ("DeploymentRole", "CloudFormationRole"):
        for right in statements(template, role).values():
            if any(action.startswith("iam:") for action in _listed(right["Action"])):
                assert not any(fnmatchcase(arn, resource) for resource in _listed(right["Resource"]))


def test_no_right_on_iam_is_on_everything() -> None:
    for role in ("DeploymentRole", "CloudFormationRole"):
        for right in statements(deployed(), role).values():
            if any(action.startswith("iam:") for action in _listed(right["Action"])):
                assert "*" not in _listed(right["Resource"])


def test_with_a_boundary_no_role_is_made_without_it() -> None:
    bounded = deployed(PermissionsBoundary=BOUNDARY)

    made = statements(bounded, "CloudFormationRole")["RolesByName"]
    assert made["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}
    assert "Condition" not in statements(deployed(), "CloudFormationRole")["RolesByName"]
    for role in ("DeploymentRole", "CloudFormationRole"):
        assert bounded.properties(role)["PermissionsBoundary"] == BOUNDARY


def test_the_roles_that_the_functions_run_as_may_be_made_and_passed() -> None:
    given = {"ProjectName": "some-project", "Environment": "test"}
    one = load_template("master-template.yaml", **given).properties("UnifiedOrchestrationRole")["RoleName"]
    each = load_template("function-roles-stack.yaml", **given).of_type("AWS::IAM::Role").values()
    rights = statements(deployed(), "CloudFormationRole")

    for name in (one, *(role["RoleName"] for role in each)):
        arn = f"arn:aws:iam::123456789012:role/{name}"
        for sid in ("RolesByName", "RolesThatExist", "PassRolesOfTheProject"):
            assert any(fnmatchcase(arn, resource) for resource in rights[sid]["Resource"])


def test_the_policy_for_callers_may_be_made_and_no_other() -> None:
    given = {"ProjectName": "some-project", "Environment": "test"}
    name = load_template("lambda-stack.yaml", **given).properties("CallerPolicy")["ManagedPolicyName"]

    right = statements(deployed(), "CloudFormationRole")["PoliciesByName"]
    assert fnmatchcase(f"arn:aws:iam::123456789012:policy/{name}", right["Resource"])
    assert right["Resource"].endswith(":policy/some-project-test-caller-*")


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
