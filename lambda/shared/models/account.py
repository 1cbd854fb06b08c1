"""Target accounts: whose servers we recover, and how we get in."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from shared.models.base import Instant, Model
from shared.models.targets import AccountId, Region


class AccountStatus(StrEnum):
    """Whether plans may use the account."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class StagingAccount(Model):
    """An account that replicates servers on behalf of a target account."""

    account_id: AccountId
    account_name: str
    role_arn: str | None = None
    external_id: str | None = None


CheckDocumentPattern = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_.*?-]+$")]
"""Names of SSM documents as in an IAM resource: the parameter of that name of the role's stack."""


class TargetAccount(Model):
    """An account whose servers are recovered; without `role_arn` the standardized role is meant.

    `check_document_pattern` repeats what its role's stack was told, if it was told anything.
    """

    account_id: AccountId
    account_name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    role_arn: str | None = None
    external_id: Annotated[str, StringConstraints(min_length=8, max_length=64)] | None = Field(default=None, repr=False)
    regions: tuple[Region, ...] = ()
    check_document_pattern: CheckDocumentPattern | None = None
    status: AccountStatus = AccountStatus.ACTIVE
    staging_accounts: tuple[StagingAccount, ...] = ()
    created_at: Instant
    updated_at: Instant
    version: int = 1
