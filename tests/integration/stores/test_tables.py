"""DynamoDB holds the contract of tables."""

from tests.support.store_contract.tables import TableContract


class TestDynamoTable(TableContract):
    """In DynamoDB."""
