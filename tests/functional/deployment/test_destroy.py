"""A system that is not production's is taken away when somebody typed its name, who was told what goes and stays."""

from __future__ import annotations

from typing import Final

import pytest

from tests.functional.deployment.told import STACK, Account, Happening, ToldCloudFormation
from tests.support.templates import CFN
from tools.deployment.destroy import Destruction
from tools.deployment.errors import DeploymentError

NESTED: Final = "AWS::CloudFormation::Stack"


def cloud() -> ToldCloudFormation:
    """A system as its own templates declare it, of which a few resources are enough."""
    return ToldCloudFormation(
        parameters={"Environment": "dev"},
        resources={
            STACK: [
                ("DatabaseStack", NESTED),
                ("FrontendStack", NESTED),
                ("UnifiedOrchestrationRole", "AWS::IAM::Role"),
            ],
            "DatabaseStack": [("ProtectionGroupsTable", "AWS::DynamoDB::Table")],
            "FrontendStack": [
                ("FrontendBucket", "AWS::S3::Bucket"),
                ("LogBucket", "AWS::S3::Bucket"),
                ("Pages", "Custom::ConsolePages"),
            ],
        },
        templates={
            STACK: (CFN / "master-template.yaml").read_text(encoding="utf-8"),
            "DatabaseStack": (CFN / "database-stack.yaml").read_text(encoding="utf-8"),
            "FrontendStack": (CFN / "frontend-stack.yaml").read_text(encoding="utf-8"),
        },
        ends="DELETE_COMPLETE",
    )


def destroy(account: Account, typed: str = STACK, name: str = STACK) -> None:
    """Take it away, with this typed when asked."""
    Destruction(account.stacks(), account.said.append, lambda _: typed).destroy(name, None)


def test_it_is_taken_away_by_the_role_that_is_named() -> None:
    account = Account(cloud())

    Destruction(account.stacks(), account.said.append, lambda _: STACK).destroy(
        STACK, "arn:aws:iam::123456789012:role/R"
    )

    assert account.cloud.deleted_by == "arn:aws:iam::123456789012:role/R"


def test_it_says_what_goes_and_what_stays_before_and_after() -> None:
    account = Account(cloud())

    destroy(account)

    assert account.cloud.calls.count("DeleteStack") == 1
    assert account.said[0] == f"{STACK} has 5 resources. 3 are deleted with it."
    assert account.told("The pages of the console in the bucket")
    kept = [line for line in account.said if "ProtectionGroupsTable" in line]
    assert len(kept) == 2, "told before, and left behind"
    assert account.told("Left behind")


@pytest.mark.parametrize("typed", ["", "yes", "aws-drs-orchestration-test"])
def test_nothing_is_deleted_unless_its_name_is_typed(typed: str) -> None:
    account = Account(cloud())

    with pytest.raises(DeploymentError, match="nothing was deleted"):
        destroy(account, typed)

    assert "DeleteStack" not in account.cloud.calls


def test_production_is_never_deleted_by_its_name_by_its_parameter_or_while_it_is_protected() -> None:
    by_name, by_parameter, protected = Account(cloud()), Account(cloud()), Account(cloud())
    by_parameter.cloud.parameters["Environment"] = "prod"
    protected.cloud.protected = True

    for account, name, says in (
        (by_name, "aws-drs-orchestration-prod", "is production"),
        (by_parameter, STACK, "is production"),
        (protected, STACK, "is protected"),
    ):
        with pytest.raises(DeploymentError, match=says):
            destroy(account, name, name)
        assert "DeleteStack" not in account.cloud.calls


@pytest.mark.parametrize("status", ["CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_production_that_could_not_be_created_is_taken_away_as_the_deployment_says(status: str) -> None:
    account = Account(cloud())
    account.cloud.status = status
    account.cloud.parameters["Environment"] = "prod"

    destroy(account, "aws-drs-orchestration-prod", "aws-drs-orchestration-prod")

    assert "DeleteStack" in account.cloud.calls


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_FAILED"])
def test_production_that_was_there_once_is_not_whatever_its_state(status: str) -> None:
    account = Account(cloud())
    account.cloud.status = status

    with pytest.raises(DeploymentError, match="is production"):
        destroy(account, "aws-drs-orchestration-prod", "aws-drs-orchestration-prod")

    assert "DeleteStack" not in account.cloud.calls


def test_what_is_not_there_is_not_deleted() -> None:
    with pytest.raises(DeploymentError, match="there is no stack"):
        destroy(Account(ToldCloudFormation(status=None)))


def test_a_stack_that_was_only_prepared_is_taken_away_without_anything_that_happens() -> None:
    account = Account(ToldCloudFormation(status="REVIEW_IN_PROGRESS", ends="DELETE_COMPLETE"))
    account.cloud.is_silent = True

    destroy(account)

    assert account.said == [f"{STACK} has 0 resources. 0 are deleted with it.", f"{STACK} is deleted."]


def test_a_deletion_that_fails_says_why() -> None:
    account = Account(cloud())
    account.cloud.ends = "DELETE_FAILED"
    account.cloud.course = [
        Happening(STACK, "FrontendStack", NESTED, "DELETE_IN_PROGRESS"),
        Happening("FrontendStack", "FrontendBucket", "AWS::S3::Bucket", "DELETE_FAILED", "The bucket is not empty"),
    ]

    with pytest.raises(DeploymentError, match="FrontendStack/FrontendBucket: The bucket is not empty"):
        destroy(account)

    assert not account.told("is deleted.")
