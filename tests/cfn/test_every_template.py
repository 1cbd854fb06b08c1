"""What holds for every template, whatever it makes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from local.cloudformation.template import Place
from shared.observability import NAMESPACE
from tests.support.templates import CFN, TEMPLATES, load_template

TAGGED = {
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::CloudFormation::Stack",
    "AWS::CloudFront::Distribution",
    "AWS::CloudWatch::Alarm",
    "AWS::Cognito::IdentityPool",
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::Events::Rule",
    "AWS::IAM::OIDCProvider",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
    "AWS::WAFv2::WebACL",
}
WITHOUT_TAGS = {
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Resource",
    "AWS::CloudFront::Function",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::CloudWatch::Dashboard",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolGroup",
    "AWS::Cognito::UserPoolUser",
    "AWS::Cognito::UserPoolUserToGroupAttachment",
    "AWS::Events::EventBusPolicy",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::KMS::Alias",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::WAFv2::WebACLAssociation",
    "Custom::ConsolePages",
}


def _tags(properties: dict[str, Any]) -> dict[str, str]:
    """Most types take a list of tags, a user pool takes a map, and an identity pool calls its list otherwise."""
    if "UserPoolTags" in properties:
        return dict(properties["UserPoolTags"])
    return {tag["Key"]: tag["Value"] for tag in properties.get("IdentityPoolTags") or properties["Tags"]}


def texts(value: Any) -> Iterator[str]:
    """Every text inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


UNLINTED = {
    ("frontend-stack.yaml", "E3006"): "CloudFront has no resources in a partition that the linter looks at too",
}
"""Rules of cfn-lint that a resource is not held to, each with its reason."""


UNLINTED_ANYWHERE = {"I4010": "asks for the architecture in prose beside every resource: templates must stay small"}
"""Rules that the whole configuration leaves out, each with its reason."""


def test_what_the_linter_is_told_to_leave_has_its_reason() -> None:
    left = {
        (name, rule)
        for name in TEMPLATES
        for resource in load_template(name).resources.values()
        for rule in resource.get("Metadata", {}).get("cfn-lint", {}).get("config", {}).get("ignore_checks", [])
    }
    inside = {name for name in TEMPLATES if "cfn-lint" in load_template(name).body.get("Metadata", {})}

    assert (left, inside) == (set(UNLINTED), set())
    configuration = yaml.safe_load((CFN.parent / ".cfnlintrc.yaml").read_text(encoding="utf-8"))
    assert set(configuration["ignore_checks"]) == set(UNLINTED_ANYWHERE)
    assert configuration.keys() == {"templates", "include_checks", "include_experimental", "regions", "ignore_checks"}
    assert configuration["include_checks"] == ["I"], "the informational ones too"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_can_be_passed_inline(name: str) -> None:
    assert (CFN / name).stat().st_size <= 51_200


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_arn_names_a_partition(name: str) -> None:
    literal = re.compile(r"arn:aws(-[a-z]+)*:")

    body = load_template(name).body

    assert [text for text in texts([body["Resources"], body.get("Outputs", {})]) if literal.search(text)] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_in_another_partition_every_arn_is_of_that_partition(name: str) -> None:
    template = load_template(name, Place("123456789012", "us-gov-west-1", "aws-us-gov"))

    resolved = [template.properties(logical_name) for logical_name in template.resources]

    arns = {text for text in texts([resolved, template.outputs()]) if text.startswith("arn:")}
    assert {arn for arn in arns if not arn.startswith("arn:aws-us-gov:")} == set()


@pytest.mark.parametrize("name", TEMPLATES)
def test_everything_that_takes_tags_carries_project_environment_and_owner(name: str) -> None:
    template = load_template(name, ProjectName="some-project", Environment="test", Owner="somebody")

    for logical_name, resource in template.resources.items():
        assert resource["Type"] in TAGGED | WITHOUT_TAGS, "say whether this type takes tags"
        if resource["Type"] in TAGGED:
            expected = {"Project": "some-project", "Environment": "test", "Owner": "somebody"}
            assert _tags(template.properties(logical_name)) == expected, logical_name


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name != "monitoring-stack.yaml"])
def test_every_alarm_looks_at_a_resource_that_exists_here(name: str) -> None:
    template = load_template(name)
    functions = template.of_type("AWS::Lambda::Function").values()
    services = {function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for function in functions}

    for logical_name, alarm in template.of_type("AWS::CloudWatch::Alarm").items():
        assert alarm["Dimensions"], logical_name
        if alarm["Namespace"] == NAMESPACE:
            assert [(one["Name"], one["Value"] in services) for one in alarm["Dimensions"]] == [("service", True)]
            continue
        for dimension in alarm["Dimensions"]:
            reference = re.fullmatch(r"\$\{(\w+)(\.\w+)?\}", dimension["Value"])
            assert reference is not None, f"{logical_name}: {dimension} names no resource"
            assert reference.group(1) in template.resources


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_log_group_forgets(name: str) -> None:
    template = load_template(name, RetentionDays=90)

    for group in template.of_type("AWS::Logs::LogGroup").values():
        assert group["RetentionInDays"] == 90


@pytest.mark.requirement("SRS-S07")
@pytest.mark.parametrize(
    ("name", "resource_type", "document"),
    [
        ("notification-stack.yaml", "AWS::KMS::Key", "KeyPolicy"),
        ("notification-stack.yaml", "AWS::SNS::TopicPolicy", "PolicyDocument"),
        ("lambda-stack.yaml", "AWS::SQS::QueuePolicy", "PolicyDocument"),
        ("frontend-stack.yaml", "AWS::S3::BucketPolicy", "PolicyDocument"),
    ],
)
def test_key_topic_queue_and_buckets_refuse_plain_http(name: str, resource_type: str, document: str) -> None:
    policies = [properties[document] for properties in load_template(name).of_type(resource_type).values()]

    assert policies
    for policy in policies:
        refusals = [
            statement
            for statement in policy["Statement"]
            if statement["Effect"] == "Deny"
            and statement["Principal"] == "*"
            and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        ]
        assert len(refusals) == 1, json.dumps(policy, indent=1)
