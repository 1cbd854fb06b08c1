"""The four tables have exactly the keys and indexes that the stores rely on."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.support.tables import TableNames, create_tables
from tests.support.templates import load_template

SUMMARY = {
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

KEYS: dict[str, list[str]] = {
    "ProtectionGroupsTable": ["groupId"],
    "RecoveryPlansTable": ["planId"],
    "ExecutionHistoryTable": ["executionId", "planId"],
    "TargetAccountsTable": ["accountId"],
}

INDEXES: dict[str, dict[str, tuple[list[str], str]]] = {
    "ProtectionGroupsTable": {"groups-by-name": (["listKey", "nameKey"], "ALL")},
    "RecoveryPlansTable": {
        "plans-by-name": (["listKey", "nameKey"], "ALL"),
        "plans-by-group": (["usedGroupId", "usedByPlanId"], "KEYS_ONLY"),
    },
    "ExecutionHistoryTable": {
        "executions-by-plan": (["headerPlanId", "startedAt"], "INCLUDE"),
        "executions-by-start": (["listKey", "startedAt"], "INCLUDE"),
        "open-executions": (["openKey", "startedAt"], "KEYS_ONLY"),
    },
    "TargetAccountsTable": {},
}


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

    indexes = {
        index["IndexName"]: (key_names(index["KeySchema"]), index["Projection"]["ProjectionType"])
        for index in properties.get("GlobalSecondaryIndexes", [])
    }
    assert key_names(properties["KeySchema"]) == KEYS[name]
    assert indexes == INDEXES[name]


@pytest.mark.parametrize("name", KEYS)
def test_a_table_declares_the_attributes_of_its_keys_and_no_others(name: str) -> None:
    properties = table(name)

    used = set(KEYS[name]).union(*(keys for keys, _ in INDEXES[name].values()))
    assert {attribute["AttributeName"] for attribute in properties["AttributeDefinitions"]} == used
    assert {attribute["AttributeType"] for attribute in properties["AttributeDefinitions"]} == {"S"}


def test_the_lists_of_executions_carry_the_summary_and_no_wave_and_the_reconcilers_only_keys() -> None:
    projected = {
        index["IndexName"]: set(index["Projection"].get("NonKeyAttributes", ()))
        for index in table("ExecutionHistoryTable")["GlobalSecondaryIndexes"]
    }

    assert projected == {"executions-by-plan": SUMMARY, "executions-by-start": SUMMARY, "open-executions": set()}


@pytest.mark.parametrize("name", KEYS)
def test_a_table_is_on_demand_encrypted_recoverable_and_expires_rows(name: str) -> None:
    properties = table(name)

    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


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
