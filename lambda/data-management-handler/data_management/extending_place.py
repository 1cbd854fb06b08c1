"""One staging account in one region: its servers are extended one by one, at the pace that DRS allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.aws.extension_ports import ExtensionPort
from shared.aws.ports import DoubtError, NotSentError
from shared.clock import Clock
from shared.errors import CrossAccountError, DrsServiceError
from shared.extension_rules import problem_of, words_of
from shared.models.account import TargetAccount
from shared.models.drs import ExtensionStatus, SourceServer
from shared.models.extension import Encryption, ExtensibleServer
from shared.models.finding import Finding, FindingCode, FindingReason, failure_at, unknown_at
from shared.models.staging_sync import (
    MOST_SERVERS,
    MOST_TOLD,
    ExtendOutcome,
    ExtendProblem,
    StagingSync,
    SyncedPlace,
    SyncedServer,
    SyncPlace,
)
from shared.models.targets import Target
from shared.patience import is_out_of_patience, is_time_for
from shared.services.absorbing import Absorbing, TimeOverError
from shared.services.reachability import obstacle_of
from shared.tag_rules import is_reserved

CALL_SECONDS: Final = 20
"""What one server may take; less than that is left at the end of an invocation, and the next one begins with it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a place after an invocation, which tried `count` servers; `is_cut`: something is left there."""

    place: SyncedPlace
    count: int
    is_cut: bool


@dataclass(frozen=True)
class Extending:
    """What one invocation goes by: the target account as it is now, and what is known of places from those before.

    In the last try nothing is left to another one: what is not done is told.
    """

    sync: StagingSync
    extensions: ExtensionPort
    clock: Clock
    absorbing: Absorbing
    account: TargetAccount | CrossAccountError | None
    obstacle: Callable[[Target], Finding | None]
    known: Mapping[SyncPlace, SyncedPlace]
    is_last_try: bool

    def seen(self, place: SyncPlace) -> Seen:
        """Extend its servers, as many as there is time for; of those that were tried before what came of them then."""
        before = self.known.get(place)
        run = _Run(self, place, {each.source_server_id: each for each in (before.servers if before else ())})
        target = Target(account_id=self.sync.account_id, region=place.region)
        finding = self.obstacle(target) or self._stranger(place, target) or run.extend_all()
        servers = tuple(run.found.values())
        told = SyncedPlace(
            staging_account_id=place.staging_account_id, region=place.region, servers=servers, finding=finding
        )
        return Seen(told, run.count, run.is_cut)

    def _stranger(self, place: SyncPlace, target: Target) -> Finding | None:
        """What is to be said of an account that was a staging account when the sync began, and is not any more."""
        staging = place.staging_account_id
        if isinstance(self.account, TargetAccount) and self.account.staging_account(staging) is not None:
            return None
        message = f"{staging} is no staging account of {target.account_id} any more: nothing more of it was extended"
        return failure_at(target, FindingCode.ROLE, message, reason=FindingReason.ACCOUNT_NOT_REGISTERED)


@dataclass
class _Run:
    """One place in one invocation; `refused` is the last answer to a call that is to be made again."""

    by: Extending
    place: SyncPlace
    found: dict[str, SyncedServer]
    count: int = 0
    is_cut: bool = False
    refused: DrsServiceError | CrossAccountError | None = None
    told: Counter[ExtendProblem] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.told.update(each.problem for each in self.found.values() if each.problem and each.message)

    @property
    def target(self) -> Target:
        """Where the servers are extended to."""
        return Target(account_id=self.by.sync.account_id, region=self.place.region)

    def extend_all(self) -> Finding | None:
        """Try every server that is not extended and was not tried; the finding if nobody could say which there are."""
        try:
            listed = self.by.absorbing.one(self._extensible)
        except TimeOverError:
            return self._unlisted(self.refused)
        except (DrsServiceError, CrossAccountError) as error:
            return self._unlisted(error)
        rest = [server for server in listed if server.server.source_server_id not in self.found]
        for number, server in enumerate(rest):
            if len(self.found) >= MOST_SERVERS:
                return self._too_many()
            if not self._try(server):
                self._leave(rest[number:])
                break
        return None

    def _extensible(self) -> tuple[ExtensibleServer, ...]:
        try:
            listed = self.by.extensions.extensible(self.target, self.place.staging_account_id)
        except (DrsServiceError, CrossAccountError) as error:
            self.refused = error
            raise
        self.refused = None
        return listed

    def _unlisted(self, error: DrsServiceError | CrossAccountError | None) -> Finding | None:
        """Nobody says which servers there are: the next invocation asks again if it was for want of time or calls."""
        is_for_now = error is None or error.is_throttled or is_out_of_patience()
        if is_for_now and not self.by.is_last_try:
            self.is_cut = True
            return None
        if error is None:
            message = f"{self.target} was not asked for servers of {self.place.staging_account_id}: there was no time"
            return unknown_at(self.target, FindingCode.DRS_STATE, message, reason=FindingReason.NO_ANSWER)
        return obstacle_of(self.target, error)

    def _try(self, server: ExtensibleServer) -> bool:
        """Whether DRS took the call, whatever it answered; else there is no time for it, or it wants fewer calls."""
        if not is_time_for(CALL_SECONDS):
            return False
        try:
            outcome = self.by.absorbing.one(lambda: self._extended(server))
        except (TimeOverError, DrsServiceError, CrossAccountError):
            return False
        self.refused = None
        self.count += 1
        self.found[outcome.source_server_id] = outcome
        return True

    def _leave(self, rest: list[ExtensibleServer]) -> None:
        """Leave these to the next invocation, or say of all of them that they were not tried."""
        if not self.by.is_last_try:
            self.is_cut = True
            return
        is_throttled = self.refused is not None and self.refused.is_throttled
        outcome = ExtendOutcome.REFUSED if is_throttled else ExtendOutcome.UNKNOWN
        problem = ExtendProblem.THROTTLED if is_throttled else ExtendProblem.NO_ANSWER
        said = self.refused.message if self.refused is not None else "there was no time to ask for it"
        for server in rest[: MOST_SERVERS - len(self.found)]:
            self.found[server.server.source_server_id] = self._failed(server, outcome, problem, said)

    def _extended(self, server: ExtensibleServer) -> SyncedServer:
        """What became of one server; an error only if DRS, or STS on the way to it, wants fewer calls."""
        tags = {key: value for key, value in server.tags.items() if not is_reserved(key)}
        until = self.by.clock.now() + self.by.clock.wall(CALL_SECONDS)
        try:
            made = self.by.extensions.extend(self.target, server.arn, tags=tags, not_after=until)
        except NotSentError as error:
            if error.cause is not None and error.cause.is_throttled:
                self.refused = error.cause
                raise error.cause from error
            return self._failed(server, ExtendOutcome.UNKNOWN, ExtendProblem.NO_ANSWER, error.message)
        except DoubtError as error:
            return self._failed(server, ExtendOutcome.UNKNOWN, ExtendProblem.NO_ANSWER, error.message)
        except DrsServiceError as error:
            if error.is_throttled:
                self.refused = error
                raise
            return self._refused(server, error)
        return self._made(server, made)

    def _made(self, server: ExtensibleServer, made: SourceServer) -> SyncedServer:
        if made.extension_status is ExtensionStatus.EXTENSION_ERROR:
            said = made.extension_error or "DRS says that the extension has an error"
            unusable = self._failed(server, ExtendOutcome.UNUSABLE, ExtendProblem.KEY_NOT_SHARED, said)
            return unusable.model_copy(update={"extended_server_id": made.source_server_id})
        return SyncedServer(
            source_server_id=server.server.source_server_id,
            hostname=server.hostname,
            outcome=ExtendOutcome.EXTENDED,
            extended_server_id=made.source_server_id,
        )

    def _refused(self, server: ExtensibleServer, error: DrsServiceError) -> SyncedServer:
        problem = problem_of(error)
        if problem is not ExtendProblem.REFUSED:
            return self._failed(server, ExtendOutcome.REFUSED, problem, error.message)
        try:
            encryption = self.by.extensions.encryption(server.server)
        except (DrsServiceError, CrossAccountError) as unseen:
            said = f"{error.message}. {unseen.message}"
            return self._failed(server, ExtendOutcome.REFUSED, ExtendProblem.NOT_LOOKED_AT, said)
        return self._failed(server, ExtendOutcome.REFUSED, problem_of(error, encryption), error.message, encryption)

    def _failed(
        self,
        server: ExtensibleServer,
        outcome: ExtendOutcome,
        problem: ExtendProblem,
        said: str,
        encryption: Encryption | None = None,
    ) -> SyncedServer:
        self.told[problem] += 1
        is_told = self.told[problem] <= MOST_TOLD
        return SyncedServer(
            source_server_id=server.server.source_server_id,
            hostname=server.hostname,
            outcome=outcome,
            problem=problem,
            message=words_of(problem, server.server, self.target, said, encryption) if is_told else "",
        )

    def _too_many(self) -> Finding:
        message = (
            f"{self.place.staging_account_id} has more than {MOST_SERVERS:,} servers that are not extended: sync again "
            "when what is said of these has been mended"
        )
        return unknown_at(self.target, FindingCode.QUOTA, message, reason=FindingReason.NOT_READ)
