"""The four tables of the product, in memory or in any DynamoDB, for tests of what stands on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.stores.dynamo_table import DynamoTable
from shared.stores.memory_table import MemoryTable
from shared.stores.schemas import EXECUTION_HISTORY, PROTECTION_GROUPS, RECOVERY_PLANS, TARGET_ACCOUNTS
from shared.stores.table import Table
from tests.support.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class FourTables:
    """Four empty tables."""

    protection_groups: Table
    recovery_plans: Table
    execution_history: Table
    target_accounts: Table


def in_memory() -> FourTables:
    """Four tables in memory."""
    return FourTables(
        MemoryTable(PROTECTION_GROUPS),
        MemoryTable(RECOVERY_PLANS),
        MemoryTable(EXECUTION_HISTORY),
        MemoryTable(TARGET_ACCOUNTS),
    )


def in_dynamo(client: DynamoDBClient) -> FourTables:
    """Four tables made from cfn/database-stack.yaml."""
    names = create_tables(client)

    def table(name: str) -> Table:
        return DynamoTable(client, name)

    return FourTables(
        table(names.protection_groups),
        table(names.recovery_plans),
        table(names.execution_history),
        table(names.target_accounts),
    )
