"""A target account trusts the hub and nobody else, and its role can do no more than recover."""

from __future__ import annotations

import re
from typing import Any, Literal

import boto3
import pytest
from botocore import xform_name
from pydantic import TypeAdapter

from local.cloudformation.template import Place
from local.drs_simulator.instances import MADE_BY_DRS
from shared.check_documents import AWS_DOCUMENTS, OWN_DOCUMENTS
from shared.extension_rules import KEY_RIGHTS
from shared.models.account import CheckDocumentPattern
from shared.models.prepared_instance import ALLOWED, TAG
from tests.support.templates import CFN, Template, load_template

NAME = "cross-account-role-stack.yaml"
TARGET = Place("111122223333", "us-west-2")
GATEWAYS = {
    "drs": ("drs", "drs_tags", "extensions", "launch_configurations"),
    "ec2": ("ec2", "ec2_choices", "ec2_tags", "launch_templates"),
    "iam": ("ec2_choices",),
}
"""The modules that call a service, where it is not one of its own name alone."""

GIVEN = {"OrchestrationAccountId": "123456789012", "ExternalId": "agreed-id-0001"}


def deployed(place: Place = TARGET, **parameters: str) -> Template:
    """The stack in a target account."""
    return load_template(NAME, place, **GIVEN, **parameters)


def statements(template: Template, policy: str = "RecoveryRights") -> dict[str, dict[str, Any]]:
    """The role's permissions by their name."""
    document = template.properties(policy)["PolicyDocument"]
    return {statement["Sid"]: statement for statement in document["Statement"]}


def actions(template: Template, policy: str = "RecoveryRights") -> set[str]:
    """Every action that the role allows."""
    listed: set[str] = set()
    for statement in statements(template, policy).values():
        allowed = statement["Action"]
        listed |= {allowed} if isinstance(allowed, str) else set(allowed)
    return listed


@pytest.mark.requirement("PRD-18")
def test_the_role_has_the_name_by_which_the_hub_finds_it() -> None:
    assert deployed().properties("OrchestrationRole")["RoleName"] == "DRSOrchestrationRole"


def test_the_role_has_the_rights_and_no_others() -> None:
    template = deployed()

    assert template.creates("OrchestrationRole") and template.creates("RecoveryRights")
    assert template.properties("RecoveryRights")["Roles"] == ["${OrchestrationRole}"]
    assert not {"Policies", "ManagedPolicyArns"} & set(template.properties("OrchestrationRole"))


def test_in_the_hub_its_functions_role_has_the_same_rights_and_no_other_role_is_made() -> None:
    hub = Place("123456789012", "us-east-1")
    template = deployed(hub, HubRoleName="orchestration")

    assert template.creates("RecoveryRights") and not template.creates("OrchestrationRole")
    assert template.properties("RecoveryRights")["Roles"] == ["orchestration"]
    assert template.outputs() == {}
    assert statements(template) == statements(deployed(hub))


@pytest.mark.requirement("SRS-S06")
@pytest.mark.parametrize(
    ("role", "trusted"),
    [
        ("", "arn:aws:iam::123456789012:root"),
        ("arn:aws:iam::123456789012:role/one", ["arn:aws:iam::123456789012:role/one"]),
        (
            "arn:aws:iam::123456789012:role/one,arn:aws:iam::123456789012:role/other",
            ["arn:aws:iam::123456789012:role/one", "arn:aws:iam::123456789012:role/other"],
        ),
    ],
)
def test_the_hubs_roles_are_trusted_rather_than_its_account_when_they_are_known(
    role: str, trusted: str | list[str]
) -> None:
    trust = deployed(OrchestrationRoleArn=role).properties("OrchestrationRole")["AssumeRolePolicyDocument"]

    assert trust["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": trusted},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "agreed-id-0001"}},
        }
    ]


