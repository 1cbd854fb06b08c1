"""Extending the servers of staging accounts into their target account: what is under way, and what came of it."""

from enum import StrEnum
from typing import Final

from shared.models.base import Instant, Model
from shared.models.finding import Finding
from shared.models.targets import AccountId, Region, SourceServerId

MOST_TOLD: Final = 10
"""So many servers of a place with the same problem have it in words: a row has 400 KB, and an answer 6 MB."""

MOST_SERVERS: Final = 1000
"""So many servers of a place are told of in one sync, for the same reason; an account replicates 300."""


class ExtendOutcome(StrEnum):
    """What became of a server; an UNUSABLE one is extended and cannot be recovered, of an UNKNOWN one nobody knows."""

    EXTENDED = "EXTENDED"
    UNUSABLE = "UNUSABLE"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


class ExtendProblem(StrEnum):
    """Why a server is not extended, or is of no use.

    Of one that is NOT_LOOKED_AT the hub could not ask the staging account how it is encrypted, which is most often why.
    """

    ENCRYPTION = "ENCRYPTION"
    KEY_NOT_SHARED = "KEY_NOT_SHARED"
    DENIED = "DENIED"
    QUOTA = "QUOTA"
    THROTTLED = "THROTTLED"
    SERVER_GONE = "SERVER_GONE"
    REFUSED = "REFUSED"
    NOT_LOOKED_AT = "NOT_LOOKED_AT"
    NO_ANSWER = "NO_ANSWER"


class SyncedServer(Model):
    """A server of a staging account and what became of it; if it is not well `message` says what is to be done.

    The message is that of the first MOST_TOLD servers with the same problem in a place.
    """

    source_server_id: SourceServerId
    hostname: str
    outcome: ExtendOutcome
    extended_server_id: str | None = None
    problem: ExtendProblem | None = None
    message: str = ""


class SyncPlace(Model):
    """A staging account in a region."""

    staging_account_id: AccountId
    region: Region

    def __str__(self) -> str:
        return f"{self.staging_account_id}#{self.region}"


class SyncedPlace(Model):
    """What came of a staging account in a region; with `finding` nobody could say which servers it has there."""

    staging_account_id: AccountId
    region: Region
    servers: tuple[SyncedServer, ...] = ()
    finding: Finding | None = None

    @property
    def place(self) -> SyncPlace:
        """Where that is."""
        return SyncPlace(staging_account_id=self.staging_account_id, region=self.region)


class SyncStatus(StrEnum):
    """A sync that is BROKEN_OFF was RUNNING, and nobody goes on with it: the schedule takes it up, or the next sync."""

    RUNNING = "RUNNING"
    BROKEN_OFF = "BROKEN_OFF"
    DONE = "DONE"


class StagingSync(Model):
    """A sync as it is stored; `step` counts the invocations that went on with it.

    Until `held_until` nobody else begins one; while it `waits` nobody works on it, and the schedule goes on with it.
    `tries` counts the invocations in a row that did not come to their end; since `stalled_since` no call was answered.
    """

    account_id: AccountId
    sync_id: str
    status: SyncStatus = SyncStatus.RUNNING
    requested_by: str
    started_at: Instant
    held_until: Instant
    ended_at: Instant | None = None
    places: tuple[SyncPlace, ...]
    pending: tuple[SyncPlace, ...]
    step: int = 0
    waits: bool = False
    tries: int = 0
    stalled_since: Instant | None = None

    def is_left(self, now: Instant) -> bool:
        """Whether nobody works on it, and it has not ended."""
        return self.status is SyncStatus.RUNNING and (self.waits or self.held_until <= now)


class StagingSyncView(Model):
    """A sync of a target account: how far it is, and what came of each server so far.

    `pending_count` is of the places, a staging account in a region each, that are not done yet.
    """

    account_id: AccountId
    sync_id: str
    status: SyncStatus
    requested_by: str
    started_at: Instant
    ended_at: Instant | None
    place_count: int
    pending_count: int
    extended_count: int
    failed_count: int
    places: tuple[SyncedPlace, ...]

    @classmethod
    def of(cls, sync: StagingSync, done: tuple[SyncedPlace, ...], now: Instant) -> "StagingSyncView":
        """The sync with what is known of its places, as of now."""
        is_left = sync.status is SyncStatus.RUNNING and sync.held_until <= now
        servers = [server for place in done for server in place.servers]
        extended = sum(server.outcome is ExtendOutcome.EXTENDED for server in servers)
        return cls(
            account_id=sync.account_id,
            sync_id=sync.sync_id,
            status=SyncStatus.BROKEN_OFF if is_left else sync.status,
            requested_by=sync.requested_by,
            started_at=sync.started_at,
            ended_at=sync.ended_at,
            place_count=len(sync.places),
            pending_count=len(sync.pending),
            extended_count=extended,
            failed_count=len(servers) - extended,
            places=done,
        )
