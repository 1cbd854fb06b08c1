"""The four tables have exactly the keys and indexes that the stores rely on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.support.tables import TableNames, create_tables
from tests.support.templates import load_template

KEYS: dict[str, list[str]] = {
    "ProtectionGroupsTable": ["groupId"],
    "RecoveryPlansTable": ["planId"],
    "ExecutionHistoryTable": ["executionId", "planId"],
    "TargetAccountsTable": ["accountId"],
}

SUMMARY = frozenset(
    {
        "status",
        "statusReason",
        "progress",
        "executionType",
        "planName",
        "endedAt",
        "initiatedBy",
        "waveCount",
        "serverCount",
        "pointInTime",
    }
)


@dataclass(frozen=True)
class Declared:
    """An index as tables may have it that were deployed: partition key and sort key, and what it projects."""

    keys: tuple[str, str]
    projection: str
    attributes: frozenset[str] = frozenset()


INDEXES: dict[str, dict[str, Declared]] = {
    "ProtectionGroupsTable": {"groups-by-name": Declared(("listKey", "nameKey"), "ALL")},
    "RecoveryPlansTable": {
        "plans-by-name": Declared(("listKey", "nameKey"), "ALL"),
        "plans-by-group": Declared(("usedGroupId", "usedByPlanId"), "KEYS_ONLY"),
    },
    "ExecutionHistoryTable": {
        "executions-by-plan": Declared(("headerPlanId", "startedAt"), "INCLUDE", SUMMARY),
        "executions-by-start": Declared(("listKey", "startedAt"), "INCLUDE", SUMMARY),
        "executions-by-status": Declared(("statusKey", "startedAt"), "INCLUDE", SUMMARY),
        "executions-by-type": Declared(("executionType", "startedAt"), "INCLUDE", SUMMARY - {"executionType"}),
        "open-executions": Declared(("openKey", "startedAt"), "KEYS_ONLY"),
    },
    "TargetAccountsTable": {"accounts-by-id": Declared(("listKey", "accountId"), "ALL")},
}
"""The record of what was released. What stands here is not changed: only added to, and taken away."""

ONLY_UNDER_A_NEW_NAME = (
    "CloudFormation changes neither keys nor projection of an index in place, and adds or deletes one index of a table"
    " in an update. Leave this index as it is and add another under a new name; CHANGELOG.md says in how many updates."
    " See docs/architecture/ARCHITECTURE.md, Data."
)


def key_names(schema: list[dict[str, str]]) -> list[str]:
    """The attributes of a key schema, partition key first."""
    assert [part["KeyType"] for part in schema] == ["HASH", "RANGE"][: len(schema)]
    return [part["AttributeName"] for part in schema]


def table(logical_name: str, environment: str = "dev") -> dict[str, Any]:
    """The resolved properties of one table."""
    return load_template("database-stack.yaml", Environment=environment).properties(logical_name)


def test_there_are_four_tables_and_nothing_else() -> None:
    resources = load_template("database-stack.yaml").resources

    assert set(resources) == set(KEYS)
    assert {resource["Type"] for resource in resources.values()} == {"AWS::DynamoDB::Table"}


@pytest.mark.parametrize("name", KEYS)
def test_a_table_has_exactly_its_keys_and_indexes(name: str) -> None:
    properties = table(name)

    assert key_names(properties["KeySchema"]) == KEYS[name]
    assert {index["IndexName"] for index in properties.get("GlobalSecondaryIndexes", [])} == set(INDEXES[name])


@pytest.mark.parametrize(("name", "index_name"), [(name, index) for name in KEYS for index in INDEXES[name]])
def test_an_index_that_was_released_under_a_name_is_never_another_under_it(name: str, index_name: str) -> None:
    [index] = [one for one in table(name)["GlobalSecondaryIndexes"] if one["IndexName"] == index_name]

    partition, sort = key_names(index["KeySchema"])
    projection = index["Projection"]
    found = Declared((partition, sort), projection["ProjectionType"], frozenset(projection.get("NonKeyAttributes", ())))
    assert found == INDEXES[name][index_name], ONLY_UNDER_A_NEW_NAME


@pytest.mark.parametrize("name", KEYS)
def test_a_table_declares_the_attributes_of_its_keys_and_no_others(name: str) -> None:
    properties = table(name)

    used = set(KEYS[name]).union(*(index.keys for index in INDEXES[name].values()))
    assert {attribute["AttributeName"] for attribute in properties["AttributeDefinitions"]} == used
    assert {attribute["AttributeType"] for attribute in properties["AttributeDefinitions"]} == {"S"}


def test_a_list_of_executions_never_carries_their_waves() -> None:
    lists = INDEXES["ExecutionHistoryTable"]

    assert not any("waves" in index.attributes or index.projection == "ALL" for index in lists.values())


@pytest.mark.requirement("PRD-31", "SRS-Q07", "SRS-S07")
@pytest.mark.parametrize("name", KEYS)
def test_a_table_is_on_demand_encrypted_recoverable_and_expires_rows(name: str) -> None:
    properties = table(name)

    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


@pytest.mark.requirement("SRS-Q07")
@pytest.mark.parametrize("name", KEYS)
def test_a_table_outlives_its_stack_and_production_refuses_to_delete_it(name: str) -> None:
    resource = load_template("database-stack.yaml").resources[name]

    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resource["UpdateReplacePolicy"] == "Retain"
    assert table(name, "prod")["DeletionProtectionEnabled"] is True
    assert table(name, "dev")["DeletionProtectionEnabled"] is False


@mock_aws
def test_the_fixture_creates_the_tables_under_their_real_names() -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")

    names = create_tables(client, environment="test")

    assert names == TableNames(
        protection_groups="aws-drs-orchestration-protection-groups-test",
        recovery_plans="aws-drs-orchestration-recovery-plans-test",
        execution_history="aws-drs-orchestration-execution-history-test",
        target_accounts="aws-drs-orchestration-target-accounts-test",
    )
    assert sorted(client.list_tables()["TableNames"]) == sorted(vars(names).values())
    history = client.describe_table(TableName=names.execution_history)["Table"]
    assert {index["IndexName"] for index in history["GlobalSecondaryIndexes"]} == set(INDEXES["ExecutionHistoryTable"])
