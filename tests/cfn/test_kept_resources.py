"""No change deletes or replaces a table, the user pool or its client, the key, or the state machine.

`kept_resources.json` is what was released. A resource that is new is written there; what is there is never changed
without a plan for what is in it, because CloudFormation would make another, empty one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest

from local.cloudformation.template import Place
from tests.support.kept import MASTER, differences, kept, recorded, source, unchangeable
from tests.support.templates import HUB, load_template
from tools.deployment.__main__ import PROJECT

SOURCE: Final = source()
RECORDED: Final = recorded()
MODES: Final[Mapping[str, Mapping[str, str]]] = {
    "full": {},
    "api": {"DeployFrontend": "false"},
    "external role": {"OrchestrationRoleArn": "arn:aws:iam::111122223333:role/Own", "DeployFrontend": "false"},
    "everything": {"CustomerKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1", "EnableWAF": "false"},
}
GIVEN: Final = {"ProjectName": PROJECT, "Environment": "prod", "SourceBucket": "artefacts", "AdminEmail": "a@b.c"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("environment", ["dev", "test", "prod"])
def test_what_was_released_is_there_under_the_same_name_in_every_mode(mode: str, environment: str) -> None:
    assert differences(RECORDED, kept(SOURCE, **{**GIVEN, **MODES[mode], "Environment": environment})) == []


def _choices() -> list[tuple[str, str]]:
    """Every parameter of the master that has values to choose from, at each of them."""
    declared = load_template(MASTER).body["Parameters"]
    return [
        (name, str(value))
        for name, body in declared.items()
        for value in body.get("AllowedValues", [])
        if name != "Environment"
    ]


OPTIONAL: Final[Mapping[str, str]] = {
    "AllowedCIDRs": "10.0.0.0/8",
    "CustomerKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1",
    "NotificationEmail": "somebody@example.com",
    "OrchestrationRoleArn": "arn:aws:iam::111122223333:role/Own",
    "Owner": "somebody-else",
    "PermissionsBoundary": "arn:aws:iam::123456789012:policy/boundary",
    "TargetAccountIds": "111122223333",
}


@pytest.mark.parametrize(("name", "value"), [*_choices(), *OPTIONAL.items()])
def test_no_parameter_takes_away_what_was_released(name: str, value: str) -> None:
    assert differences(RECORDED, kept(SOURCE, **{**GIVEN, name: value})) == []


@pytest.mark.parametrize("place", [Place(HUB.account, "eu-west-1"), Place(HUB.account, "us-gov-west-1", "aws-us-gov")])
def test_what_was_released_is_there_in_every_region(place: Place) -> None:
    assert differences(RECORDED, kept(SOURCE, place, **GIVEN)) == []


def test_the_record_has_four_tables_a_pool_its_client_a_key_and_a_state_machine() -> None:
    assert Counter(one["Type"] for one in RECORDED.values()) == {
        "AWS::DynamoDB::Table": 4,
        "AWS::Cognito::UserPool": 1,
        "AWS::Cognito::UserPoolClient": 1,
        "AWS::KMS::Key": 1,
        "AWS::StepFunctions::StateMachine": 1,
    }


def test_what_cannot_change_is_what_cloudformation_and_the_services_say() -> None:
    assert {"TableName", "KeySchema", "LocalSecondaryIndexes"} <= unchangeable("AWS::DynamoDB::Table")
    assert {"Schema", "UsernameConfiguration"} <= unchangeable("AWS::Cognito::UserPool")
    assert {"GenerateSecret", "UserPoolId"} <= unchangeable("AWS::Cognito::UserPoolClient")
    assert {"KeySpec", "KeyUsage", "MultiRegion", "Origin"} <= unchangeable("AWS::KMS::Key")
    assert {"StateMachineName", "StateMachineType"} <= unchangeable("AWS::StepFunctions::StateMachine")
    for kind in {one["Type"] for one in RECORDED.values()}:
        assert "Tags" not in unchangeable(kind)


@pytest.mark.parametrize("name", [name for name in SOURCE if "ProjectName" in load_template(name).body["Parameters"]])
def test_the_first_part_of_every_name_stays_the_same_by_default(name: str) -> None:
    assert load_template(name).body["Parameters"]["ProjectName"]["Default"] == PROJECT


@dataclass(frozen=True)
class Planted:
    """A change of one template, and what must be said of it."""

    template: str
    old: str
    new: str
    says: str


def _without(name: str, logical_name: str) -> Planted:
    """The change that takes a resource out of its template."""
    text = SOURCE[name]
    begin = text.index(f"\n  {logical_name}:\n") + 1
    end = min(at for mark in ("\n\n", "\nOutputs:") if (at := text.find(mark, begin)) > 0)
    return Planted(name, text[begin:end], "", f"{logical_name} is gone")


DATABASE: Final = "database-stack.yaml"
AUTH: Final = "api-auth-stack.yaml"
NOTIFICATION: Final = "notification-stack.yaml"
MACHINE: Final = "step-functions-stack.yaml"
CLIENT: Final = "  UserPoolClient:\n    Type: AWS::Cognito::UserPoolClient\n"
PLANTED: Final = {
    "a table is taken out": _without(DATABASE, "ExecutionHistoryTable"),
    "the client is taken out": _without(AUTH, "UserPoolClient"),
    "the key is taken out": _without(NOTIFICATION, "NotificationKey"),
    "the state machine is taken out": _without(MACHINE, "OrchestrationStateMachine"),
    "a table has another logical name": Planted(DATABASE, "  RecoveryPlansTable:", "  PlansTable:", "is gone"),
    "the pool has another logical name": Planted(
        AUTH, "  UserPool:\n    Type", "  Users:\n    Type", "UserPool is gone"
    ),
    "a table has another name": Planted(
        DATABASE, "${ProjectName}-recovery-plans-", "${ProjectName}-plans-", "TableName was"
    ),
    "a table is of another type": Planted(
        DATABASE,
        "  RecoveryPlansTable:\n    Type: AWS::DynamoDB::Table",
        "  RecoveryPlansTable:\n    Type: AWS::DynamoDB::GlobalTable",
        "RecoveryPlansTable is gone",
    ),
    "a table has another key": Planted(
        DATABASE, "AttributeName: planId, KeyType", "AttributeName: id, KeyType", "KeySchema"
    ),
    "a table has a local index": Planted(
        DATABASE,
        "\n      KeySchema:\n",
        "\n      LocalSecondaryIndexes: [{ IndexName: x }]\n      KeySchema:\n",
        "LocalSecondary",
    ),
    "a table is conditional": Planted(
        DATABASE,
        "  RecoveryPlansTable:\n",
        "  RecoveryPlansTable:\n    Condition: HasCustomerKey\n",
        "RecoveryPlansTable is gone",
    ),
    "a table goes with its stack": Planted(
        DATABASE, "DeletionPolicy: RetainExceptOnCreate", "DeletionPolicy: Delete", "DeletionPolicy was"
    ),
    "a table is not kept when it is replaced": Planted(
        DATABASE, "UpdateReplacePolicy: Retain", "UpdateReplacePolicy: Delete", "UpdateReplacePolicy was"
    ),
    "the stack of the tables has another logical name": Planted(
        MASTER, "DatabaseStack", "TablesStack", "DatabaseStack/"
    ),
    "the stack of the tables is conditional": Planted(
        MASTER, "  DatabaseStack:\n", "  DatabaseStack:\n    Condition: HasCustomerKey\n", "DatabaseStack/"
    ),
    "the tables are given another project": Planted(
        MASTER,
        "        ProjectName: !Ref ProjectName\n        Environment: !Ref Environment\n        Owner: !Ref Owner\n"
        "        CustomerKeyArn: !Ref CustomerKeyArn\n      Tags",
        "        ProjectName: drs\n        Environment: !Ref Environment\n        Owner: !Ref Owner\n"
        "        CustomerKeyArn: !Ref CustomerKeyArn\n      Tags",
        "TableName was",
    ),
    "users sign in by their address": Planted(
        AUTH,
        "      UsernameConfiguration:\n",
        "      UsernameAttributes: [email]\n      UsernameConfiguration:\n",
        "UsernameAtt",
    ),
    "user names tell capitals apart": Planted(AUTH, "CaseSensitive: false", "CaseSensitive: true", "UsernameConfig"),
    "a user has another attribute": Planted(
        AUTH, "Required: true, Mutable: true", "Required: true, Mutable: false", "Schema"
    ),
    "the client has a secret": Planted(
        AUTH, "GenerateSecret: false", "GenerateSecret: true", "GenerateSecret was False"
    ),
    "the client is another pool's": Planted(
        AUTH,
        'console-${Environment}"\n      UserPoolId: !Ref UserPool',
        'console-${Environment}"\n      UserPoolId: p',
        "UserPoolId was",
    ),
    "a second client is not recorded": Planted(
        AUTH,
        CLIENT,
        "  Other:\n    Type: AWS::Cognito::UserPoolClient\n    Properties: {}\n\n" + CLIENT,
        "Other is not recorded",
    ),
    "the key is of another kind": Planted(
        NOTIFICATION,
        "      EnableKeyRotation: true\n",
        "      KeySpec: RSA_2048\n      EnableKeyRotation: true\n",
        "KeySpec was",
    ),
    "the key is one of many regions": Planted(
        NOTIFICATION,
        "      EnableKeyRotation: true\n",
        "      MultiRegion: true\n      EnableKeyRotation: true\n",
        "MultiRegion",
    ),
    "the state machine has another name": Planted(
        MACHINE,
        'StateMachineName: !Sub "${ProjectName}-orchestration-',
        'StateMachineName: !Sub "${ProjectName}-engine-',
        "StateMachineName was",
    ),
    "the state machine is express": Planted(
        MACHINE, "StateMachineType: STANDARD", "StateMachineType: EXPRESS", "Type was"
    ),
}


@pytest.mark.requirement("SRS-Q08")
@pytest.mark.parametrize("planted", PLANTED.values(), ids=list(PLANTED))
def test_a_change_that_would_delete_or_replace_something_is_found(planted: Planted) -> None:
    assert planted.old in SOURCE[planted.template]
    changed = {**SOURCE, planted.template: SOURCE[planted.template].replace(planted.old, planted.new)}

    found = differences(RECORDED, kept(changed, **GIVEN))

    assert [sentence for sentence in found if planted.says in sentence], found


def test_a_table_that_moves_to_another_stack_is_found() -> None:
    table = _without(DATABASE, "RecoveryPlansTable").old
    changed = {
        **SOURCE,
        DATABASE: SOURCE[DATABASE].replace(table, ""),
        NOTIFICATION: SOURCE[NOTIFICATION]
        .replace("\nResources:\n", f"\nResources:\n{table}\n")
        .replace(
            "\nConditions:\n", "\nConditions:\n  IsProduction: !Equals [a, b]\n  HasCustomerKey: !Equals [a, b]\n"
        ),
    }

    found = differences(RECORDED, kept(changed, **GIVEN))

    assert [sentence.split(" ")[0] for sentence in found] == [
        "DatabaseStack/RecoveryPlansTable",
        "NotificationStack/RecoveryPlansTable",
    ]


@pytest.mark.parametrize(
    ("template", "old", "new"),
    [
        (AUTH, "MinimumLength: 12", "MinimumLength: 14"),
        (AUTH, "IdTokenValidity: 45", "IdTokenValidity: 30"),
        (DATABASE, "PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false"),
        (NOTIFICATION, "PendingWindowInDays: 30", "PendingWindowInDays: 7"),
        (MACHINE, "Level: ALL", "Level: ERROR"),
    ],
)
def test_what_is_changed_in_place_is_not_spoken_of(template: str, old: str, new: str) -> None:
    assert old in SOURCE[template]
    changed: dict[str, Any] = {**SOURCE, template: SOURCE[template].replace(old, new)}

    assert differences(RECORDED, kept(changed, **GIVEN)) == []
