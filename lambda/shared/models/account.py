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


class StagingAccount(Model):
    """An account that replicates servers on behalf of a target account."""

    account_id: AccountId
    account_name: str
    role_arn: str | None = None
    external_id: str | None = Field(default=None, repr=False)


CheckDocumentPattern = Annotated[
    str, form(r"^[a-zA-Z0-9_.*?-]+$", "letters, digits and any of _ . * ? -", max_length=128)
]
"""Names of SSM documents as in an IAM resource: the parameter of that name of the role's stack."""


class TargetAccount(Model):
    """An account whose servers are recovered; without `role_arn` the standardized role is meant.

    `check_document_pattern` repeats what its role's stack was told, if it was told anything.
    """

    account_id: AccountId
    account_name: Name
    role_arn: str | None = None
    external_id: Annotated[str, StringConstraints(min_length=8, max_length=64)] | None = Field(default=None, repr=False)
    regions: tuple[Region, ...] = ()
    check_document_pattern: CheckDocumentPattern | None = None
    status: AccountStatus = AccountStatus.ACTIVE
    staging_accounts: tuple[StagingAccount, ...] = ()
    created_at: Instant
    updated_at: Instant
    version: int = 1


class StagingAccountView(Model):
    """A staging account as it is answered: whether there is an external id, and never which."""

    account_id: AccountId
    account_name: str
    role_arn: str | None = None
    has_external_id: bool


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
        staging = [
            StagingAccountView(
                account_id=one.account_id,
                account_name=one.account_name,
                role_arn=one.role_arn,
                has_external_id=one.external_id is not None,
            )
            for one in account.staging_accounts
        ]
        known = {"has_external_id": account.external_id is not None, "staging_accounts": staging}
        return cls.model_validate({**kept, **known})
