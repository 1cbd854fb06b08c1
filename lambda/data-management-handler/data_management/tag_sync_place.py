"""One account and region of the tag sync: its source servers get the tags of the EC2 instances that they are.

Servers are taken in the order of their ids, some at a time, and what was done is written down after each such part, so
whoever goes on begins behind it. What a server may be given is remembered before it is given: a tag that is ours is
known as such after any crash.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Final

from data_management.tag_sync_app import LAST_PART_SECONDS, LAST_PLACE_SECONDS, TagSync
from data_management.tag_sync_findings import with_findings
from data_management.tag_sync_origins import Accounts, OutOfTimeError, origins_of
from data_management.tag_sync_reading import seen_now
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.drs import SourceServer
from shared.models.finding import Finding, FindingCode, Outcome, failure_at, unknown_at, warning_at
from shared.models.places import PlaceState
from shared.models.tag_sync import PlaceStatus, PlaceToSync, TagCounts, TagSyncPlace, WrittenTags
from shared.models.targets import Target
from shared.patience import is_out_of_patience
from shared.services.absorbing import TimeOverError
from shared.services.reachability import obstacle_in
from shared.tag_rules import MOST_TAGS, TagChanges, Written, tag_changes

MOST_TRIES: Final = 3
"""So often a place is begun anew without coming on; then it is given up, so that the others come to their end."""

SERVERS_AT_ONCE: Final = 25
"""Servers with something to write after which it is written down how far a place is."""

_FOR_NOW: Final = frozenset({PlaceState.THROTTLED, PlaceState.NOT_ASKED})
"""What the next invocation asks again, for AWS wants fewer calls or there was no time."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """A server with what is to be done; if its instance is `unread` that is nothing."""

    server: SourceServer
    known: Written
    changes: TagChanges | None = None
    unread: Finding | None = None

    @property
    def writes(self) -> bool:
        """Whether anything is to be written, be it only that less is ours than was thought."""
        return self.changes is not None and (self.changes.changes_something or self.changes.written != self.known)


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of one server, and what is ours on it now."""

    counts: TagCounts
    ours: Written
    findings: tuple[Finding, ...] = ()


def sync_place(place: PlaceToSync, state: TagSyncPlace, accounts: Accounts, app: TagSync) -> None:
    """Bring the tags of a place up to date, or as many as time allows; how far it came is written down."""
    obstacle = obstacle_in(place.target, accounts, app.hub_account_id)
    if obstacle is None and state.tries >= MOST_TRIES:
        message = (
            f"the tag sync of {place.target} did not come on in {MOST_TRIES} tries: "
            "AWS took no calls, or it broke off, and the log has more"
        )
        obstacle = unknown_at(place.target, FindingCode.TAG_SYNC, message)
    if obstacle is not None:
        _put_failed(state, obstacle, app)
        return
    running = state.model_copy(update={"status": PlaceStatus.RUNNING, "tries": state.tries + 1})
    app.rows.put_place(running)
    try:
        seen = seen_now(place.target, app)
    except TimeOverError:
        return
    if seen.state.is_read:
        with suppress(OutOfTimeError):
            _Place(running, accounts, app).bring_up_to_date(seen.servers)
        app.drs.let_go(place.target)
        app.server_tags.let_go(place.target)
    elif seen.state.has_no_drs and not place.is_named:
        app.rows.put_place(running.model_copy(update={"status": PlaceStatus.NOT_IN_USE}))
    elif seen.finding is not None and seen.state not in _FOR_NOW and not is_out_of_patience():
        _put_failed(running, _failed(seen.finding, place), app)


def _failed(finding: Finding, place: PlaceToSync) -> Finding:
    """What the inventory says of the account or its region, as it is for who counts on servers there."""
    outcome = Outcome.FAIL if finding.outcome is Outcome.WARN else finding.outcome
    return finding.model_copy(update={"outcome": outcome, "region": place.region})


def _put_failed(state: TagSyncPlace, obstacle: Finding, app: TagSync) -> None:
    failed = state.model_copy(update={"status": PlaceStatus.FAILED})
    app.rows.put_place(with_findings(failed, [obstacle]))


