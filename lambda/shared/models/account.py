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


class TargetAccount(Model):
    """An account whose servers are recovered; without `role_arn` the standardized role is meant."""

    account_id: AccountId
    account_name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    role_arn: str | None = None
    external_id: Annotated[str, StringConstraints(min_length=8, max_length=64)] | None = Field(default=None, repr=False)
    regions: tuple[Region, ...] = ()
    status: AccountStatus = AccountStatus.ACTIVE
    staging_accounts: tuple[StagingAccount, ...] = ()
    created_at: Instant
    updated_at: Instant
    version: int = 1
