"""The servers that the simulated DRS protects, described by people or by a JSON document."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

ReplicationState = Literal[
    "STOPPED",
    "INITIATING",
    "INITIAL_SYNC",
    "BACKLOG",
    "CREATING_SNAPSHOT",
    "CONTINUOUS",
    "PAUSED",
    "RESCAN",
    "STALLED",
    "DISCONNECTED",
]
RegionState = Literal["initialized", "notInitialized", "notEnabled", "denied", "throttled", "silent"]
"""What a region says to an account: DRS as it is, that it is not initialised, that the credentials are not recognised
because the account has not opted in, that the caller may not, that it is asked too often, or nothing at all."""

AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]
RegionName = Annotated[str, Field(pattern=r"^[a-z]{2,4}(-[a-z]+)+-\d$")]
Text = Annotated[str, Field(max_length=256)]


class DocumentError(ValueError):
    """A document that does not say what it should; the message names every member at fault."""


class Document(BaseModel):
    """A JSON document with camelCase members, none of them unknown."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )


class DiskSpec(Document):
    """A disk of a source server."""

    device_name: Text = "/dev/sda1"
    gib: int = Field(default=30, ge=1)


class ReplicationSpec(Document):
    """How far the replication of a server has come; DRS may not tell its lag."""

    state: ReplicationState = "CONTINUOUS"
    lag_seconds: float = Field(default=0, ge=0)
    tells_lag: bool = True
    backlog_bytes: int = Field(default=0, ge=0)
    replicated_percent: float = Field(default=100, ge=0, le=100)
    error: str | None = None
    raw_error: str | None = None


class EncryptionSpec(Document):
    """How the volumes of a server are encrypted in its staging area, and whom the key's policy lets use it."""

    ebs_encryption: Literal["DEFAULT", "CUSTOM", "NONE"] = "DEFAULT"
    key_arn: str | None = Field(default=None, pattern=r"^arn:.{16,2044}$")
    shared_with: tuple[AccountId, ...] = ()

    @model_validator(mode="after")
    def _only_custom_has_a_key(self) -> Self:
        if (self.ebs_encryption == "CUSTOM") is not (self.key_arn is not None):
            raise ValueError("keyArn belongs to ebsEncryption 'CUSTOM', and to no other")
        return self


class SourceServerSpec(Document):
    """A source server of any origin: a physical machine, a VMware VM, or an EC2 instance."""

    hostname: Text
    source_server_id: str | None = Field(default=None, pattern=r"^s-[0-9a-zA-Z]{17}$")
    fqdn: Text | None = None
    origin: Literal["physical", "vm", "ec2"] = "vm"
    origin_account_id: AccountId | None = None
    origin_region: RegionName | None = None
    origin_instance_id: str | None = Field(default=None, pattern=r"^i-[0-9a-f]{8,17}$")
    origin_tags: dict[str, str] | None = None
    """The tags of the instance that it comes from; unset: a Name, which is the hostname."""
    vmware_uuid: Text | None = None
    hardware_id: Text | None = None
    os: Text = "Ubuntu 22.04.4 LTS"
    architecture: Literal["x86_64", "arm64"] = "x86_64"
    cpu_cores: int = Field(default=2, ge=1)
    ram_gib: int = Field(default=4, ge=1)
    disks: tuple[DiskSpec, ...] = (DiskSpec(),)
    ip_addresses: tuple[Text, ...] = ()
    tags: dict[str, str] = Field(default_factory=dict)
    replication: ReplicationSpec = ReplicationSpec()
    replication_direction: Literal["FAILOVER", "FAILBACK"] = "FAILOVER"
    recommended_instance_type: Text = "t3.micro"
    agent_version: str = "5.1.4"
    encryption: EncryptionSpec | None = None
    """Unset: that of its region."""
    staging_account_id: AccountId | None = None
    """The server is an extension of one in this account."""
    staging_source_server_id: str | None = Field(default=None, pattern=r"^s-[0-9a-zA-Z]{17}$")
    """Of which one; unset: of one with its own id, which is protected there if it is not yet."""
    source_network_id: str | None = Field(default=None, pattern=r"^sn-[0-9a-zA-Z]{17}$")
    protected_since: datetime | None = None
    """When it was added to DRS; unset: thirty days before it was put into the simulator."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        of_instance = (self.origin_instance_id, self.origin_account_id, self.origin_region, self.origin_tags)
        if self.origin != "ec2" and any(each is not None for each in of_instance):
            raise ValueError(
                "originInstanceId, originAccountId, originRegion and originTags belong to origin 'ec2' only"
            )
        if self.staging_source_server_id and not self.staging_account_id:
            raise ValueError("stagingSourceServerId needs stagingAccountId")
        if self.protected_since is not None and self.protected_since.tzinfo is None:
            raise ValueError("protectedSince needs a zone, as in 2026-01-29T02:47:18Z")
        return self


Quota = Annotated[int, Field(ge=0)]


class QuotasSpec(Document):
    """The quotas of an account in a region; what is not said stays as it is."""

    servers_per_job: Quota | None = None
    jobs_at_once: Quota | None = None
    servers_in_all_jobs: Quota | None = None
    replicating_servers: Quota | None = None
    source_servers: Quota | None = None

    def said(self) -> dict[str, int]:
        """Those that are said, by name."""
        return self.model_dump(exclude_none=True)


class InstanceSpec(Document):
    """An instance that is prepared for a server to be launched into; that it may be is said by a tag of its own."""

    instance_id: str = Field(pattern=r"^i-[0-9a-f]{8,17}$")
    name: Text | None = None
    allows_launches: bool = True
    tags: dict[str, str] = Field(default_factory=dict)
    state: Literal["stopped", "running"] = "stopped"
    instance_type: Text = "m6i.large"
    subnet_id: Text | None = None
    private_address: Text | None = None

    @model_validator(mode="after")
    def _address_has_a_subnet(self) -> Self:
        if self.private_address is not None and self.subnet_id is None:
            raise ValueError("privateAddress needs subnetId")
        return self


class EstateRegion(Document):
    """One account and region in which DRS is initialised."""

    account: AccountId
    region: RegionName
    servers: tuple[SourceServerSpec, ...] = ()
    encryption: EncryptionSpec = EncryptionSpec()
    """Of the servers that do not say otherwise."""
    quotas: QuotasSpec = QuotasSpec()
    instances: tuple[InstanceSpec, ...] = ()


class Estate(Document):
    """Accounts and regions with their servers."""

    regions: tuple[EstateRegion, ...]


def read_estate(document: Any) -> Estate:
    """The estate a JSON document describes.

    Raises DocumentError with the path and the fault of every wrong member.
    """
    try:
        return Estate.model_validate(document)
    except ValidationError as error:
        raise DocumentError(explain("the estate", error)) from error


def explain(what: str, error: ValidationError) -> str:
    """The faults of a document in one line each."""
    lines = (f"{'.'.join(str(part) for part in item['loc']) or 'document'}: {item['msg']}" for item in error.errors())
    return f"{what} is not valid: " + "; ".join(lines)
