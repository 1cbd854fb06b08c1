"""Whether the servers of a plan have a snapshot to be recovered to, as far as a start has the time to find out.

With a point in time one is looked for of every server, else only of those that do not replicate: of others a launch
takes one.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from shared.aws.ports import DrsPort
from shared.engine.texts import counted
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.base import format_instant
from shared.models.drs import RecoverySnapshot
from shared.models.finding import Finding, FindingCode, FindingReason, failure_at, unknown_at
from shared.models.plan_check import ResolvedServer
from shared.models.targets import ServerKey, Target
from shared.patience import answers_of, is_out_of_patience

CHECK_SECONDS: Final = 5
"""Seconds of real time, out of those that a preflight may take (`shared.services.preflight_time`).

DRS is asked once for each server, as many as there is time for.
"""


@dataclass(frozen=True, slots=True)
class _Member:
    """A server with the first wave that recovers it."""

    wave_number: int
    found: ResolvedServer

    @property
    def target(self) -> Target:
        return self.found.server.target

    @property
    def server_id(self) -> str:
        return self.found.server.source_server_id


@dataclass(frozen=True, slots=True)
class _Missing:
    """There is no snapshot of the instant or before, or none at all; this is the oldest that there is."""

    oldest: RecoverySnapshot | None


@dataclass(frozen=True, slots=True)
class _Unread:
    reason: str


@dataclass(frozen=True, slots=True)
class _NotAsked:
    """There was no time for it, or DRS wants fewer calls."""


_Answer = RecoverySnapshot | _Missing | _Unread | _NotAsked


def check_recovery_points(
    servers_by_wave: Mapping[int, Sequence[ResolvedServer]],
    instant: datetime | None,
    drs: DrsPort,
    *,
    stale: Collection[ServerKey] = (),
    workers: int,
    seconds: float,
) -> list[Finding]:
    """A FAIL for each server that has no snapshot of the instant or before.

    `stale` are the servers that do not replicate: without an instant a FAIL for those of them that have none at all.
    UNKNOWN, by a code of its own so that nobody overrides the one with the other, are those that cannot be read and,
    counted, those of which no answer came in time. Earlier waves come first; the engine looks every server's snapshot
    up right before its launch.
    """
    members = _to_be_checked(servers_by_wave, stale if instant is None else None)
    answered = list(zip(members, _answers(members, instant, drs, workers, seconds), strict=True))
    left_out = Counter(member.target for member, answer in answered if isinstance(answer, _NotAsked))
    return [
        *(
            _nothing(member)
            if instant is None or (answer.oldest is None and member.found.server in stale)
            else _none(member, answer, instant)
            for member, answer in answered
            if isinstance(answer, _Missing)
        ),
        *_unreadable(answered),
        *(_not_checked(target, count, instant) for target, count in sorted(left_out.items())),
    ]


def _to_be_checked(
    servers_by_wave: Mapping[int, Sequence[ResolvedServer]], only: Collection[ServerKey] | None
) -> list[_Member]:
    """The servers that are asked about, each once; those of earlier waves first."""
    members = {
        found.server: _Member(number, found)
        for number, wave in sorted(servers_by_wave.items(), reverse=True)
        for found in wave
        if only is None or found.server in only
    }
    return sorted(members.values(), key=lambda one: (one.wave_number, one.found.server))


def _answers(
    members: Sequence[_Member], instant: datetime | None, drs: DrsPort, workers: int, seconds: float
) -> list[_Answer]:
    """What DRS says of each, in their order; whatever is still unanswered then is no longer waited for."""
    busy = set[Target]()
    questions = {number: partial(_ask, member, instant, drs, busy) for number, member in enumerate(members)}
    answers = answers_of(questions, workers=workers, seconds=seconds)
    return [answers.get(number, _NotAsked()) for number in questions]


def _ask(member: _Member, instant: datetime | None, drs: DrsPort, busy: set[Target]) -> _Answer:
    """`busy` are the accounts and regions in which DRS wants fewer calls: they are left alone from then on."""
    if member.target in busy:
        return _NotAsked()
    try:
        target, server_id = member.target, member.server_id
        newest = None if instant is None else drs.newest_snapshot(target, server_id, not_later_than=instant)
        oldest = None if newest is not None else drs.oldest_snapshot(target, server_id)
        return newest or (oldest if instant is None and oldest is not None else _Missing(oldest))
    except CrossAccountError as error:
        return _Unread(error.message)
    except DrsServiceError as error:
        if error.is_throttled:
            busy.add(member.target)
            return _NotAsked()
        if is_out_of_patience():
            return _NotAsked()
        return _Unread(error.message)


def _nothing(member: _Member) -> Finding:
    name = member.found.name or member.server_id
    return failure_at(
        member.target,
        FindingCode.SNAPSHOT_MISSING,
        f"server {name} ({member.server_id}) in {member.target} does not replicate, and it has no recovery snapshot at "
        "all: there is nothing to launch",
        reason=FindingReason.NOTHING_TO_LAUNCH,
        group_id=member.found.group_id,
        wave_number=member.wave_number,
        server_ids=(member.server_id,),
    )


def _none(member: _Member, answer: _Missing, instant: datetime) -> Finding:
    oldest = answer.oldest and format_instant(answer.oldest.taken_at)
    name = member.found.name or member.server_id
    return failure_at(
        member.target,
        FindingCode.SNAPSHOT_MISSING,
        f"server {name} ({member.server_id}) in {member.target} has no recovery snapshot of {format_instant(instant)} "
        f"or before: {f'its oldest is of {oldest}' if oldest else 'it has none at all'}",
        group_id=member.found.group_id,
        wave_number=member.wave_number,
        server_ids=(member.server_id,),
        details={"pointInTime": format_instant(instant)} | ({"oldestSnapshotAt": oldest} if oldest else {}),
    )


def _unreadable(answered: Sequence[tuple[_Member, _Answer]]) -> Iterator[Finding]:
    """One for each account, region and reason: where a permission is missing, it is missing for all servers."""
    by_reason: dict[tuple[Target, str], list[str]] = {}
    for member, answer in answered:
        if isinstance(answer, _Unread):
            by_reason.setdefault((member.target, answer.reason), []).append(member.server_id)
    for (target, reason), ids in sorted(by_reason.items()):
        whose = ids[0] if len(ids) == 1 else counted(len(ids), "server")
        message = f"the recovery snapshots of {whose} in {target} could not be read: {reason}"
        yield unknown_at(target, FindingCode.SNAPSHOTS_NOT_CHECKED, message, server_ids=tuple(ids))


def _not_checked(target: Target, count: int, instant: datetime | None) -> Finding:
    then = "each is launched from what it has" if instant is None else "each is looked up right before its launch"
    return unknown_at(
        target,
        FindingCode.SNAPSHOTS_NOT_CHECKED,
        f"the recovery snapshots of {counted(count, 'server')} in {target} were not checked: "
        f"{then}, and a server without one fails then",
        details={"servers": count},
    )
