"""The policies as IAM takes them, with words that a person replaces where a deployment decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.cloudformation.template import Place, Resolver, load
from tools.roles.by_name import BY_NAME
from tools.roles.written import CFN, MASTER, RECOVERY

FUNCTIONS: Final = "lambda-stack.yaml"

PLACEHOLDERS: Final[Mapping[str, str]] = {
    "ACCOUNT_ID": "the hub's account",
    "REGION": "its region",
    "PROJECT": "`ProjectName`",
    "ENVIRONMENT": "`Environment`",
    "STACK_NAME": "the name of the stack",
    "NOTIFICATION_KEY": "the id of the topic's key, which the stack makes: see below",
    "CUSTOMER_KEY_ARN": "`CustomerKeyArn`, if one is given",
    "STAGING_KEY_ARN": "`StagingKeyArns`, if some are given",
}
"""The words, and what takes their place."""

_PLACE: Final = Place("ACCOUNT_ID", "REGION")
_NAMES: Final = {"ProjectName": "PROJECT", "Environment": "ENVIRONMENT"}
_KEY: Final = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/NOTIFICATION_KEY"

Document = dict[str, Any]


@dataclass(frozen=True)
class Given:
    """What of a deployment decides which statements there are."""

    customer_key: bool = False
    staging_keys: bool = False

    @property
    def values(self) -> Mapping[str, Any]:
        """The parameters."""
        return {
            "CustomerKeyArn": "CUSTOMER_KEY_ARN" if self.customer_key else "",
            "StagingKeyArns": ["STAGING_KEY_ARN"] if self.staging_keys else [],
        }


def trust() -> Document:
    """Who may be in the role."""
    return _resolved(MASTER, _ROLE["AssumeRolePolicyDocument"], Given())


def orchestration(given: Given) -> Document:
    """What is the hub's own."""
    (policy,) = _ROLE["Policies"]
    return _distinct(_resolved(MASTER, policy["PolicyDocument"], given))


def recovery(given: Given) -> Document:
    """What recovers servers of the hub's own account."""
    return _distinct(_resolved(RECOVERY, _properties(RECOVERY, "RecoveryRights")["PolicyDocument"], given))


def added(more: Document, less: Document) -> Document:
    """The statements that only the first has."""
    return {**more, "Statement": [one for one in more["Statement"] if one not in less["Statement"]]}


def caller() -> Document:
    """What operators and automation may do."""
    return _distinct(_resolved(FUNCTIONS, _properties(FUNCTIONS, "CallerPolicy")["PolicyDocument"], Given()))


def _properties(template: str, logical_name: str) -> Document:
    properties: Document = load(CFN / template)["Resources"][logical_name]["Properties"]
    return properties


_ROLE: Final = _properties(MASTER, "UnifiedOrchestrationRole")


def _resolved(template: str, part: Document, given: Given) -> Document:
    body = load(CFN / template)
    defaults = {name: declared.get("Default") for name, declared in body["Parameters"].items()}
    known = {**_PLACE.pseudo_parameters("STACK_NAME"), **defaults, **_NAMES, **given.values}
    resolver = Resolver(body, known.__getitem__, lambda _, output: resolver.resolve({"Fn::Sub": _told(output)}))
    document: Document = resolver.resolve(part)
    return document


def _told(output: str) -> str:
    name = output.removeprefix("Outputs.")
    return _KEY if name == "NotificationKeyArn" else BY_NAME[name]


def _distinct(document: Document) -> Document:
    """The same without a resource that is named twice because two parameters have one value."""
    return {**document, "Statement": [_without_doubles(one) for one in document["Statement"]]}


def _without_doubles(statement: Document) -> Document:
    resources = statement["Resource"]
    if isinstance(resources, str):
        return statement
    distinct = list(dict.fromkeys(resources))
    return {**statement, "Resource": distinct[0] if len(distinct) == 1 else distinct}
