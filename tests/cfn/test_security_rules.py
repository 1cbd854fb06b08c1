"""Rules of security that hold for every template, each exception with its reason.

They are the rules of checkov (Apache-2.0) that concern what is made here, as tests of our own: checkov itself needs a
hundred packages and an old SDK of AWS, and cannot be locked beside ours. Run by hand (3.3.30, framework
cloudformation) it finds what `REASONS` names and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from tests.support.templates import TEMPLATES, Template, load_template

REASONS: Final = {
    "CKV_AWS_18": "the bucket of logs has no log of its own: it would be one more, without an end",
    "CKV_AWS_21": "pages are made anew from their zip and logs expire: an older version of either is of no use",
    "CKV_AWS_59": "GET /health is for everybody, and only that (and OPTIONS, which browsers send without a token)",
    "CKV_AWS_116": "EventInvokeConfig says where a failure waits; what may hold an external id waits nowhere",
    "CKV_AWS_117": "the functions call services of AWS alone, in many regions, and reach nothing in a network",
    "CKV_AWS_120": "an answer of the API is of this moment and of this caller: a cache would show another's",
}
"""What checkov finds and stays: none is of an unconstrained write on IAM, an open bucket or another open method."""

READS: Final = ("Describe", "Get", "List", "BatchGet", "Query", "Scan", "ConditionCheck")
WITHOUT_RESOURCE: Final = {
    "drs:CreateExtendedSourceServer": "the service knows no resource for it",
    "logs:CreateLogDelivery": "Step Functions needs it to log, and it knows no resource",
    "logs:DeleteLogDelivery": "the same",
    "logs:PutResourcePolicy": "the same",
    "logs:UpdateLogDelivery": "the same",
    "sns:SetSubscriptionAttributes": "the service knows no resource for it",
    "sns:Unsubscribe": "the same",
    "states:SendTaskFailure": "the token is what one must have; the service knows no resource for it",
    "states:SendTaskHeartbeat": "the same",
    "states:SendTaskSuccess": "the same",
    "cloudformation:ValidateTemplate": "changes nothing, and knows no resource",
    "xray:PutTelemetryRecords": "the service knows no resource for it",
    "xray:PutTraceSegments": "the same",
}
"""Actions that are allowed on everything without a condition although they are no reads, each with its reason."""


def listed(value: Any) -> list[Any]:
    """One or many as many."""
    return value if isinstance(value, list) else [value]


def deployed(name: str) -> Template:
    """The template with everything that it can have."""
    return load_template(name, ConsoleOrigin="https://console.example.com", AllowedCIDRs="0.0.0.0/0")


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
    assert all(len(reason) > 20 for reason in REASONS.values())


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
