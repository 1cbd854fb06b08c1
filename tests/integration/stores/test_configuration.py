"""Groups, plans and accounts hold their contract."""

from tests.support.store_contract.addresses import AddressesContract
from tests.support.store_contract.configuration import AccountsContract, GroupsContract, PlansContract
from tests.support.store_contract.old_names import OldNamesContract
from tests.support.store_contract.owned import LargeGroupsContract


class TestGroups(GroupsContract):
    """Protection groups."""


class TestAddresses(AddressesContract):
    """Static addresses of servers."""


class TestPlans(PlansContract):
    """Recovery plans."""


class TestAccounts(AccountsContract):
    """Target accounts."""


class TestLargeGroups(LargeGroupsContract):
    """Groups that need several writes."""


class TestOldNames(OldNamesContract):
    """Groups whose names an older version folded less."""
