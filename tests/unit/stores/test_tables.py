"""The table in memory holds the contract of tables."""

from tests.support.store_contract.tables import TableContract


class TestMemoryTable(TableContract):
    """In memory."""