class _Place:
    """The work in one account and region, from where it was left."""

    def __init__(self, state: TagSyncPlace, accounts: Accounts, app: TagSync) -> None:
        self._state = state
        self._accounts = accounts
        self._app = app

    def bring_up_to_date(self, servers: Collection[SourceServer]) -> None:
        """All servers that come from EC2 and are not done yet; of those that are gone nothing is kept."""
        of_ec2 = sorted((each for each in servers if each.origin), key=lambda each: each.source_server_id)
        self._state = self._state.model_copy(update={"servers": len(servers), "from_ec2": len(of_ec2)})
        rest = [each for each in of_ec2 if each.source_server_id > self._state.after]
        for part in _parts(self._planned(rest)):
            if not self._app.has_time_for(LAST_PART_SECONDS) or not self._carry_out(part):
                return
        self._app.rows.keep_only(self._state.target, [each.source_server_id for each in of_ec2])
        self._app.rows.put_place(self._state.model_copy(update={"status": PlaceStatus.DONE}))

    def _planned(self, servers: Sequence[SourceServer]) -> list[_Planned]:
        """What each of them needs, after all instances were read, and all that is remembered."""
        instances = origins_of(servers, self._state.target, self._accounts, self._app)
        known = self._app.rows.written(self._state.target, [each.source_server_id for each in servers])
        planned = []
        for server in servers:
            ours, instance = known.get(server.source_server_id, {}), instances[server.source_server_id]
            if isinstance(instance, Finding):
                planned.append(_Planned(server, ours, unread=instance))
            else:
                planned.append(_Planned(server, ours, tag_changes(instance, server.tags, ours)))
        return planned

    def _carry_out(self, part: Sequence[_Planned]) -> bool:
        """Remember what may become ours, write, remember what is; whether DRS has taken all of it.

        If it wants fewer calls, servers from the first on that it refused are left to whoever goes on.
        """
        writing = [each for each in part if each.writes]
        self._remember([(each, each.changes.intended(each.known)) for each in writing if each.changes])
        outcomes = self._written(writing)
        done = [(each, one) for each, one in zip(writing, outcomes, strict=True) if one is not None]
        self._remember([(each, one.ours) for each, one in done])
        refused = next((each for each, one in zip(writing, outcomes, strict=True) if one is None), None)
        self._write_down(part if refused is None else part[: part.index(refused)], [one for _, one in done])
        return refused is None

    def _write_down(self, part: Sequence[_Planned], done: Sequence[_Done]) -> None:
        """How far this came, unless it is no farther than before."""
        if not part:
            return
        still = TagCounts(
            unchanged=sum(each.changes is not None and not each.writes for each in part),
            failed=sum(each.changes is None for each in part),
        )
        state = with_findings(self._state, (finding for one in done for finding in one.findings))
        state = with_findings(state, (each for one in part for each in _left(one, state.target)))
        self._state = state.model_copy(
            update={
                "counts": sum((one.counts for one in done), state.counts + still),
                "done": state.done + len(part),
                "after": part[-1].server.source_server_id,
                "tries": 0,
            }
        )
        self._app.rows.put_place(self._state)

    def _remember(self, ours: Iterable[tuple[_Planned, Written]]) -> None:
        rows = [
            WrittenTags(source_server_id=each.server.source_server_id, tags=dict(written))
            for each, written in ours
            if written != each.known
        ]
        self._app.rows.remember(self._state.target, rows)

    def _written(self, writing: Sequence[_Planned]) -> list[_Done | None]:
        """What became of each; None where DRS wants fewer calls, and of all that are not begun by then."""
        if not writing:
            return []
        enough = Event()
        with ThreadPoolExecutor(self._app.writes_at_once) as pool:
            asked = [pool.submit(copy_context().run, partial(self._write, each, enough)) for each in writing]
            return [each.result() for each in asked]

    def _write(self, planned: _Planned, enough: Event) -> _Done | None:
        """Remove first, which makes room; a server that is refused something is told of, and tried again next time.

        It is `enough` for now if DRS wants fewer calls as long as there is time to wait, or time is over.
        """
        changes, server, target = planned.changes, planned.server, self._state.target
        if changes is None or enough.is_set():
            return None
        removed, tags, absorbing = 0, self._app.server_tags, self._app.absorbing(LAST_PLACE_SECONDS)
        try:
            if changes.removed:
                absorbing.one(partial(tags.remove_tags, target, server.arn, changes.removed))
                removed = len(changes.removed)
            if changes.put:
                absorbing.one(partial(tags.put_tags, target, server.arn, changes.put))
        except TimeOverError:
            enough.set()
            return None
        except (CrossAccountError, DrsServiceError) as error:
            if error.is_throttled or is_out_of_patience():
                enough.set()
                return None
            # whether it was carried out is not known for certain: what may be ours stays remembered as such
            refused = _not_written(target, server, error)
            return _Done(TagCounts(removed=removed, failed=1), changes.intended(planned.known), (refused,))
        counts = TagCounts(
            added=len(changes.added),
            changed=len(changes.changed),
            removed=removed,
            unchanged=int(not changes.changes_something),
        )
        return _Done(counts, changes.written)


def _parts(planned: Iterable[_Planned]) -> Iterator[list[_Planned]]:
    """In order, with at most SERVERS_AT_ONCE in each that need to be written."""
    part: list[_Planned] = []
    writing = 0
    for each in planned:
        part.append(each)
        writing += each.writes
        if writing == SERVERS_AT_ONCE:
            yield part
            part, writing = [], 0
    if part:
        yield part


def _left(planned: _Planned, target: Target) -> Iterator[Finding]:
    """What of a server's instance it did not get."""
    changes, ids = planned.changes, (planned.server.source_server_id,)
    if planned.unread is not None:
        yield planned.unread.model_copy(update={"server_ids": ids})
    if changes is not None and changes.left_out:
        message = f"a source server has at most {MOST_TAGS} tags: these of its instance found no room"
        yield warning_at(
            target, FindingCode.TAGS_LEFT_OUT, message, server_ids=ids, details={"keys": list(changes.left_out)}
        )
    if changes is not None and changes.not_taken:
        message = "EC2 takes these tags, and DRS does not: for their length, or for signs in them"
        yield warning_at(
            target, FindingCode.TAGS_NOT_TAKEN, message, server_ids=ids, details={"keys": list(changes.not_taken)}
        )


def _not_written(target: Target, server: SourceServer, error: CrossAccountError | DrsServiceError) -> Finding:
    drs_code = error.drs_code if isinstance(error, DrsServiceError) else ""
    return failure_at(
        target,
        FindingCode.TAGS_NOT_WRITTEN,
        f"the tags of source servers could not be written: {error.message}",
        server_ids=(server.source_server_id,),
        details={"drsCode": drs_code} if drs_code else {},
    )
