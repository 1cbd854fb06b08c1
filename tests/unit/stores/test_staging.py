"""The rows of staging accounts and their syncs hold their contract."""

from tests.support.store_contract.staging import StagingAccountsContract, StagingSyncsContract


class TestStagingAccounts(StagingAccountsContract):
    """Of which target account a staging account is, and how the hub gets in."""


class TestStagingSyncs(StagingSyncsContract):
    """What is under way, and what came of it."""
