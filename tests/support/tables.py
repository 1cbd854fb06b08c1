"""Creates the four tables exactly as cfn/database-stack.yaml declares them, in any DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.support.templates import load_template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# What CreateTable takes under the name and in the shape that CloudFormation has.
_SAME_SHAPE: Final = (
    "TableName",
    "BillingMode",
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "Tags",
)


@dataclass(frozen=True)
class TableNames:
    """The real names of the four tables."""

    protection_groups: str
    recovery_plans: str
    execution_history: str
    target_accounts: str


def create_tables(
    client: DynamoDBClient, *, project: str = "aws-drs-orchestration", environment: str = "dev"
) -> TableNames:
    """Creates the four tables with their indexes and time to live, and answers their names.

    Point-in-time recovery and deletion protection are left out: neither changes what a reader or writer sees, DynamoDB
    Local has no call for the first, and the second would stop a test from cleaning up.
    """
    template = load_template("database-stack.yaml", ProjectName=project, Environment=environment)
    return TableNames(
        protection_groups=_create(client, template.properties("ProtectionGroupsTable")),
        recovery_plans=_create(client, template.properties("RecoveryPlansTable")),
        execution_history=_create(client, template.properties("ExecutionHistoryTable")),
        target_accounts=_create(client, template.properties("TargetAccountsTable")),
    )


def _create(client: DynamoDBClient, properties: dict[str, Any]) -> str:
    name: str = properties["TableName"]
    client.create_table(**{key: properties[key] for key in _SAME_SHAPE if key in properties})
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    client.update_time_to_live(TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"])
    return name
