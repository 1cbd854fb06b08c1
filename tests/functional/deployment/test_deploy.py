"""A deployment from the first look to the last question: what it does, in which order, and what it refuses to do."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import pytest

from local.cloudformation.template import parse
from tests.functional.deployment.told import (
    OUTPUTS,
    STACK,
    Account,
    Happening,
    ToldBucket,
    ToldCloudFormation,
    ToldFunctions,
    arn,
    change_set_arn,
    modified,
    other,
    pages,
    this_build,
)
from tools.deployment.deploy import Wish
from tools.deployment.errors import DeploymentError
from tools.deployment.parameters import Mode
from tools.deployment.progress import Progress
from tools.deployment.smoke import Answer

BUILT: Final = this_build()
TEMPLATE: Final = parse(BUILT.master)
WISH: Final = Wish("aws-drs-orchestration", "dev")
FIRST: Final = replace(WISH, said={"AdminEmail": "admin@example.com"})
NESTED: Final = "AWS::CloudFormation::Stack"
TABLE: Final = "AWS::DynamoDB::Table"
PREVIOUS: Final = {"AdminEmail": "admin@example.com", "AllowedCIDRs": "0.0.0.0/0", "ApiRevision": "a", "Owner": "us"}


def existing(**changes: list[dict[str, Any]]) -> ToldCloudFormation:
    """A stack that was deployed before, whose next change set has these changes; `root` is its own."""
    return ToldCloudFormation(parameters=dict(PREVIOUS), change_sets=changes)


def deploy(account: Account, wish: Wish = WISH) -> None:
    """Deploy this tree."""
    account.deployment().deploy(wish, BUILT, TEMPLATE)


def given(account: Account) -> dict[str, dict[str, Any]]:
    """The parameters that CloudFormation was given, by name."""
    return {one["ParameterKey"]: one for one in account.cloud.requests[0]["Parameters"]}


def test_a_first_deployment_is_checked_uploaded_made_and_asked() -> None:
    cloud = ToldCloudFormation(
        status=None, ends="CREATE_COMPLETE", change_sets={"root": [other("Add", "DatabaseStack", NESTED)]}
    )
    account = Account(cloud)

    deploy(account, FIRST)

    (request,) = cloud.requests
    assert (request["ChangeSetType"], request["StackName"]) == ("CREATE", STACK)
    assert request["IncludeNestedStacks"] is False
    assert request["Tags"][0] == {"Key": "Project", "Value": "aws-drs-orchestration"}
    assert given(account)["SourcePrefix"]["ParameterValue"] == BUILT.prefix
    assert not [one for one in request["Parameters"] if one.get("UsePreviousValue")]
    assert len(account.bucket.puts) == len(BUILT.objects)
    assert account.functions.invoked == [(OUTPUTS["QueryHandlerFunctionName"], "live", b'{"operation": "health"}')]
    assert account.told(f"{STACK} is deployed") and account.told(OUTPUTS["UserPoolId"])
    order = list(dict.fromkeys(cloud.calls))
    assert order.index("ValidateTemplate") < order.index("CreateChangeSet") < order.index("ExecuteChangeSet")
    assert "UpdateTerminationProtection" not in order


@pytest.mark.parametrize(
    ("firewall", "asked", "warns"),
    [("none", "true", True), ("none", "false", False), ("made here", "true", False), ("no console", "true", False)],
)
def test_what_stands_before_the_console_is_told_and_what_helps_if_it_is_nothing_that_was_asked_for(
    firewall: str, asked: str, warns: bool
) -> None:
    cloud = ToldCloudFormation(
        parameters={**PREVIOUS, "EnableWAF": asked}, outputs={**OUTPUTS, "ConsoleFirewall": firewall}
    )
    account = Account(cloud)

    deploy(account)

    assert account.told(f"ConsoleFirewall       {firewall}")
    assert account.told("CloudFrontWebAclArn") is warns


def test_what_is_there_is_not_uploaded_again() -> None:
    account = Account(existing(root=[]))
    deploy(account)
    account.bucket.puts.clear()

    deploy(account)

    assert account.bucket.puts == []
    assert account.told(f"0 uploaded, {len(BUILT.objects)} were there")


def test_an_update_brings_the_code_that_was_built_and_keeps_what_nobody_said() -> None:
    account = Account(existing(root=[modified("LambdaStack", NESTED, ChangeSetId=change_set_arn("lambda"))]))

    deploy(account)

    parameters = given(account)
    assert parameters["AdminEmail"] == {"ParameterKey": "AdminEmail", "UsePreviousValue": True}
    assert all(key in account.cloud.requests[0]["TemplateBody"] for key in BUILT.manifest["functions"].values())
    assert account.cloud.requests[0]["IncludeNestedStacks"] is True
    assert {"Key": "Owner", "Value": "us"} in account.cloud.requests[0]["Tags"]


def test_an_owner_that_is_said_is_that_of_the_stack() -> None:
    account = Account(existing(root=[modified("LambdaStack", NESTED, ChangeSetId=change_set_arn("lambda"))]))

    deploy(account, replace(WISH, said={"Owner": "them"}))

    assert {"Key": "Owner", "Value": "them"} in account.cloud.requests[0]["Tags"]


def test_changes_are_shown_by_their_paths_through_all_nested_stacks_and_pages() -> None:
    account = Account(
        existing(
            root=[
                modified("UnifiedOrchestrationRole", "AWS::IAM::Role", Details=[{"Target": {"Name": "Policies"}}]),
                modified("LambdaStack", NESTED, ChangeSetId=change_set_arn("lambda")),
                other("Add", "WafStack", NESTED, ChangeSetId=change_set_arn("waf")),
            ],
            **{"lambda": [modified("QueryHandlerFunction", "AWS::Lambda::Function")]},
            waf=[other("Add", "ApiWebAcl", "AWS::WAFv2::WebACL")],
        )
    )

    deploy(account)

    assert account.told("changed          UnifiedOrchestrationRole (AWS::IAM::Role): Policies")
    assert account.told("changed          LambdaStack/QueryHandlerFunction (AWS::Lambda::Function)")
    assert account.told("added            WafStack/ApiWebAcl (AWS::WAFv2::WebACL)")
    assert account.told("3 changed, 2 added")


@pytest.mark.requirement("SRS-Q08")
@pytest.mark.parametrize(
    ("within", "inside"),
    [
        ("DatabaseStack", modified("ProtectionGroupsTable", TABLE, "True")),
        ("DatabaseStack", modified("ProtectionGroupsTable", TABLE, "Conditional")),
        ("DatabaseStack", modified("ProtectionGroupsTable", TABLE, "")),
        ("DatabaseStack", other("Remove", "ProtectionGroupsTable", TABLE)),
        ("DatabaseStack", other("Dynamic", "ProtectionGroupsTable", TABLE)),
        ("ApiAuthStack", modified("UserPool", "AWS::Cognito::UserPool", "True")),
        ("ApiAuthStack", other("Remove", "UserPoolClient", "AWS::Cognito::UserPoolClient")),
        ("NotificationStack", modified("NotificationKey", "AWS::KMS::Key", "True")),
        ("StepFunctionsStack", modified("OrchestrationStateMachine", "AWS::StepFunctions::StateMachine", "True")),
    ],
)
def test_what_must_be_kept_is_lost_only_by_its_name(within: str, inside: dict[str, Any]) -> None:
    def account() -> Account:
        root = [modified(within, NESTED, ChangeSetId=change_set_arn("nested"))]
        return Account(existing(root=root, nested=[inside]))

    path = f"{within}/{inside['ResourceChange']['LogicalResourceId']}"
    refusing, other_named, named = account(), account(), account()

    for one, wish in ((refusing, WISH), (other_named, replace(WISH, accepted=frozenset({within})))):
        with pytest.raises(DeploymentError, match=f"ARGS='--accept {path}'"):
            deploy(one, wish)
        assert "ExecuteChangeSet" not in one.cloud.calls
        assert "DeleteChangeSet" in one.cloud.calls
    deploy(named, replace(WISH, accepted=frozenset({path})))
    assert "ExecuteChangeSet" in named.cloud.calls


@pytest.mark.parametrize(
    "change", [other("Remove", "DatabaseStack", NESTED), modified("DatabaseStack", NESTED, "True")]
)
def test_a_nested_stack_that_goes_takes_its_tables_with_it(change: dict[str, Any]) -> None:
    cloud = existing(root=[change])
    cloud.resources = {"DatabaseStack": [("ProtectionGroupsTable", TABLE), ("Alarm", "AWS::CloudWatch::Alarm")]}

    with pytest.raises(DeploymentError, match="DatabaseStack/ProtectionGroupsTable is re"):
        deploy(Account(cloud))

    assert "ExecuteChangeSet" not in cloud.calls


def test_a_nested_stack_that_was_not_looked_into_may_lose_its_tables() -> None:
    def cloud() -> ToldCloudFormation:
        told = existing(root=[modified("DatabaseStack", NESTED), modified("WafStack", NESTED)])
        told.resources = {"DatabaseStack": [("ProtectionGroupsTable", TABLE)], "WafStack": []}
        return told

    blind = replace(WISH, looks_inside=False)
    with pytest.raises(DeploymentError, match="DatabaseStack/ProtectionGroupsTable is not foreseen"):
        deploy(Account(cloud()))
    with pytest.raises(DeploymentError, match="DatabaseStack/ProtectionGroupsTable is not foreseen"):
        deploy(Account(cloud()), blind)

    named = Account(cloud())
    deploy(named, replace(blind, accepted=frozenset({"DatabaseStack/ProtectionGroupsTable"})))
    assert named.cloud.requests[0]["IncludeNestedStacks"] is False


def test_a_preview_changes_nothing() -> None:
    account = Account(existing(root=[modified("Role", "AWS::IAM::Role")]))

    deploy(account, replace(WISH, previews=True))

    assert account.told("changed          Role (AWS::IAM::Role)")
    assert "ExecuteChangeSet" not in account.cloud.calls
    assert account.cloud.calls.count("DeleteChangeSet") == 1
    assert account.functions.invoked == []


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information.",
        "No updates are to be performed.",
    ],
)
def test_a_deployment_of_what_is_deployed_changes_nothing_and_asks_all_the_same(reason: str) -> None:
    cloud = existing()
    cloud.failures = {"root": reason}
    account = Account(cloud)

    deploy(account)

    assert account.told("is what was built already")
    assert "ExecuteChangeSet" not in cloud.calls
    assert len(account.functions.invoked) == 1


def test_why_a_change_set_failed_is_told_from_the_nested_one_that_did() -> None:
    cloud = existing()
    nested = change_set_arn("LambdaStack")
    cloud.failures = {
        "root": f"Nested change set {nested} was not successfully created: Currently in FAILED.",
        "LambdaStack": "Parameters: [Architecture] must have values",
    }

    with pytest.raises(DeploymentError, match=r"LambdaStack: Parameters: \[Architecture\] must have values"):
        deploy(Account(cloud))


def test_a_failed_update_tells_its_causes_and_not_their_consequences() -> None:
    cloud = existing(root=[modified("LambdaStack", NESTED, ChangeSetId=change_set_arn("lambda"))])
    cloud.ends = "UPDATE_ROLLBACK_COMPLETE"
    cloud.past(Happening(STACK, "LambdaStack", NESTED, "UPDATE_FAILED", "long ago"))
    cloud.past(Happening("LambdaStack", "Function", "AWS::Lambda::Function", "UPDATE_FAILED", "long ago too"))
    cloud.course = [
        Happening(STACK, "LambdaStack", NESTED, "UPDATE_IN_PROGRESS"),
        Happening("LambdaStack", "Function", "AWS::Lambda::Function", "UPDATE_FAILED", "Handler is too long"),
        Happening("LambdaStack", "Other", "AWS::Lambda::Function", "UPDATE_FAILED", "Resource update cancelled"),
        Happening(STACK, "LambdaStack", NESTED, "UPDATE_FAILED", "Embedded stack arn:… was not successfully updated"),
    ]
    account = Account(cloud)

    with pytest.raises(DeploymentError) as error:
        deploy(account)

    assert str(error.value) == "the stack is UPDATE_ROLLBACK_COMPLETE\n  LambdaStack/Function: Handler is too long"
    assert account.told("UPDATE_FAILED             LambdaStack/Function Handler is too long")
    assert not account.told("long ago")
    assert account.functions.invoked == []


def test_a_nested_stack_is_asked_for_events_only_while_something_happens_in_it() -> None:
    cloud = existing(root=[modified("LambdaStack", NESTED, ChangeSetId=change_set_arn("lambda"))])
    cloud.course = [
        Happening(STACK, "LambdaStack", NESTED, "UPDATE_IN_PROGRESS"),
        Happening("LambdaStack", "Function", "AWS::Lambda::Function", "UPDATE_COMPLETE"),
        Happening(STACK, "LambdaStack", NESTED, "UPDATE_COMPLETE"),
    ]
    cloud.ends = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    account = Account(cloud)
    progress = Progress(account.stacks(), arn(STACK), account.said.append)
    account.slept_then = lambda: setattr(cloud, "status", "UPDATE_COMPLETE")
    account.stacks().client.execute_change_set(ChangeSetName=change_set_arn("root"))

    progress.finish("UPDATE_COMPLETE")

    assert cloud.asked_for_events["LambdaStack"] == 1
    assert cloud.asked_for_events[STACK] > 2
    assert account.told("UPDATE_COMPLETE           LambdaStack/Function")


def test_production_is_protected_as_soon_as_it_is_deployed() -> None:
    production = replace(WISH, environment="prod")
    account = Account(existing(root=[modified("Role", "AWS::IAM::Role")]))
    deploy(account, production)
    assert account.cloud.protected

    refusing = existing(root=[modified("Role", "AWS::IAM::Role")])
    refusing.takes_protection = False
    with pytest.raises(DeploymentError, match="not protected"):
        deploy(Account(refusing), production)


@pytest.mark.parametrize(
    ("status", "helps"),
    [
        ("ROLLBACK_COMPLETE", "make destroy"),
        ("UPDATE_IN_PROGRESS", "somebody works on it"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("SOMETHING_NEW", "somebody works on it"),
    ],
)
def test_a_stack_that_takes_no_update_is_left_with_what_helps(status: str, helps: str) -> None:
    account = Account(ToldCloudFormation(status=status))

    with pytest.raises(DeploymentError, match=helps):
        deploy(account)

    assert account.cloud.requests == [] and account.bucket.puts == []


@pytest.mark.parametrize(
    ("bucket", "says"),
    [
        (ToldBucket(region="eu-west-1"), "is in eu-west-1, the stack in us-east-1"),
        (ToldBucket(refuses="AccessDenied"), "cannot be used by account 123456789012"),
        (ToldBucket(refuses="NoSuchBucket"), "aws s3 mb s3://artefacts"),
    ],
)
def test_a_bucket_that_is_elsewhere_or_a_strangers_gets_nothing(bucket: ToldBucket, says: str) -> None:
    account = Account(existing(), bucket)

    with pytest.raises(DeploymentError, match=says):
        deploy(account)

    assert bucket.puts == [] and account.cloud.requests == []


def test_an_old_bucket_answers_with_the_former_name_of_its_region() -> None:
    cloud = existing(root=[])
    cloud.meta = SimpleNamespace(region_name="eu-west-1")
    account = Account(cloud, ToldBucket(region="EU"))

    deploy(account)

    assert len(account.bucket.puts) == len(BUILT.objects)
    with pytest.raises(DeploymentError, match="is in eu-west-1, the stack in us-east-1"):
        deploy(Account(existing(root=[]), ToldBucket(region="EU")))


def test_what_a_stack_in_review_was_given_is_not_kept() -> None:
    cloud = ToldCloudFormation(
        status="REVIEW_IN_PROGRESS",
        ends="CREATE_COMPLETE",
        parameters={"AdminEmail": "first@example.com", "Owner": "them"},
        change_sets={"root": [other("Add", "DatabaseStack", NESTED)]},
    )
    account = Account(cloud)

    with pytest.raises(DeploymentError, match="AdminEmail has no value yet"):
        deploy(account)
    deploy(account, FIRST)

    (request,) = cloud.requests
    assert (request["ChangeSetType"], request["IncludeNestedStacks"]) == ("CREATE", False)
    assert not [one for one in request["Parameters"] if one.get("UsePreviousValue")]
    assert {"Key": "Owner", "Value": TEMPLATE["Parameters"]["Owner"]["Default"]} in request["Tags"]


def test_a_template_that_cloudformation_does_not_take_is_named() -> None:
    account = Account(replace(existing(), refuses_template="UserPoolClient:"))

    with pytest.raises(DeploymentError, match=r"does not take api-auth-stack-[0-9a-f]{16}.yaml: Template error"):
        deploy(account)

    assert account.bucket.puts == []


@pytest.mark.parametrize(
    ("account", "says"),
    [
        (Account(existing(), functions=ToldFunctions(error="Unhandled")), "live answers"),
        (Account(existing(), functions=ToldFunctions(answer={"error": "INTERNAL_ERROR"})), "INTERNAL_ERROR"),
        (Account(existing(), web=pages(health=Answer(502, b"bad"))), "answers 502 bad"),
        (Account(existing(), web=pages(health=Answer(200, b"<html>"))), "answers 200 <html>"),
        (Account(existing(), web=pages(health=Answer(403, b""))), "AllowedCIDRs"),
        (Account(existing(), web=pages(config=Answer(404, b""))), "is not published"),
        (Account(existing(), web=pages(config=Answer(200, b'{"apiEndpoint": "https://old"}'))), "names https://old"),
    ],
)
def test_what_does_not_answer_is_not_deployed(account: Account, says: str) -> None:
    with pytest.raises(DeploymentError, match=says):
        deploy(account)

    assert not account.told("is deployed.")


def test_without_http_only_the_function_is_asked_and_that_is_said() -> None:
    account = Account(existing(), web=pages(health=Answer(403, b"")))

    deploy(account, replace(WISH, over_http=False))

    assert account.told("were not asked")


@pytest.mark.parametrize(
    ("mode", "said", "expected"),
    [
        (Mode.FULL, {}, {"DeployFrontend": "true", "OrchestrationRoleArn": ""}),
        (Mode.API, {}, {"DeployFrontend": "false", "OrchestrationRoleArn": ""}),
        (
            Mode.EXTERNAL_ROLE,
            {"OrchestrationRoleArn": "arn:aws:iam::111122223333:role/Own"},
            {"DeployFrontend": "false", "OrchestrationRoleArn": "arn:aws:iam::111122223333:role/Own"},
        ),
    ],
)
def test_a_mode_is_two_parameters(mode: Mode, said: dict[str, str], expected: dict[str, str]) -> None:
    account = Account(ToldCloudFormation(status=None, ends="CREATE_COMPLETE", change_sets={"root": []}))

    deploy(account, replace(FIRST, mode=mode, said={**FIRST.said, **said}))

    parameters = given(account)
    assert {name: parameters[name]["ParameterValue"] for name in expected} == expected