@pytest.mark.requirement("SRS-S06")
def test_an_external_id_must_be_given_and_be_neither_short_nor_long() -> None:
    parameter = load_template(NAME).body["Parameters"]["ExternalId"]

    assert "Default" not in parameter
    assert (parameter["MinLength"], parameter["MaxLength"], parameter["NoEcho"]) == (8, 64, True)
    assert re.fullmatch(parameter["AllowedPattern"], "agreed-id-0001")


def test_every_action_on_drs_exists_or_is_the_one_that_only_drs_performs() -> None:
    operations = boto3.client("drs", region_name="us-west-2").meta.service_model.operation_names

    ours = {action.removeprefix("drs:") for action in actions(deployed()) if action.startswith("drs:")}

    assert ours - set(operations) == {"CreateRecoveryInstanceForDrs"}


@pytest.mark.parametrize("service", ["cloudwatch", "ec2", "iam", "ssm"])
def test_every_action_on_another_service_exists(service: Literal["cloudwatch", "ec2", "iam", "ssm"]) -> None:
    client = boto3.client(service, region_name="us-west-2")

    ours = {action.split(":")[1] for action in actions(deployed()) if action.startswith(f"{service}:")}

    assert ours - set(client.meta.service_model.operation_names) - {"PassRole"} == set()


def calls_of_the_gateways(service: Literal["cloudwatch", "drs", "ec2", "iam", "ssm"]) -> set[str]:
    """The actions that the calls of the service's own gateways need."""
    operations = boto3.client(service, region_name="us-west-2").meta.service_model.operation_names
    methods = {xform_name(operation): operation for operation in operations}
    files = GATEWAYS.get(service, (service,))
    gateway = "".join((CFN.parent / f"lambda/shared/aws/{name}.py").read_text() for name in files)
    called = set(re.findall(r"\.(\w+)\(", gateway)) | set(re.findall(r'get_paginator\("(\w+)"\)', gateway))
    return {f"{service}:{methods[name]}" for name in called & set(methods)}


@pytest.mark.parametrize("service", ["cloudwatch", "drs", "ec2", "iam", "ssm"])
def test_the_role_allows_every_call_that_the_gateways_make_in_a_target_account(
    service: Literal["cloudwatch", "drs", "ec2", "iam", "ssm"],
) -> None:
    needed = calls_of_the_gateways(service)

    assert needed, "the gateways were not found"
    assert needed - actions(deployed()) == set()


@pytest.mark.requirement("SRS-S06")
def test_the_role_allows_nothing_on_drs_that_neither_the_gateways_call_nor_a_recovery_needs() -> None:
    allowed = {action for action in actions(deployed()) if action.startswith("drs:")}

    assert allowed - calls_of_the_gateways("drs") == {"drs:CreateRecoveryInstanceForDrs"}


@pytest.mark.requirement("SRS-S06")
def test_the_role_allows_services_that_a_recovery_touches_and_no_others() -> None:
    services = {action.split(":")[0] for action in actions(deployed())}

    assert services == {"cloudwatch", "drs", "ec2", "iam", "kms", "servicequotas", "ssm"}


def test_the_role_may_read_the_quotas_and_change_none() -> None:
    quotas = {action for action in actions(deployed()) if action.startswith("servicequotas:")}

    assert quotas == {"servicequotas:ListServiceQuotas"}


def test_launch_templates_are_written_by_us_only_where_drs_made_them() -> None:
    written = statements(deployed())["EC2LaunchTemplates"]

    assert set(written["Action"]) == {"ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"}
    assert written["Resource"] == "arn:aws:ec2:*:111122223333:launch-template/*"
    assert written["Condition"] == {"Null": {f"aws:ResourceTag/{next(iter(MADE_BY_DRS))}": "false"}}


