"""DRS's extended source servers: our verbs in, our models out."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

from shared.aws.calls import read
from shared.aws.drs_words import source_server_of
from shared.aws.once import call_once
from shared.clock import Clock
from shared.cross_account import AccountSession, Sessions
from shared.models.drs import SourceServer
from shared.models.extension import Encryption, ExtensibleServer
from shared.models.targets import ServerKey, Target, key_of_server
from shared.patience import patient

if TYPE_CHECKING:
    from mypy_boto3_drs import DrsClient

Result = TypeVar("Result")

_MOST_ACCOUNTS: Final = 50
"""ListStagingAccounts shows so many on a page (DRS service model)."""
_MOST_SERVERS: Final = 300
"""ListExtensibleSourceServers shows so many on a page (DRS service model)."""

_CALL_SECONDS: Final = 20
"""One call that extends, in real time: DRS answers in seconds, and whoever waits begins no other meanwhile."""


class ExtensionGateway:
    """Extended source servers in any account and region, in sessions named after a purpose."""

    def __init__(self, sessions: Sessions, clock: Clock, purpose: str = "drs-orchestration") -> None:
        self._sessions = sessions
        self._clock = clock
        self._purpose = purpose

    def named(self, purpose: str) -> "ExtensionGateway":
        """The same gateway for another purpose."""
        return ExtensionGateway(self._sessions, self._clock, purpose)

    def staging_accounts(self, target: Target) -> tuple[str, ...]:
        """The accounts of which servers are extended into the target account, by their ids."""

        def listed(client: "DrsClient") -> tuple[str, ...]:
            pages = client.get_paginator("list_staging_accounts")
            found = pages.paginate(PaginationConfig={"PageSize": _MOST_ACCOUNTS})
            return tuple(sorted(account["accountID"] for page in found for account in page["accounts"]))

        return self._read(target, "ListStagingAccounts", listed)

    def extensible(self, target: Target, staging_account_id: str) -> tuple[ExtensibleServer, ...]:
        """The servers of the staging account that are not extended into the target account yet."""

        def listed(client: "DrsClient") -> tuple[ExtensibleServer, ...]:
            pages = client.get_paginator("list_extensible_source_servers")
            found = pages.paginate(stagingAccountID=staging_account_id, PaginationConfig={"PageSize": _MOST_SERVERS})
            return tuple(
                ExtensibleServer(
                    server=key_of_server(item["arn"]),
                    arn=item["arn"],
                    hostname=item.get("hostname", ""),
                    tags=dict(item.get("tags") or {}),
                )
                for page in found
                for item in page["items"]
            )

        return self._read(target, "ListExtensibleSourceServers", listed)

    def encryption(self, server: ServerKey) -> Encryption:
        """How the volumes of a server are encrypted where they are replicated to, asked in its own account."""

        def asked(client: "DrsClient") -> Encryption:
            answer = client.get_replication_configuration(sourceServerID=server.source_server_id)
            return Encryption(
                ebs_encryption=answer.get("ebsEncryption", ""), key_arn=answer.get("ebsEncryptionKeyArn") or None
            )

        return self._read(server.target, "GetReplicationConfiguration", asked)

    def extend(self, target: Target, arn: str, *, tags: Mapping[str, str], not_after: datetime) -> SourceServer:
        """One call of CreateExtendedSourceServer, never repeated, not sent after `not_after` of the clock."""

        def made(client: "DrsClient") -> SourceServer:
            return source_server_of(
                client.create_extended_source_server(sourceServerArn=arn, tags=dict(tags))["sourceServer"]
            )

        return call_once(
            self._sessions,
            self._purpose,
            target,
            "CreateExtendedSourceServer",
            made,
            clock=self._clock,
            not_after=not_after,
            seconds=_CALL_SECONDS,
        )

    def _read(self, target: Target, operation: str, call: Callable[["DrsClient"], Result]) -> Result:
        def in_region(session: AccountSession) -> Result:
            return call(patient(session.client("drs", target.region)))

        return read(self._sessions, self._purpose, target, operation, in_region)
