"""The source servers of many accounts and regions, read side by side, and what is known of those that were not read.

A read is believed for a minute by this process. That there is no DRS in a region is remembered in the table for an
hour, so that it is not asked meanwhile; `fresh` believes neither. That a region is not enabled AWS says in the words
that it has for credentials of which it knows nothing: of a region that had servers it is believed when it has been said
for an hour, after which every session has others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from aws_lambda_powertools import Logger

from shared.aws.inventory_ports import ServersPort
from shared.clock import Clock
from shared.errors import CrossAccountError, DrsServiceError, ThrottledError
from shared.models.finding import Finding, FindingCode, FindingReason, failure_at, unknown_at, warning_at
from shared.models.places import PlaceSeen, PlaceState, RegionMemory
from shared.models.targets import Target
from shared.patience import answers_of, somebody_waits
from shared.services.reachability import obstacle_of, state_of
from shared.stores.region_state_store import RegionStateStore

KEPT_SECONDS: Final = 60
"""Real seconds for which this process believes what it has read."""

WITHOUT_SERVERS_SECONDS: Final = 3600
"""Real seconds for which it is remembered that a region has no DRS, or no servers; of those with servers no time."""

_WITHOUT_DRS: Final = {
    PlaceState.NOT_INITIALIZED: (FindingReason.NOT_INITIALIZED, "DRS is not initialised in"),
    PlaceState.NOT_ENABLED: (FindingReason.REGION_NOT_ENABLED, "the account has not opted in to the region of"),
}


@dataclass(frozen=True, slots=True)
class Hurry:
    """How many places are asked at once, and for how many real seconds one is waited for, and all of them."""

    at_once: int = 64
    """More than the regions of an account, so that one that is silent keeps none of the others from being asked."""
    place_seconds: float = 10
    seconds: float = 16


@dataclass
class Inventory:
    """Reads of all places of this process; what was read is shared by all operations.

    `regions` are those that are looked after: of the hub's partition, where DRS exists.
    """

    drs: ServersPort
    states: RegionStateStore
    regions: frozenset[str]
    clock: Clock
    logger: Logger
    hurry: Hurry = Hurry()
    _kept: dict[Target, PlaceSeen] = field(default_factory=dict)

    def read(self, targets: Iterable[Target], *, fresh: bool = False) -> dict[Target, PlaceSeen]:
        """What is known of each of these accounts and regions; those that are believed are not asked."""
        wanted = sorted(set(targets))
        self._forget_what_is_old()
        known = {} if fresh else {target: self._kept[target] for target in wanted if target in self._kept}
        missing = [target for target in wanted if target not in known]
        if missing:
            found = self._find(missing, fresh=fresh)
            self._kept.update(
                {target: seen for target, seen in found.items() if seen.state is not PlaceState.NOT_ASKED}
            )
            known |= found
        return {target: known[target] for target in wanted}

    def _forget_what_is_old(self) -> None:
        oldest = self.clock.now() - self.clock.wall(KEPT_SECONDS)
        self._kept = {target: seen for target, seen in self._kept.items() if seen.read_at > oldest}

    def _find(self, targets: list[Target], *, fresh: bool) -> dict[Target, PlaceSeen]:
        now = self.clock.now()
        memories = self.states.find_many(dict.fromkeys(target.account_id for target in targets))
        skipped = {
            target: self._remembered(target, memory)
            for target in targets
            if not fresh
            and (memory := memories.get(target)) is not None
            and memory.state.has_no_drs
            and memory.holds(now)
        }
        asked = _Asking(self.drs, self.clock, self.hurry).ask(
            [target for target in targets if target not in skipped],
            first={target for target, memory in memories.items() if memory.state is PlaceState.SERVERS},
        )
        asked = {target: self._doubted(seen, memories.get(target)) for target, seen in asked.items()}
        self._note(asked, memories)
        return skipped | asked

    def _doubted(self, seen: PlaceSeen, memory: RegionMemory | None) -> PlaceSeen:
        """The place, of which nothing is known if it had servers and is now said not to be enabled."""
        if seen.state is not PlaceState.NOT_ENABLED or memory is None or memory.state is not PlaceState.SERVERS:
            return seen
        since = memory.doubted_at or seen.read_at
        if seen.read_at - since >= self.clock.wall(WITHOUT_SERVERS_SECONDS):
            return seen
        message = (
            f"{seen.target} could not be read: AWS says that the region is not enabled for the account, as it does "
            "where it knows nothing of the credentials, and there were servers"
        )
        details = {"state": PlaceState.UNREADABLE.value}
        reason = FindingReason.REGION_NOT_ENABLED
        finding = unknown_at(seen.target, FindingCode.DRS_STATE, message, reason=reason, details=details)
        return replace(seen, state=PlaceState.UNREADABLE, finding=finding, is_doubted=True)

    def _remembered(self, target: Target, memory: RegionMemory) -> PlaceSeen:
        return PlaceSeen(target, memory.state, self.clock.now(), finding=_no_drs(target, memory.state))

    def _note(self, asked: Mapping[Target, PlaceSeen], memories: Mapping[Target, RegionMemory]) -> None:
        """One write for each account of which something is otherwise than remembered, or is not remembered any more."""
        changes: dict[str, dict[str, RegionMemory]] = {}
        for target, seen in asked.items():
            before = memories.get(target)
            following = self._following(seen, before)
            if following is not None and following != before:
                changes.setdefault(target.account_id, {})[target.region] = following
        for account_id, regions in changes.items():
            try:
                self.states.note(account_id, regions)
            except ThrottledError as error:
                # what is not remembered is asked once more
                self.logger.warning("the regions of an account were not noted", accountId=account_id, reason=str(error))

    def _following(self, seen: PlaceSeen, before: RegionMemory | None) -> RegionMemory | None:
        """What is to be remembered from now on; what was, if that holds still, or nothing is known."""
        if seen.is_doubted and before is not None:
            return before.model_copy(update={"doubted_at": before.doubted_at or seen.read_at})
        is_same = before is not None and before.state is seen.state and before.holds(seen.read_at)
        if not seen.state.is_known or (is_same and before is not None and before.doubted_at is None):
            return before
        return self._memory(seen)

    def _memory(self, seen: PlaceSeen) -> RegionMemory:
        believed = None if seen.servers else seen.read_at + self.clock.wall(WITHOUT_SERVERS_SECONDS)
        return RegionMemory(state=seen.state, noted_at=seen.read_at, until=believed)


class _Asking:
    """One round of questions: an account that lets nobody in is not asked for each of its regions."""

    def __init__(self, drs: ServersPort, clock: Clock, hurry: Hurry) -> None:
        self._drs = drs
        self._clock = clock
        self._hurry = hurry
        self._closed: dict[str, CrossAccountError] = {}
        self._begun: set[Target] = set()

    def ask(self, targets: Iterable[Target], first: set[Target]) -> dict[Target, PlaceSeen]:
        """What they say: those with servers `first`, then the accounts in turn, lest one of them takes all the time."""
        order = sorted(targets, key=lambda target: (target not in first, target.region, target.account_id))
        answers = answers_of(
            {target: partial(self._ask, target) for target in order},
            workers=self._hurry.at_once,
            seconds=self._hurry.seconds,
        )
        return {target: answers[target] if target in answers else self._unanswered(target) for target in order}

    def _ask(self, target: Target) -> PlaceSeen:
        self._begun.add(target)
        closed = self._closed.get(target.account_id)
        if closed is not None:
            return self._obstacle(target, closed)
        try:
            with somebody_waits(self._hurry.place_seconds):
                servers = self._drs.source_servers(target)
        except CrossAccountError as error:
            self._closed[target.account_id] = error
            return self._obstacle(target, error)
        except DrsServiceError as error:
            return self._obstacle(target, error)
        if not servers:
            self._drs.let_go(target)
        state = PlaceState.SERVERS if servers else PlaceState.EMPTY
        return PlaceSeen(target, state, self._clock.now(), servers)

    def _obstacle(self, target: Target, error: CrossAccountError | DrsServiceError) -> PlaceSeen:
        self._drs.let_go(target)
        return obstacle_seen(target, error, self._clock)

    def _unanswered(self, target: Target) -> PlaceSeen:
        is_silent = target in self._begun
        state = PlaceState.SILENT if is_silent else PlaceState.NOT_ASKED
        why = "it did not answer in time" if is_silent else "the time of the call was over; ask again"
        message = f"{target} could not be read: {why}"
        details = {"state": state.value}
        finding = unknown_at(target, FindingCode.DRS_STATE, message, reason=FindingReason.NO_ANSWER, details=details)
        return PlaceSeen(target, state, self._clock.now(), finding=finding)


def obstacle_seen(target: Target, error: CrossAccountError | DrsServiceError, clock: Clock) -> PlaceSeen:
    """What is known of a place that could not be read."""
    if isinstance(error, CrossAccountError):
        return PlaceSeen(target, PlaceState.NOT_ENTERED, clock.now(), finding=not_entered(target.account_id, error))
    state = state_of(error)
    finding = _no_drs(target, state) if state.has_no_drs else _with_state(obstacle_of(target, error), state)
    return PlaceSeen(target, state, clock.now(), finding=finding)


def not_entered(account_id: str, error: CrossAccountError) -> Finding:
    """The finding about an account that lets nobody in, in whatever region."""
    made = unknown_at if error.is_retryable else failure_at
    finding = made(
        None,
        FindingCode.ROLE,
        f"account {account_id} could not be read: {error.message}",
        reason=FindingReason.ROLE_NOT_ASSUMABLE,
        details={**error.details, "state": PlaceState.NOT_ENTERED.value},
    )
    return finding.model_copy(update={"account_id": account_id})


def findings_of(seen: Iterable[PlaceSeen]) -> tuple[Finding, ...]:
    """What is to be said of these places: of an account that could not be entered once, of others for each region."""
    said: dict[tuple[str | None, str | None], Finding] = {}
    for place in seen:
        if place.finding is not None:
            said.setdefault((place.finding.account_id, place.finding.region), place.finding)
    return tuple(sorted(said.values(), key=lambda one: (not one.prevents, one.account_id or "", one.region or "")))


def _with_state(finding: Finding, state: PlaceState) -> Finding:
    return finding.model_copy(update={"details": {**finding.details, "state": state.value}})


def _no_drs(target: Target, state: PlaceState) -> Finding:
    reason, words = _WITHOUT_DRS[state]
    message, details = f"{words} {target}: there are no servers", {"state": state.value}
    return warning_at(target, FindingCode.DRS_STATE, message, reason=reason, details=details)
