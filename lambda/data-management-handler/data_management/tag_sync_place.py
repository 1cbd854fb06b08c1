"""One account and region of the tag sync: its source servers get the tags of the EC2 instances that they are.

Servers are taken in the order of their ids, some at a time, and what was done is written down after each such part, so
whoever goes on begins behind it. What a server may be given is remembered before it is given: a tag that is ours is
known as such after any crash.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Final

from data_management.tag_sync_app import TagSync
from data_management.tag_sync_findings import with_findings
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.account import TargetAccount
from shared.models.drs import Ec2Origin, SourceServer
from shared.models.finding import Finding, FindingCode, error_at, warning_at
from shared.models.tag_sync import PlaceStatus, PlaceToSync, TagCounts, TagSyncPlace, WrittenTags
from shared.models.targets import Target
from shared.services.reachability import obstacle_in, obstacle_of
from shared.tag_rules import MOST_TAGS, TagChanges, Written, tag_changes

MOST_TRIES: Final = 3
"""So often a place is begun anew without coming on; then it is given up, so that the others come to their end."""

SERVERS_AT_ONCE: Final = 25
"""Servers with something to write after which it is written down how far a place is."""

_NOT_USED: Final = frozenset({"NOT_INITIALIZED", "REGION_NOT_ENABLED"})

Accounts = Mapping[str, TargetAccount | CrossAccountError]
MayGoOn = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Planned:
    """A server with what is to be done; `changes` are None if its instance could not be read."""

    server: SourceServer
    known: Written
    changes: TagChanges | None = None

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


def sync_place(place: PlaceToSync, state: TagSyncPlace, accounts: Accounts, app: TagSync, may_go_on: MayGoOn) -> None:
    """Bring the tags of a place up to date, or as many as time allows; how far it came is written down."""
    obstacle = obstacle_in(place.target, accounts, app.hub_account_id)
    if obstacle is None and state.tries >= MOST_TRIES:
        message = f"the tag sync of {place.target} broke off {MOST_TRIES} times in the same place; the log has more"
        obstacle = error_at(place.target, FindingCode.COULD_NOT_CHECK, message)
    if obstacle is not None:
        _put_failed(state, obstacle, app)
        return
    running = state.model_copy(update={"status": PlaceStatus.RUNNING, "tries": state.tries + 1})
    app.rows.put_place(running)
    try:
        servers = app.drs.source_servers(place.target)
    except (CrossAccountError, DrsServiceError) as error:
        if isinstance(error, DrsServiceError) and error.drs_code in _NOT_USED and not place.is_named:
            app.rows.put_place(running.model_copy(update={"status": PlaceStatus.NOT_IN_USE}))
        else:
            _put_failed(running, obstacle_of(place.target, error), app)
        return
    _Place(running, accounts, app).bring_up_to_date(servers, may_go_on)


def _put_failed(state: TagSyncPlace, obstacle: Finding, app: TagSync) -> None:
    failed = state.model_copy(update={"status": PlaceStatus.FAILED})
    app.rows.put_place(with_findings(failed, [obstacle]))


class _Place:
    """The work in one account and region, from where it was left."""

    def __init__(self, state: TagSyncPlace, accounts: Accounts, app: TagSync) -> None:
        self._state = state
        self._accounts = accounts
        self._app = app

    def bring_up_to_date(self, servers: Collection[SourceServer], may_go_on: MayGoOn) -> None:
        """All servers that come from EC2 and are not done yet."""
        of_ec2 = sorted((each for each in servers if each.origin), key=lambda each: each.source_server_id)
        self._state = self._state.model_copy(update={"servers": len(servers), "from_ec2": len(of_ec2)})
        rest = [each for each in of_ec2 if each.source_server_id > self._state.after]
        for part in _parts(self._planned(rest)):
            if not may_go_on():
                return
            self._carry_out(part)
        self._app.rows.put_place(self._state.model_copy(update={"status": PlaceStatus.DONE}))

    def _planned(self, servers: Sequence[SourceServer]) -> list[_Planned]:
        """What each of them needs, after all instances were read, and all that is remembered."""
        tags = self._instance_tags(servers)
        known = self._app.rows.written(self._state.target, [each.source_server_id for each in servers])
        planned = []
        for server in servers:
            ours, instance = known.get(server.source_server_id, {}), tags.get(_origin(server))
            changes = None if instance is None else tag_changes(instance, server.tags, ours)
            planned.append(_Planned(server, ours, changes))
        return planned

    def _instance_tags(self, servers: Sequence[SourceServer]) -> dict[Ec2Origin, dict[str, str]]:
        """The tags of the instances that could be read; of the others there are findings."""
        found: dict[Ec2Origin, dict[str, str]] = {}
        for where, there in _by_origin(servers).items():
            if where is None:
                self._note(FindingCode.ORIGIN_UNKNOWN, "DRS does not say in which account and region", there)
                continue
            origins = [_origin(server) for server in there]
            try:
                tags = self._read(where, origins)
            except _ObstructedError as obstructed:
                self._find(obstructed.finding, there)
                continue
            found |= {origin: tags[origin.instance_id] for origin in origins if origin.instance_id in tags}
            gone = [server for server in there if _origin(server) not in found]
            if gone:
                self._note(FindingCode.ORIGIN_NOT_FOUND, f"EC2 in {where} does not have", gone, where)
        return found

    def _read(self, where: Target, origins: Iterable[Ec2Origin]) -> dict[str, dict[str, str]]:
        known = self._accounts
        if where.account_id not in known:
            known = {**known, **self._app.accounts.find_many([where.account_id])}
        obstacle = obstacle_in(where, known, self._app.hub_account_id)
        if obstacle is not None:
            raise _ObstructedError(obstacle)
        try:
            return self._app.instances.instance_tags(where, sorted({origin.instance_id for origin in origins}))
        except (CrossAccountError, DrsServiceError) as error:
            raise _ObstructedError(obstacle_of(where, error)) from error

    def _note(self, code: FindingCode, what: str, servers: Sequence[SourceServer], where: Target | None = None) -> None:
        message = f"{what} the instances that these source servers of {self._state.target} are: their tags stay"
        self._find(error_at(where or self._state.target, code, message), servers)

    def _find(self, finding: Finding, servers: Sequence[SourceServer]) -> None:
        ids = tuple(server.source_server_id for server in servers)
        self._state = with_findings(self._state, [finding.model_copy(update={"server_ids": ids})])

    def _carry_out(self, part: Sequence[_Planned]) -> None:
        """Remember what may become ours, write, remember what is, and write down how far this came."""
        writing = [each for each in part if each.writes]
        self._remember([(each, each.changes.intended(each.known)) for each in writing if each.changes])
        done = self._written(writing)
        self._remember([(each, one.ours) for each, one in zip(writing, done, strict=True)])
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

    def _written(self, writing: Sequence[_Planned]) -> list[_Done]:
        if not writing:
            return []
        with ThreadPoolExecutor(self._app.writes_at_once) as pool:
            asked = [pool.submit(copy_context().run, partial(self._write, each)) for each in writing]
            return [each.result() for each in asked]

    def _write(self, planned: _Planned) -> _Done:
        """Remove first, which makes room; a server that is refused something is told of, and tried again next time."""
        changes, server, target = planned.changes, planned.server, self._state.target
        if changes is None:
            return _Done(TagCounts(failed=1), planned.known)
        removed = 0
        try:
            if changes.removed:
                self._app.server_tags.remove_tags(target, server.arn, changes.removed)
                removed = len(changes.removed)
            if changes.put:
                self._app.server_tags.put_tags(target, server.arn, changes.put)
        except (CrossAccountError, DrsServiceError) as error:
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


class _ObstructedError(Exception):
    """The instances of a place cannot be read; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


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


def _origin(server: SourceServer) -> Ec2Origin:
    return server.origin or Ec2Origin(instance_id="")


def _by_origin(servers: Iterable[SourceServer]) -> dict[Target | None, list[SourceServer]]:
    """By the account and region of their instances; under None those of which DRS does not say it."""
    found: dict[Target | None, list[SourceServer]] = {}
    for server in servers:
        origin = _origin(server)
        is_known = origin.account_id and origin.region
        where = Target(account_id=origin.account_id, region=origin.region) if is_known else None
        found.setdefault(where, []).append(server)
    return found


def _left(planned: _Planned, target: Target) -> Iterator[Finding]:
    """What of a server's instance it did not get."""
    changes, ids = planned.changes, (planned.server.source_server_id,)
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
    return error_at(
        target,
        FindingCode.TAGS_NOT_WRITTEN,
        f"the tags of source servers could not be written: {error.message}",
        server_ids=(server.source_server_id,),
        details={"drsCode": drs_code} if drs_code else {},
    )