@pytest.mark.parametrize("service", ["cloudwatch", "ssm"])
def test_of_what_checks_need_the_role_allows_the_gateways_calls_and_no_more(
    service: Literal["cloudwatch", "ssm"],
) -> None:
    allowed = {action for action in actions(deployed()) if action.startswith(f"{service}:")}

    assert allowed == calls_of_the_gateways(service)


def test_commands_are_documents_by_name_and_reach_only_what_drs_made_or_may_launch_into() -> None:
    sending = [
        one
        for one in statements(deployed(CheckDocumentPattern="Ours-*")).values()
        if one["Action"] == "ssm:SendCommand"
    ]

    documents, instances, prepared = sending
    assert documents["Resource"] == [
        "arn:aws:ssm:*::document/AWS-RunPowerShellScript",
        "arn:aws:ssm:*::document/AWS-RunShellScript",
        "arn:aws:ssm:*:111122223333:document/Ours-*",
    ]
    assert instances["Resource"] == "arn:aws:ec2:*:111122223333:instance/*"
    assert instances["Condition"] == {"Null": {"aws:ResourceTag/AWSElasticDisasterRecoveryManaged": "false"}}
    assert prepared["Resource"] == instances["Resource"]
    assert prepared["Condition"] == {"StringEquals": {f"aws:ResourceTag/{TAG}": ALLOWED}}


def test_a_preflight_knows_the_documents_that_the_role_may_run() -> None:
    parameter = deployed().body["Parameters"]["CheckDocumentPattern"]
    *of_aws, own = statements(deployed())["SSMDocuments"]["Resource"]

    assert parameter["Default"] == OWN_DOCUMENTS
    assert [resource.rpartition("/")[2] for resource in of_aws] == list(AWS_DOCUMENTS)
    assert own.rpartition("/")[2] == OWN_DOCUMENTS
    assert all("::document/" in resource for resource in of_aws)
    pattern = TypeAdapter(CheckDocumentPattern).json_schema()["pattern"]
    assert pattern == f"^{parameter['AllowedPattern']}$"


def test_only_what_a_launch_creates_and_source_servers_are_tagged() -> None:
    tagging = {
        sid: one["Resource"] for sid, one in statements(deployed()).items() if "drs:TagResource" in one["Action"]
    }

    assert tagging == {
        "DRSWriteTagsOfMade": [
            "arn:aws:drs:*:111122223333:job/*",
            "arn:aws:drs:*:111122223333:recovery-instance/*",
        ],
        "DRSWriteServers": "arn:aws:drs:*:111122223333:source-server/*",
    }


def test_tags_are_removed_from_source_servers_alone() -> None:
    removing = [one for one in statements(deployed()).values() if "drs:UntagResource" in one["Action"]]

    assert [one["Resource"] for one in removing] == ["arn:aws:drs:*:111122223333:source-server/*"]


def test_what_changes_ec2_works_only_inside_a_call_that_aws_makes_but_for_the_templates_of_drs() -> None:
    for sid, statement in statements(deployed()).items():
        changes = {
            action
            for action in statement["Action"]
            if action.startswith("ec2:") and not action.startswith(("ec2:Describe", "ec2:Get"))
        }
        if changes and sid != "EC2LaunchTemplates":
            assert statement["Condition"] == {"Bool": {"aws:ViaAWSService": "true"}}


def test_roles_are_passed_to_drs_and_ec2_only() -> None:
    condition = statements(deployed())["IAMPassRole"]["Condition"]

    assert condition == {"StringEquals": {"iam:PassedToService": ["drs.amazonaws.com", "ec2.amazonaws.com"]}}


