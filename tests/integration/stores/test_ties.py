"""Ties hold their contract."""

from tests.support.store_contract.ties import AccountTiesContract, TiesContract


class TestTies(TiesContract):
    """Of groups."""


class TestAccountTies(AccountTiesContract):
    """Of accounts."""
