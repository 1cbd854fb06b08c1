"""Deletions hold their contract."""

from tests.support.store_contract.deletions import DeletionsContract


class TestDeletions(DeletionsContract):
    """Executions that are hidden, emptied and forgotten."""