def test_keys_of_staging_accounts_may_be_used_where_they_are_named_and_nowhere_else() -> None:
    keys = ["arn:aws:kms:us-west-2:777788889999:key/one", "arn:aws:kms:*:888899990000:key/*"]
    pattern = load_template(NAME).body["Parameters"]["StagingKeyArns"]["AllowedPattern"]
    without, given = statements(deployed()), statements(deployed(StagingKeyArns=",".join(keys)))

    volumes, grants = given["KMSStagingVolumes"], given["KMSStagingGrants"]
    assert set(given) - set(without) == {"KMSStagingVolumes", "KMSStagingGrants"}
    assert volumes["Resource"] == grants["Resource"] == keys
    assert volumes["Condition"] == without["KMSVolumes"]["Condition"]
    assert (grants["Action"], grants["Condition"]) == (
        "kms:CreateGrant",
        without["KMSGrants"]["Condition"],
    )
    assert {*volumes["Action"], grants["Action"]} == set(KEY_RIGHTS.split(", ")), "as the key's policy is asked for"
    assert all(re.fullmatch(pattern, each) for each in ("", *keys))
    assert not re.fullmatch(pattern, "arn:aws:kms:*:*:key/*"), "every account's keys"


def test_launch_events_are_forwarded_to_the_hubs_bus_and_nowhere_else() -> None:
    template = deployed()
    (target,) = template.properties("LaunchResultForwarding")["Targets"]
    (policy,) = template.properties("EventForwardingRole")["Policies"]

    hub_bus = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    assert (target["Arn"], target["RoleArn"]) == (hub_bus, "${EventForwardingRole.Arn}")
    assert [(it["Action"], it["Resource"]) for it in policy["PolicyDocument"]["Statement"]] == [
        ("events:PutEvents", hub_bus)
    ]


def test_both_ends_of_the_forwarding_look_for_the_same_events() -> None:
    hub = load_template("eventbridge-stack.yaml")

    forwarded = deployed().properties("LaunchResultForwarding")["EventPattern"]

    assert forwarded == hub.properties("LaunchResultRule")["EventPattern"]
    assert hub.outputs()["EventBusArn"] == deployed().properties("LaunchResultForwarding")["Targets"][0]["Arn"]


def test_a_second_region_gets_the_forwarding_without_the_role() -> None:
    second = deployed(Place("111122223333", "eu-west-1"), DeployRole="false")

    assert not second.creates("OrchestrationRole") and not second.creates("RecoveryRights")
    assert second.creates("LaunchResultForwarding") and second.creates("EventForwardingRole")
    assert set(second.outputs()) == {"EventForwardingRuleName"}


def test_the_hubs_own_bus_is_not_sent_its_own_events() -> None:
    assert not deployed(Place("123456789012", "us-east-1")).creates("LaunchResultForwarding")
    assert deployed(Place("123456789012", "us-west-2")).creates("LaunchResultForwarding")


class TestStagingAccount:
    """An account that only replicates servers is looked at."""

    def test_its_role_may_read_of_drs_what_the_hub_asks_there_and_nothing_else(self) -> None:
        template = deployed(Purpose="staging")

        assert template.creates("OrchestrationRole") and template.creates("StagingRights")
        assert not template.creates("RecoveryRights")
        assert actions(template, "StagingRights") == {
            "drs:DescribeJobLogItems",
            "drs:DescribeJobs",
            "drs:DescribeSourceServers",
            "drs:GetReplicationConfiguration",
            "ec2:DescribeInstances",
            "servicequotas:ListServiceQuotas",
        }
        assert actions(template, "StagingRights") < actions(deployed())

    def test_nothing_is_forwarded_from_it(self) -> None:
        template = deployed(Purpose="staging")

        assert not template.creates("LaunchResultForwarding") and not template.creates("EventForwardingRole")
        assert set(template.outputs()) == {"RoleArn"}

    def test_the_hub_may_be_one(self) -> None:
        hub = Place("123456789012", "us-east-1")
        template = deployed(hub, HubRoleName="orchestration", Purpose="staging")

        assert template.properties("StagingRights")["Roles"] == ["orchestration"]
        assert not template.creates("OrchestrationRole")

    def test_a_target_account_has_no_other_rights(self) -> None:
        assert not deployed().creates("StagingRights")
