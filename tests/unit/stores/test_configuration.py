"""Groups, plans and accounts hold their contract."""

from tests.support.store_contract.configuration import AccountsContract, GroupsContract, PlansContract


class TestGroups(GroupsContract):
    """Protection groups."""


class TestPlans(PlansContract):
    """Recovery plans."""


class TestAccounts(AccountsContract):
    """Target accounts."""
