"""Rules of security that hold for every template, each exception with its reason.

They are the rules of checkov that concern what is made here, as tests of our own. `make check` runs checkov itself, in
an environment apart, and holds what it finds to the reasons of tools/check_security.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from tests.support.templates import TEMPLATES, Template, load_template
from tools.check_security import REASONS

OF_NO_EXCEPTION: Final = {
    *(f"CKV_AWS_{number}" for number in (20, 53, 54, 55, 56, 57, 60, 61, 62, 63, 107, 108, 109, 110, 111)),
    *(f"CKV2_AWS_{number}" for number in (6, 56)),
}
"""Checkov's rules of open buckets, of who may take a role, and of unconstrained writes and rights on IAM."""

READS: Final = ("Describe", "Get", "List", "BatchGet", "Query", "Scan", "ConditionCheck")
WITHOUT_RESOURCE: Final = {
    "cloudfront:CreateDistribution": "the service knows no resource for what is not there yet",
    "cloudfront:CreateFunction": "the same",
    "cloudfront:CreateOriginAccessControl": "the same",
    "cloudfront:CreateResponseHeadersPolicy": "the same",
    "events:PutPermission": "who may put events on a bus is a right on no resource",
    "events:RemovePermission": "the same",
    "drs:CreateExtendedSourceServer": "the service knows no resource for it",
    "logs:CreateLogDelivery": "Step Functions needs it to log, and it knows no resource",
    "logs:DeleteLogDelivery": "the same",
    "logs:PutResourcePolicy": "the same",
    "logs:UpdateLogDelivery": "the same",
    "sns:SetSubscriptionAttributes": "the service knows no resource for it",
    "sns:Unsubscribe": "the same",
    "ssm:CreateOpsItem": "the service knows no resource for what is not there yet",
    "states:SendTaskFailure": "the token is what one must have; the service knows no resource for it",
    "states:SendTaskHeartbeat": "the same",
    "states:SendTaskSuccess": "the same",
    "cloudformation:ValidateTemplate": "changes nothing, and knows no resource",
    "xray:PutTelemetryRecords": "the service knows no resource for it",
    "xray:PutTraceSegments": "the same",
}
"""Actions that are allowed on everything without a condition although they are no reads, each with its reason."""


OPTIONAL: Final = {
    "ConsoleOrigin": "https://console.example.com",
    "AllowedCIDRs": "0.0.0.0/0",
    "OrchestrationRoleArn": "arn:aws:iam::123456789012:role/Own",
    "CustomerKeyArn": "arn:aws:kms:us-east-1:123456789012:key/customer",
    "PermissionsBoundary": "arn:aws:iam::123456789012:policy/boundary",
}
"""What a stack may be given and then makes more of."""


def declared(name: str) -> frozenset[str]:
    """The parameters of a template."""
    return frozenset(load_template(name).body.get("Parameters", {}))


def listed(value: Any) -> list[Any]:
    """One or many as many."""
    return value if isinstance(value, list) else [value]


def deployed(name: str) -> Template:
    """The template with everything that it can have."""
    return load_template(name, **{each: value for each, value in OPTIONAL.items() if each in declared(name)})


def rights() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Template, policy and statement of every right of a role."""
    for name in TEMPLATES:
        template = deployed(name)
        for logical_name, resource in template.resources.items():
            if not resource["Type"].startswith("AWS::IAM::"):
                continue
            properties = template.properties(logical_name)
            documents = [one["PolicyDocument"] for one in properties.get("Policies", [])]
            documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
            for document in documents:
                for statement in document["Statement"]:
                    yield name, logical_name, statement


ALL: Final = list(rights())
IDS: Final = [f"{name}-{statement['Sid']}" for name, _, statement in ALL]


def test_what_stays_of_checkovs_findings_is_little_and_has_its_reasons() -> None:
    assert len(REASONS) <= 10
    assert all(len(reason.why) > 20 and reason.at for reason in REASONS.values())
    assert OF_NO_EXCEPTION & REASONS.keys() == set()
    assert REASONS["CKV_AWS_59"].at == ("GetHealth",)


@pytest.mark.parametrize(("name", "policy", "statement"), ALL, ids=IDS)
def test_nothing_may_be_changed_everywhere_without_a_condition(
    name: str, policy: str, statement: dict[str, Any]
) -> None:
    if "*" not in listed(statement["Resource"]) or "Condition" in statement:
        return
    changes = {
        action for action in listed(statement["Action"]) if not action.partition(":")[2].startswith(READS)
    } - WITHOUT_RESOURCE.keys()
    assert changes == set(), f"{policy} of {name}"


@pytest.mark.parametrize(("name", "policy", "statement"), ALL, ids=IDS)
def test_no_right_is_a_star_and_none_on_iam_but_a_list_is_on_everything(
    name: str, policy: str, statement: dict[str, Any]
) -> None:
    actions = listed(statement["Action"])
    if statement["Effect"] == "Deny":
        return

    assert statement["Effect"] == "Allow" and "NotAction" not in statement and "NotResource" not in statement
    assert "*" not in actions, f"{policy} of {name}"
    # AWS knows no resource for what lists
    if any(action.startswith(("iam:", "sts:")) and not action.startswith("iam:List") for action in actions):
        assert "*" not in listed(statement["Resource"]), f"{policy} of {name}"


def test_every_exception_is_still_needed() -> None:
    used = {
        action
        for _, _, statement in ALL
        if "*" in listed(statement["Resource"]) and "Condition" not in statement
        for action in listed(statement["Action"])
    }

    assert WITHOUT_RESOURCE.keys() - used == set()


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_role_is_passed_to_named_services_only(name: str) -> None:
    for template, _, statement in ALL:
        if template == name and "iam:PassRole" in listed(statement["Action"]):
            assert listed(statement["Condition"]["StringEquals"]["iam:PassedToService"])


@pytest.mark.parametrize("name", [name for name in TEMPLATES if "methods" in name])
def test_only_health_and_what_browsers_ask_first_is_open(name: str) -> None:
    for method in deployed(name).of_type("AWS::ApiGateway::Method").values():
        if method["AuthorizationType"] == "NONE":
            assert method["HttpMethod"] == "OPTIONS" or method["ResourceId"] == "${HealthResourceId}"


KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/ours"


@pytest.mark.requirement("SRS-S07")
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_key_of_the_customers_encrypts_everything_that_takes_one(name: str) -> None:
    with_key, without = load_template(name, CustomerKeyArn=KEY), load_template(name)
    asked: dict[str, Callable[[dict[str, Any]], Any]] = {
        "AWS::DynamoDB::Table": lambda it: it["SSESpecification"].get("KMSMasterKeyId"),
        "AWS::Lambda::Function": lambda it: it.get("KmsKeyArn"),
        "AWS::Logs::LogGroup": lambda it: it.get("KmsKeyId"),
        "AWS::SQS::Queue": lambda it: it.get("KmsMasterKeyId"),
    }
    for kind, key in asked.items():
        assert {key(it) for it in with_key.of_type(kind).values()} <= {KEY}
        assert {key(it) for it in without.of_type(kind).values()} <= {None}
    for queue in without.of_type("AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
