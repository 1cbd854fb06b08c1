"""Where servers live: an account and a region."""

from typing import Annotated, Final

from shared.models.base import Model
from shared.models.forms import form

AccountId = Annotated[str, form(r"^[0-9]{12}$", "12 digits")]
Region = Annotated[str, form(r"^[a-z]{2,4}(-[a-z]+)+-[0-9]$", "a region such as us-west-2")]
SourceServerId = Annotated[str, form(r"^s-[0-9a-zA-Z]{17}$", "the id of a source server: s- and 17 letters or digits")]

NOBODY: Final = "0" * 12
"""The id of no account: where a rule is asked about a request whose own is none."""

_PARTS_OF_AN_ARN: Final = 6


class Target(Model):
    """One account in one region: the unit of quotas, credentials and DRS calls."""

    account_id: AccountId
    region: Region

    def __str__(self) -> str:
        return f"{self.account_id}/{self.region}"

    def __lt__(self, other: "Target") -> bool:
        return (self.account_id, self.region) < (other.account_id, other.region)


class PlacedKey(Model):
    """What names a thing so that no other account's or region's can be meant."""

    account_id: AccountId
    region: Region

    @property
    def target(self) -> Target:
        """The account and region of the thing."""
        return Target(account_id=self.account_id, region=self.region)

    def __lt__(self, other: "PlacedKey") -> bool:
        return str(self) < str(other)


class ServerKey(PlacedKey):
    """A source server."""

    source_server_id: SourceServerId

    def __str__(self) -> str:
        return f"{self.account_id}#{self.region}#{self.source_server_id}"


class InstanceKey(PlacedKey):
    """An instance of EC2."""

    instance_id: str

    def __str__(self) -> str:
        return f"{self.account_id}#{self.region}#{self.instance_id}"


def instance_in(target: Target, instance_id: str) -> InstanceKey:
    """The instance of that id in an account and region."""
    return InstanceKey(account_id=target.account_id, region=target.region, instance_id=instance_id)


def key_in(target: Target, source_server_id: str) -> ServerKey:
    """The source server of that id in an account and region."""
    return ServerKey(account_id=target.account_id, region=target.region, source_server_id=source_server_id)


def key_of_server(arn: str) -> ServerKey:
    """The source server that an ARN of DRS names; ValueError for any other text."""
    parts = arn.split(":", 5)
    if len(parts) != _PARTS_OF_AN_ARN or parts[2] != "drs" or not parts[5].startswith("source-server/"):
        raise ValueError(f"{arn!r} names no source server of DRS")
    return ServerKey(account_id=parts[4], region=parts[3], source_server_id=parts[5].partition("/")[2])
