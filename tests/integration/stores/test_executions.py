"""Executions hold their contract."""

from tests.support.store_contract.executions import HeadersContract, StepsContract


class TestHeaders(HeadersContract):
    """Headers and what hangs on them."""


class TestSteps(StepsContract):
    """Claims, writes, commits."""
