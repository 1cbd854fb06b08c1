"""Target accounts: whose servers we recover, and how we get in."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from shared.models.base import Instant, Model, Name
from shared.models.forms import form
from shared.models.targets import AccountId, Region

ExternalId = Annotated[
    str, form(r"^[A-Za-z0-9+=,.@:/_-]{8,64}$", "8 to 64 letters, digits or any of + = , . @ : / _ -")
]
"""What the trust policy of the role asks for, in the letters that STS takes; a secret between the accounts."""

RoleArn = Annotated[
    str,
    form(
        r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/([!-.0-~]{1,510}/){0,9}[A-Za-z0-9+=,.@_-]{1,64}$",
        "the ARN of a role of IAM, such as arn:aws:iam::123456789012:role/name",
    ),
]
"""A role of IAM in any partition, with its path."""


MOST_REGIONS: Final = 50
"""More than DRS has in all partitions together."""

Regions = Annotated[tuple[Region, ...], Field(max_length=MOST_REGIONS)]


class AccountStatus(StrEnum):
    """Whether plans may use the account."""

    ACTIVE = "active"
    INACTIVE = "inactive"


CheckDocumentPattern = Annotated[
    str, form(r"^[a-zA-Z0-9_.*?-]+$", "letters, digits and any of _ . * ? -", max_length=128)
]
"""Names of SSM documents as in an IAM resource: the parameter of that name of the role's stack."""


MOST_STAGING_ACCOUNTS: Final = 50
"""A target account holds 4,000 source servers, a staging account replicates 300 (DRS quotas L-E28BE5E0, L-C1D14A2B)."""

StoredExternalId = Annotated[str, StringConstraints(min_length=8, max_length=64)]


class StagingAccount(Model):
    """An account that replicates servers on behalf of a target account; without `role_arn` the standardized role."""

    account_id: AccountId
    account_name: str
    role_arn: str | None = None
    external_id: StoredExternalId | None = Field(default=None, repr=False)


class TargetAccount(Model):
    """An account whose servers are recovered; without `role_arn` the standardized role is meant.

    `check_document_pattern` repeats what its role's stack was told, if it was told anything.
    """

    account_id: AccountId
    account_name: Name
    role_arn: str | None = None
    external_id: StoredExternalId | None = Field(default=None, repr=False)
    regions: tuple[Region, ...] = ()
    check_document_pattern: CheckDocumentPattern | None = None
    status: AccountStatus = AccountStatus.ACTIVE
    staging_accounts: tuple[StagingAccount, ...] = ()
    created_at: Instant
    updated_at: Instant
    version: int = 1

    def staging_account(self, account_id: str) -> StagingAccount | None:
        """The one of this id among its staging accounts; None if there is none."""
        return next((one for one in self.staging_accounts if one.account_id == account_id), None)

    def way_into(self, staging: StagingAccount) -> "TargetAccount":
        """A staging account of this one as the hub gets into it: by its own role and external id."""
        return TargetAccount(
            account_id=staging.account_id,
            account_name=staging.account_name,
            role_arn=staging.role_arn,
            external_id=staging.external_id,
            status=self.status,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )


class StagingAccountView(Model):
    """A staging account as it is answered: whether there is an external id, and never which."""

    account_id: AccountId
    account_name: str
    role_arn: str | None = None
    has_external_id: bool

    @classmethod
    def of(cls, account: StagingAccount) -> "StagingAccountView":
        """What may be known of a stored staging account."""
        kept = account.model_dump(exclude={"external_id"})
        return cls.model_validate({**kept, "has_external_id": account.external_id is not None})


class TargetAccountView(Model):
    """A target account as it is answered: whether there is an external id, and never which."""

    account_id: AccountId
    account_name: Name
    role_arn: str | None = None
    has_external_id: bool
    regions: tuple[Region, ...] = ()
    check_document_pattern: CheckDocumentPattern | None = None
    status: AccountStatus
    staging_accounts: tuple[StagingAccountView, ...] = ()
    created_at: Instant
    updated_at: Instant
    version: int

    @classmethod
    def of(cls, account: TargetAccount) -> "TargetAccountView":
        """What may be known of a stored account."""
        kept = account.model_dump(exclude={"external_id", "staging_accounts"})
        staging = [StagingAccountView.of(one) for one in account.staging_accounts]
        known = {"has_external_id": account.external_id is not None, "staging_accounts": staging}
        return cls.model_validate({**kept, **known})
