"""The work that extends the servers of staging accounts: place by place, in as many invocations as it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from data_management.app import ConfigurationApp
from data_management.background import work_later
from shared.aws.ports import DoubtError, HandOverError, NotSentError
from shared.errors import CrossAccountError, DrsServiceError
from shared.extension_rules import problem_of, words_of
from shared.models.drs import ExtensionStatus, SourceServer
from shared.models.extension import Encryption, ExtensibleServer
from shared.models.finding import Finding
from shared.models.staging_sync import (
    ExtendOutcome,
    ExtendProblem,
    StagingSync,
    SyncedPlace,
    SyncedServer,
    SyncPlace,
    SyncStatus,
)
from shared.models.targets import ServerKey, Target
from shared.patience import LONG_CALL_SECONDS, patience_left, somebody_waits
from shared.services.reachability import obstacle_of
from shared.stores.staging_sync_store import SyncLostError

WORK: Final = "staging-sync"

HELD_SECONDS: Final = 180
"""Wall seconds for which a sync is held for whoever goes on with it: longer than an invocation and its hand-over."""

CALL_SECONDS: Final = 20
"""What one server may take; less than that is left at the end of an invocation, and the next one begins with it."""

MOST_FRUITLESS: Final = 5
"""Invocations in a row that DRS throttled from their first call on; then the rest is told as throttled."""

_RESERVED: Final = "aws:"
"""So begin the keys of tags that only AWS gives."""


def extend_servers(fields: Mapping[str, Any], app: ConfigurationApp) -> Mapping[str, Any]:
    """Go on with a sync, and hand on what is left of it; nothing if another invocation does."""
    sync = app.staging_syncs.find(str(fields.get("accountId")))
    if sync is None or sync.sync_id != fields.get("syncId") or str(sync.step) != fields.get("step"):
        return {"goesOn": False}
    try:
        # as if somebody waited: a try that is under way is given up in time to write down what was done
        with somebody_waits(LONG_CALL_SECONDS):
            return _gone_on(sync, app)
    except SyncLostError:
        return {"goesOn": False}


def hand_over(sync: StagingSync, app: ConfigurationApp) -> None:
    """Have another invocation go on with it; HandOverError."""
    work_later(app, WORK, accountId=sync.account_id, syncId=sync.sync_id, step=str(sync.step))


def _gone_on(sync: StagingSync, app: ConfigurationApp) -> Mapping[str, Any]:
    held = _held(sync, app, step=sync.step + 1)
    sync = app.staging_syncs.go_on(sync, held)
    known = {place.place: place for place in app.staging_syncs.places(sync)}
    tried, is_fruitless = 0, True
    for place in sync.pending:
        if _is_late():
            break
        run = _Run(sync, place, app, known.get(place), is_last_try=sync.fruitless + 1 >= MOST_FRUITLESS)
        seen = run.seen()
        tried += run.count
        is_fruitless = is_fruitless and run.is_cut and not run.count
        left = tuple(each for each in sync.pending if each != place or run.is_cut)
        sync = app.staging_syncs.go_on(sync, _held(sync, app, pending=left), seen)
    if not sync.pending:
        app.staging_syncs.go_on(sync, sync.model_copy(update={"status": SyncStatus.DONE, "ended_at": app.clock.now()}))
        return {"goesOn": False, "tried": tried}
    fruitless = sync.fruitless + 1 if is_fruitless else 0
    sync = app.staging_syncs.go_on(sync, _held(sync, app, fruitless=fruitless))
    try:
        hand_over(sync, app)
    except HandOverError as error:
        app.observability.logger.warning("sync could not be handed on", accountId=sync.account_id, reason=error.message)
    return {"goesOn": True, "tried": tried}


def _held(sync: StagingSync, app: ConfigurationApp, **changes: Any) -> StagingSync:
    until = app.clock.now() + app.clock.wall(HELD_SECONDS)
    return sync.model_copy(update={"held_until": until, **changes})


def _is_late() -> bool:
    left = patience_left()
    return left is not None and left < CALL_SECONDS


@dataclass
class _Run:
    """One staging account in one region, in one invocation; `is_cut`: something is left there for the next one."""

    sync: StagingSync
    place: SyncPlace
    app: ConfigurationApp
    before: SyncedPlace | None
    is_last_try: bool
    is_cut: bool = False
    count: int = 0
    found: dict[str, SyncedServer] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """Where the servers are extended to."""
        return Target(account_id=self.sync.account_id, region=self.place.region)

    def seen(self) -> SyncedPlace:
        """What is known of the place after this run: of servers that were tried before what came of them then."""
        self.found = {server.source_server_id: server for server in (self.before.servers if self.before else ())}
        finding = self._extend_all()
        return SyncedPlace(
            staging_account_id=self.place.staging_account_id,
            region=self.place.region,
            servers=tuple(self.found.values()),
            finding=finding,
        )

    def _extend_all(self) -> Finding | None:
        extensions = self.app.extensions.named(self.sync.sync_id)
        try:
            listed = extensions.extensible(self.target, self.place.staging_account_id)
        except (DrsServiceError, CrossAccountError) as error:
            return self._unlisted(error)
        for server in listed:
            if server.server.source_server_id in self.found:
                continue
            if _is_late():
                self.is_cut = True
                break
            outcome = self._extend(server)
            if outcome.problem is ExtendProblem.THROTTLED and not self.is_last_try:
                self.is_cut = True
                break
            self.count += 1
            self.found[outcome.source_server_id] = outcome
        return None

    def _unlisted(self, error: DrsServiceError | CrossAccountError) -> Finding | None:
        if isinstance(error, DrsServiceError) and error.is_throttled and not self.is_last_try:
            self.is_cut = True
            return None
        return obstacle_of(self.target, error)

    def _extend(self, server: ExtensibleServer) -> SyncedServer:
        tags = {key: value for key, value in server.tags.items() if not key.lower().startswith(_RESERVED)}
        until = self.app.clock.now() + self.app.clock.wall(CALL_SECONDS)
        try:
            made = self.app.extensions.named(self.sync.sync_id).extend(
                self.target, server.arn, tags=tags, not_after=until
            )
        except (DoubtError, NotSentError) as error:
            return self._failed(server, ExtendOutcome.UNKNOWN, ExtendProblem.NO_ANSWER, error.message)
        except DrsServiceError as error:
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
        encryption = self._encryption(server.server) if problem_of(error) is ExtendProblem.REFUSED else None
        problem = problem_of(error, encryption)
        return self._failed(server, ExtendOutcome.REFUSED, problem, error.message, encryption)

    def _failed(
        self,
        server: ExtensibleServer,
        outcome: ExtendOutcome,
        problem: ExtendProblem,
        said: str,
        encryption: Encryption | None = None,
    ) -> SyncedServer:
        return SyncedServer(
            source_server_id=server.server.source_server_id,
            hostname=server.hostname,
            outcome=outcome,
            problem=problem,
            message=words_of(problem, server.server, self.target, said, encryption),
        )

    def _encryption(self, server: ServerKey) -> Encryption | None:
        """How it is encrypted, as its own account says; None if that account does not say."""
        try:
            return self.app.extensions.named(self.sync.sync_id).encryption(server)
        except (DrsServiceError, CrossAccountError):
            return None
