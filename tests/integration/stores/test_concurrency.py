"""The stores hold their own among threads."""

import pytest

from tests.support.store_contract.concurrency import ConcurrencyContract


@pytest.mark.dynamodb_local
class TestConcurrency(ConcurrencyContract):
    """Threads that meet at AWS's own engine; moto's transactions are not safe for threads."""
