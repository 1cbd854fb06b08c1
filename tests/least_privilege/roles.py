"""The policies of the roles, as they are in one deployment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from local.cloudformation.template import Place
from tests.support.templates import HUB, load_template

TARGET: Final = Place("111122223333", "us-west-2")
_GIVEN: Final = {"OrchestrationAccountId": HUB.account, "ExternalId": "agreed-id-0001"}


@dataclass(frozen=True)
class Role:
    """A role, and where it acts."""

    name: str
    place: Place


ORCHESTRATION: Final = Role("orchestration", HUB)
"""Of the functions and the state machine, for what is the hub's own."""
RECOVERY: Final = Role("recovery", TARGET)
"""Of a target account; in the hub its rights are added to those of the role above."""
STAGING: Final = Role("staging", TARGET)
"""Of an account that only replicates servers."""
ROLES: Final = (ORCHESTRATION, RECOVERY, STAGING)


@cache
def statements(role: Role) -> Sequence[Mapping[str, Any]]:
    """All that the role is given."""
    if role == ORCHESTRATION:
        return _orchestration()
    parameters = {**_GIVEN, "StagingKeyArns": "arn:aws:kms:us-west-2:777788889999:key/*"}
    template = load_template("cross-account-role-stack.yaml", role.place, **parameters, Purpose=_PURPOSES[role.name])
    found: Sequence[Mapping[str, Any]] = template.properties(_RIGHTS[role.name])["PolicyDocument"]["Statement"]
    return found


def named_actions(role: Role) -> set[str]:
    """Every action that the role's statements name."""
    return {action for statement in statements(role) for action in listed(statement["Action"])}


def listed(value: str | Sequence[str]) -> list[str]:
    """One or many, as a list."""
    return [value] if isinstance(value, str) else list(value)


def _orchestration() -> Sequence[Mapping[str, Any]]:
    # the most that it is ever given
    given = {"SourceBucket": "artefacts", "AdminEmail": "admin@example.com", "CustomerKeyArn": _key("customer")}
    (policy,) = load_template("master-template.yaml", **given).properties("UnifiedOrchestrationRole")["Policies"]
    known = _outputs()
    found: Sequence[Mapping[str, Any]] = [
        {**statement, "Resource": [_said(one, known) for one in listed(statement["Resource"])]}
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    return found


def _outputs() -> Mapping[str, str]:
    """What the nested stacks tell the master."""
    tables = load_template("database-stack.yaml")
    topic = load_template("notification-stack.yaml").properties("ExecutionNotificationsTopic")["TopicName"]
    return {
        "${NotificationStack.Outputs.ExecutionNotificationsTopicArn}": f"arn:aws:sns:{_HERE}:{topic}",
        "${NotificationStack.Outputs.NotificationKeyArn}": _key("notifications"),
        **{
            f"${{DatabaseStack.Outputs.{name}Arn}}": f"arn:aws:dynamodb:{_HERE}:table/{table['TableName']}"
            for name, table in tables.of_type("AWS::DynamoDB::Table").items()
        },
    }


def _said(resource: str, known: Mapping[str, str]) -> str:
    for output, value in known.items():
        resource = resource.replace(output, value)
    if "${" in resource:
        raise LookupError(f"nobody says what {resource} is")
    return resource


def _key(name: str) -> str:
    return f"arn:aws:kms:{_HERE}:key/{name}"


_HERE: Final = f"{HUB.region}:{HUB.account}"
_PURPOSES: Final = {"recovery": "target", "staging": "staging"}
_RIGHTS: Final = {"recovery": "RecoveryRights", "staging": "StagingRights"}
