"""What extending servers of staging accounts asks of DRS, as protocols; beside `shared.aws.ports`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from shared.models.drs import SourceServer
from shared.models.extension import Encryption, ExtensibleServer
from shared.models.targets import ServerKey, Target


class ExtensionPort(Protocol):
    """Extended source servers in any target account and region; reads raise DrsServiceError or CrossAccountError."""

    def named(self, purpose: str) -> "ExtensionPort":
        """The same, in sessions named after the purpose."""
        ...

    def staging_accounts(self, target: Target) -> tuple[str, ...]:
        """The accounts of which servers are extended into the target account, by their ids."""
        ...

    def extensible(self, target: Target, staging_account_id: str) -> tuple[ExtensibleServer, ...]:
        """The servers of the staging account that are not extended into the target account yet."""
        ...

    def encryption(self, server: ServerKey) -> Encryption:
        """How the volumes of a server are encrypted where they are replicated to, asked in its own account."""
        ...

    def extend(self, target: Target, arn: str, *, tags: Mapping[str, str], not_after: datetime) -> SourceServer:
        """One call of CreateExtendedSourceServer, never repeated, not sent after `not_after` of the clock.

        NotSentError, DoubtError, or DrsServiceError for what DRS surely refused.
        """
        ...
