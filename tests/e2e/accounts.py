"""The accounts of the stories: what is deployed in them, and what the hub believes about them."""

from typing import Final

from local.stacks import TargetAccount as DeployedAccount
from local.system import LocalSystem
from shared.models.targets import Target

DATABASE_ACCOUNT: Final = "111122223333"
APPLICATION_ACCOUNT: Final = "444455556666"
LIED_TO_ACCOUNT: Final = "777788889999"
"""Its role asks for another external id than the hub has."""
ROLELESS_ACCOUNT: Final = "222233334444"
"""Nothing was ever deployed there."""
EXPIRING_ACCOUNT: Final = "555566667777"
"""Its credentials are good until a story says otherwise."""
STAGING_ACCOUNTS: Final = {"666677778888": "first-staging-id", "888899990000": "second-staging-id"}
"""They replicate servers for the database account, each with the external id of its role."""

DATABASE: Final = Target(account_id=DATABASE_ACCOUNT, region="us-west-2")
DATABASE_EUROPE: Final = Target(account_id=DATABASE_ACCOUNT, region="eu-west-1")
APPLICATION: Final = Target(account_id=APPLICATION_ACCOUNT, region="us-west-2")
APPLICATION_EUROPE: Final = Target(account_id=APPLICATION_ACCOUNT, region="eu-west-1")
LIED_TO: Final = Target(account_id=LIED_TO_ACCOUNT, region="us-west-2")
ROLELESS: Final = Target(account_id=ROLELESS_ACCOUNT, region="us-west-2")
EXPIRING: Final = Target(account_id=EXPIRING_ACCOUNT, region="us-west-2")
NOT_INITIALISED: Final = Target(account_id=DATABASE_ACCOUNT, region="ap-southeast-2")

_AGREED: Final = {
    DATABASE: "database-external-id",
    DATABASE_EUROPE: "database-external-id",
    APPLICATION: "application-external-id",
    APPLICATION_EUROPE: "application-external-id",
    LIED_TO: "what-the-role-asks-for",
    EXPIRING: "expiring-external-id",
}
_BELIEVED: Final = {
    DATABASE_ACCOUNT: "database-external-id",
    APPLICATION_ACCOUNT: "application-external-id",
    LIED_TO_ACCOUNT: "what-the-hub-believes",
    ROLELESS_ACCOUNT: "roleless-external-id",
    EXPIRING_ACCOUNT: "expiring-external-id",
}

DEPLOYED: Final = tuple(
    DeployedAccount(target.account_id, target.region, external_id) for target, external_id in _AGREED.items()
) + tuple(
    DeployedAccount(account_id, DATABASE.region, external_id, "staging")
    for account_id, external_id in STAGING_ACCOUNTS.items()
)


def register_accounts(system: LocalSystem) -> None:
    """Register every account in the hub."""
    for account_id, external_id in _BELIEVED.items():
        added = system.invoke(
            "data-management-handler",
            {
                "operation": "add_target_account",
                "accountId": account_id,
                "accountName": f"Account {account_id}",
                "externalId": external_id,
                "regions": ["us-west-2", "eu-west-1", "ap-southeast-2"],
            },
        )
        assert added.get("version") == 1, added
