"""The stores hold their own among threads."""

from tests.support.store_contract.concurrency import ConcurrencyContract


class TestConcurrency(ConcurrencyContract):
    """Threads that meet at a table in memory."""
