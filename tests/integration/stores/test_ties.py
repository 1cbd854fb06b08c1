"""Ties hold their contract."""

from tests.support.store_contract.account_ties import AccountTiesContract
from tests.support.store_contract.ties import TiesContract


class TestTies(TiesContract):
    """Of groups."""


class TestAccountTies(AccountTiesContract):
    """Of accounts."""
