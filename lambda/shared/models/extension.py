"""What DRS tells of servers that a staging account replicates and a target account may recover."""

from typing import Final

from pydantic import Field

from shared.models.base import Model
from shared.models.targets import ServerKey

CUSTOM_KEY: Final = "CUSTOM"
"""The one value of a replication configuration's `ebsEncryption` with which a server can be extended."""


class ExtensibleServer(Model):
    """A server of a staging account that is not extended into the target account yet."""

    server: ServerKey
    arn: str
    hostname: str = ""
    tags: dict[str, str] = Field(default_factory=dict)


class Encryption(Model):
    """How the volumes of a server are encrypted where they are replicated to; `key_arn` only with a custom key."""

    ebs_encryption: str
    key_arn: str | None = None

    @property
    def lets_extend(self) -> bool:
        """Whether DRS extends servers that are encrypted so."""
        return self.ebs_encryption == CUSTOM_KEY
