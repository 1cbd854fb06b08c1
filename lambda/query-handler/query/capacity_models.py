"""How full a target account is, with the accounts that replicate servers for it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.capacity_rules import Band
from shared.models.base import Instant, Model
from shared.models.finding import Finding
from shared.models.targets import AccountId, Region


class AccountRole(StrEnum):
    """What an account does for a target account: it is that one, or replicates servers for it."""

    TARGET = "TARGET"
    STAGING = "STAGING"


class ReplicationCapacity(Model):
    """The servers that replicate in an account, of which `limit` may; no number where none could be read.

    Of several regions the limits are added up where servers are, and the band is that of the fullest one. Servers that
    are extended into the target account count in their staging account alone.
    """

    account_id: AccountId
    account_name: str
    role: AccountRole
    replicating: int | None
    limit: int
    band: Band | None


class RecoveryCapacity(Model):
    """The source servers of the target account, extended ones too, of which `limit` may be there.

    Of several regions the limits are added up where servers are, and the band is that of the fullest one.
    """

    source_servers: int | None
    extended: int | None
    limit: int
    band: Band | None


class RegionCapacity(Model):
    """A region in which any of the accounts has servers, or in which that is not known."""

    region: Region
    replication: tuple[ReplicationCapacity, ...]
    recovery: RecoveryCapacity


class CombinedCapacity(Model):
    """A target account with its staging accounts, by region and together; AWS's quotas are those of each region.

    `server_count` counts a server once that is extended. `complete` is whether all could be read: the findings say what
    could not, and what there is of it is missing from the numbers. `read_at` is when the oldest was read.
    """

    account_id: AccountId
    account_name: str
    server_count: int
    regions: tuple[RegionCapacity, ...]
    replication: tuple[ReplicationCapacity, ...]
    recovery: RecoveryCapacity
    complete: bool
    read_at: Instant
    age_seconds: Annotated[int, Field(ge=0)]
    findings: tuple[Finding, ...]


class AllCapacity(Model):
    """A page of the target accounts and the hub by id; the findings are of rows that are no accounts."""

    items: tuple[CombinedCapacity, ...]
    complete: bool
    findings: tuple[Finding, ...]
    next_token: str | None = None
