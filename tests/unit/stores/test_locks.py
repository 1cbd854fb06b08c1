"""Locks hold their contract."""

from tests.support.store_contract.locks import LocksContract


class TestLocks(LocksContract):
    """Locks."""
