"""Instances that somebody has prepared, and that launches may take or end though no group says so.

An instance that carries the tag is its owner's. DRS may have been told by others to launch a server into it, as AWS's
default "Launch into source instance" does by itself; and nobody has tried whether DRS leaves one alone into which it
has launched a server, when it launches that server anew and elsewhere.

Only DRS tells the first, server by server. It is asked as long as there is time and it wants to answer, those servers
first whose own instance, or one of their name, is prepared. Of the others, and where EC2 does not tell what was
prepared, it is UNKNOWN, by a code of its own: who starts in spite of that has not accepted what would have been found.
Where nobody has prepared anything, which is so in most accounts, DRS is not asked at all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeAlias

from shared.aws.ports import DrsPort
from shared.engine.texts import counted, first_few
from shared.errors import CrossAccountError, DrsServiceError
from shared.launch_config_rules import LAUNCH_INTO, EffectiveConfig
from shared.launch_into_rules import told_instance
from shared.models.drs import LaunchSettings, SourceServer
from shared.models.finding import Finding, FindingCode, FindingReason, Outcome, failure_at, unknown_at, warning_at
from shared.models.prepared_instance import ALLOWED, TAG, PreparedInstance
from shared.models.targets import ServerKey, Target, key_in
from shared.models.temporary_settings import TemporarySettings
from shared.patience import answers_of, is_out_of_patience
from shared.services.reachability import obstacle_of

CODE: Final = FindingCode.PREPARED_INSTANCE
UNREAD: Final = FindingCode.PREPARED_NOT_CHECKED

_FREE: Final = frozenset({"stopped", "stopping"})
"""In these states an instance can be taken, or soon can be."""
_NAMED: Final = 5

_Answer: TypeAlias = LaunchSettings | Finding | None
"""What DRS was told, why it does not say so, or nothing where it was not asked."""


@dataclass(frozen=True, slots=True)
class PreparedPlace:
    """An account and region with the `open` instances, whose owners let servers be launched into them.

    `names` are its servers by id, `servers` what DRS says of them, and `into` the instances that their groups have them
    launched into.
    """

    target: Target
    open: Sequence[PreparedInstance]
    names: Mapping[str, str]
    servers: Mapping[str, SourceServer]
    into: Mapping[str, str]
    wishing: frozenset[str] = frozenset()
    """The servers whose groups have them launched into some instance, be it one that was not found."""

    @property
    def left(self) -> dict[str, str]:
        """The recovery instances, by server, that were there before the servers were launched into them."""
        by_id = {each.instance_id: each for each in self.open}
        return {
            server_id: instance.instance_id
            for server_id, server in self.servers.items()
            if (instance := by_id.get(server.recovery_instance_id or ""))
            and instance.stays(server.last_launch_initiated_at)
        }

    @property
    def asked(self) -> tuple[str, ...]:
        """The servers of which DRS must tell what it was told, those first of which it is likely.

        None where nobody has prepared anything else.
        """
        free = {each.instance_id: each for each in self.open if each.state in _FREE}
        for taken in self.into.values():
            free.pop(taken, None)
        names = {each.name for each in free.values() if each.name}

        def is_unlikely(server_id: str) -> bool:
            server = self.servers[server_id]
            is_its_own = server.origin is not None and server.origin.instance_id in free
            return not is_its_own and names.isdisjoint(
                (server.hostname, server.tags.get("Name"), self.names[server_id])
            )

        ids = self.servers.keys() & self.names.keys() - self.wishing
        return tuple(sorted(ids, key=lambda each: (is_unlikely(each), each))) if free else ()

    def key(self, server_id: str) -> ServerKey:
        """The server of that id."""
        return key_in(self.target, server_id)


@dataclass(slots=True)
class _Asking:
    """DRS, and the accounts and regions in which it wants fewer calls: they are left alone from then on."""

    drs: DrsPort
    busy: dict[Target, Finding] = field(default_factory=dict)

    def ask(self, server: ServerKey) -> _Answer:
        """What it was told of the server."""
        if server.target in self.busy:
            return self.busy[server.target]
        try:
            return self.drs.launch_settings(server.target, server.source_server_id)
        except (CrossAccountError, DrsServiceError) as error:
            if is_out_of_patience():
                return None
            obstacle = obstacle_of(server.target, error)
            if obstacle.reason is FindingReason.THROTTLED:
                self.busy[server.target] = obstacle
            return obstacle


def prepared_findings(
    places: Sequence[PreparedPlace],
    rows: Iterable[TemporarySettings],
    drs: DrsPort,
    *,
    workers: int,
    patience: float,
) -> Iterator[Finding]:
    """Every server that would take a prepared instance, or may end one, without its group's saying so.

    Where DRS must be asked for that, within so many real seconds. Of what an execution has told it the `rows` tell what
    it was told before: nobody is launched into an instance before that is restored.
    """
    known: dict[ServerKey, _Answer] = {row.server: _settings_before(row) for row in rows if LAUNCH_INTO in row.put}
    asked = {place.target: [place.key(server_id) for server_id in place.asked] for place in places}
    asking = _Asking(drs)
    answers = known | answers_of(
        {key: partial(asking.ask, key) for key in _in_turn(asked.values()) if key not in known},
        workers=workers,
        seconds=patience,
    )
    for place in places:
        yield from _launched_into_before(place)
        yield from _told_by_others(place, {key.source_server_id: answers.get(key) for key in asked[place.target]})


def unread_prepared(obstacle: Finding, server_ids: Sequence[str]) -> Finding:
    """Of a place that does not tell what was prepared there."""
    words = f"whether launches of {counted(len(server_ids), 'server')} take or end instances that somebody has prepared"
    return obstacle.model_copy(
        update={
            "code": UNREAD,
            "outcome": Outcome.UNKNOWN,
            "message": f"{words} could not be looked up: {obstacle.message}",
            "server_ids": tuple(server_ids),
        }
    )


def copied_tags(
    configs: Mapping[ServerKey, EffectiveConfig], servers: Mapping[ServerKey, SourceServer]
) -> list[Finding]:
    """A warning where a launch copies the tag to what it makes, by which others take that for prepared."""
    by_place: dict[Target, list[str]] = {}
    for key, server in sorted(servers.items()):
        config = configs.get(key)
        if server.tags.get(TAG) == ALLOWED and config is not None and config.settings.get("copyTags"):
            by_place.setdefault(key.target, []).append(key.source_server_id)
    return [_tag_copied(target, [servers[key_in(target, each)] for each in ids]) for target, ids in by_place.items()]


def _tag_copied(target: Target, servers: Sequence[SourceServer]) -> Finding:
    whose = first_few([one.hostname or one.source_server_id for one in servers], str, most=_NAMED, apart=", ")
    message = (
        f"the tag {TAG} of {counted(len(servers), 'source server')} in {target} is copied to what a launch makes, as "
        f"if servers might be launched into that: {whose}; take it off in DRS, or set copyTags to false"
    )
    ids = tuple(one.source_server_id for one in servers)
    return warning_at(target, CODE, message, reason=FindingReason.TAG_COPIED, server_ids=ids)


def _settings_before(row: TemporarySettings) -> LaunchSettings:
    """What DRS launches the server into once that is restored."""
    return LaunchSettings(source_server_id=row.server.source_server_id, launch_into=told_instance(row.before))


def _in_turn(places: Iterable[Sequence[ServerKey]]) -> list[ServerKey]:
    """The servers of all places, the first of each before the second of any."""
    numbered = [(number, key) for keys in places for number, key in enumerate(keys)]
    return [key for _, key in sorted(numbered)]


def _launched_into_before(place: PreparedPlace) -> Iterator[Finding]:
    kept = {server_id: one for server_id, one in place.left.items() if place.into.get(server_id) != one}
    if kept:
        message = (
            f"the recovery instances of {_words(place, kept)} carry the tag by which their owners let DRS launch into "
            "them, and nothing tells that a launch made them: DRS may end them when it launches these servers anew. "
            "Disconnect and delete their recovery instances in DRS, or have the servers launched into them again"
        )
        yield _failed(place.target, message, FindingReason.LAUNCHED_INTO_BEFORE, kept)


def _told_by_others(place: PreparedPlace, told: Mapping[str, _Answer]) -> Iterator[Finding]:
    into = {
        server_id: answer.launch_into
        for server_id, answer in told.items()
        if isinstance(answer, LaunchSettings) and answer.launch_into is not None
    }
    if into:
        message = (
            f"DRS was told to launch {_words(place, into)}, of which no group says anything; their volumes would be "
            "replaced: say it in the settings of these servers here, or take it out in DRS"
        )
        yield _failed(place.target, message, FindingReason.TOLD_BY_OTHERS, into)
    unread = {server_id: answer for server_id, answer in told.items() if not isinstance(answer, LaunchSettings)}
    if unread:
        yield _unread(place.target, unread)


def _unread(target: Target, servers: Mapping[str, Finding | None]) -> Finding:
    why = next((answer for answer in servers.values() if answer is not None), None)
    message = (
        f"whether DRS was told to launch {counted(len(servers), 'server')} in {target} into instances that somebody "
        f"has prepared there is not known: {why.message if why else 'there was no time to ask'}"
    )
    reason = why.reason if why else FindingReason.NO_ANSWER
    return unknown_at(target, UNREAD, message, reason=reason, server_ids=tuple(servers))


def _words(place: PreparedPlace, instances: Mapping[str, str]) -> str:
    """The servers, each with its instance."""
    pairs = [f"{place.names[server_id] or server_id} into {one}" for server_id, one in instances.items()]
    return f"{first_few(pairs, str, most=_NAMED, apart=', ')} in {place.target}"


def _failed(target: Target, message: str, reason: FindingReason, instances: Mapping[str, str]) -> Finding:
    details = {"instances": dict(instances)}
    return failure_at(target, CODE, message, reason=reason, server_ids=tuple(instances), details=details)
