"""Instances that outlive their termination: when they are called for again, what is said of them, and when it ends."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2s
from typing import Final

from shared.engine.bounds import LONGEST_TERMINATION_RETRY, TERMINATION_PATIENCE, TERMINATION_RETRY
from shared.engine.texts import SERVER_REASON, first_few, shortened
from shared.models.drs import JobLogEntry, RecoveryInstance
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord, Survival
from shared.models.targets import Target
from shared.models.termination import PlaceLeft

NAMED: Final = 10
"""So many instances of one account, region and reason a sentence names."""

LEFT: Final = "{} was there before the execution and is left as it is"

NEVER_SEEN: Final = "DRS said that it was launched, and never showed its instance"

GIVEN_UP: Final = (
    f"given up, because nothing changed for {TERMINATION_PATIENCE // timedelta(hours=1)} hours; "
    "mend the cause and terminate again"
)


def retry_after(tries: int) -> timedelta:
    """How long nobody calls for an instance that has outlived so many calls: 1, 2, 4, 8, 16, then 30 minutes."""
    return min(TERMINATION_RETRY * (1 << min(tries - 1, 10)), LONGEST_TERMINATION_RETRY)


def due_at(server: ServerRecord | None, number: int, instance_id: str | None = None) -> datetime | None:
    """When the server's instance may be called for again by this termination; None if it never outlived its call.

    With `instance_id` only if it is this one.
    """
    if server is None or server.survival is None or server.survival.number != number:
        return None
    if instance_id is not None and server.survival.instance_id != instance_id:
        return None
    return server.survival.seen_at + retry_after(server.survival.tries)


def outlived(server: ServerRecord, number: int, *, instance_id: str, reason: str, now: datetime) -> ServerRecord:
    """The record of a server whose instance is still there after a call of this termination."""
    before = server.survival
    if before is not None and (before.number, before.instance_id) != (number, instance_id):
        before = None
    survival = Survival(
        number=number,
        tries=(before.tries if before else 0) + 1,
        seen_at=now,
        instance_id=instance_id,
        reason=shortened(reason, SERVER_REASON),
    )
    return server.model_copy(update={"survival": survival, "updated_at": now})


def gone(servers: Iterable[ServerRecord], now: datetime) -> list[ServerRecord]:
    """The records that change because these servers have no instance of the execution any more."""
    return [
        server.model_copy(update={"survival": None, "is_let_go": True, "updated_at": now, **_cleaned(server)})
        for server in servers
        if not server.is_let_go or server.survival is not None or "launch" in _cleaned(server)
    ]


def _cleaned(server: ServerRecord) -> dict[str, object]:
    """Only what was there can have been terminated."""
    if server.launch is not LaunchStatus.LAUNCHED:
        return {}
    if not was_seen(server):
        return {"launch_reason": NEVER_SEEN}
    if server.into is not None and server.recovery_instance_id in (server.launch_into, server.found_into):
        return {"launch_reason": LEFT.format(server.recovery_instance_id)}
    return {"launch": LaunchStatus.TERMINATED, "launch_reason": "terminated after the execution"}


def was_seen(server: ServerRecord) -> bool:
    """Whether the execution, or a termination of it, has seen an instance of the server."""
    return _was_met(server) or server.was_found


def was_seen_of(server: ServerRecord, job_id: str) -> bool:
    """Whether the execution, or a termination of it, has seen the instance that this job has launched of the server."""
    return (server.job_id == job_id and _was_met(server)) or server.found_job_id == job_id


def _was_met(server: ServerRecord) -> bool:
    """Whether the execution has seen the instance of the server's attempt."""
    is_well = server.health is HealthStatus.HEALTHY
    return is_well or server.recovery_point is not None or server.instance_started_at is not None


def with_unseen(place: PlaceLeft, servers: Sequence[ServerRecord]) -> PlaceLeft:
    """What is left in an account and region, with the servers of which nobody has seen an instance."""
    names = [server.name or server.server.source_server_id for server in servers]
    return place.model_copy(update={"unseen": tuple(names[:NAMED]), "unseen_count": len(names)})


def with_unread(place: PlaceLeft, jobs: Sequence[str]) -> PlaceLeft:
    """What is left in an account and region, with the jobs of which nobody may read whether they are ours."""
    return place.model_copy(update={"unread": tuple(jobs[:NAMED]), "unread_count": len(jobs)})


def unread_words(places: Mapping[str, PlaceLeft]) -> str:
    """What a termination says at its end of jobs of which nobody may read whether they are ours, or nothing."""
    told = [
        f"{_some([f'job {job_id}' for job_id in left.unread], left.unread_count)} in {place}"
        for place, left in sorted(places.items())
        if left.unread_count
    ]
    return f"look at what was launched by {'; '.join(told)}, for nobody may read whose that is" if told else ""


def unseen_words(places: Mapping[str, PlaceLeft]) -> str:
    """What a termination says at its end of the servers whose instance nobody has seen, or nothing."""
    told = [
        f"{_some(left.unseen, left.unseen_count)} in {place}"
        for place, left in sorted(places.items())
        if left.unseen_count
    ]
    return f"; DRS may have launched {'; '.join(told)} and showed no instance: look for it in EC2" if told else ""


def _some(names: Sequence[str], count: int) -> str:
    """The names, and how many there are beside them."""
    more = count - len(names)
    return f"{', '.join(names)}{f' and {more} more' if more else ''}"


def reasons_of(log: Iterable[JobLogEntry]) -> dict[str, str]:
    """By server what the log of a TERMINATE job tells of a failure, the last word counts."""
    return {entry.source_server_id: entry.raw_error for entry in log if entry.source_server_id and entry.raw_error}


def survivor_lines(target: Target, survivors: Iterable[ServerRecord]) -> list[str]:
    """One sentence for each reason, with the instances that it keeps."""
    kept: dict[str, list[str]] = {}
    for one in survivors:
        if one.survival is not None:
            named = f"{one.survival.instance_id} of {one.name or one.server.source_server_id}"
            kept.setdefault(one.survival.reason, []).append(named)
    return [
        f"{target}: {_named(sorted(names))} could not be terminated: {reason}" for reason, names in sorted(kept.items())
    ]


def _named(names: Sequence[str]) -> str:
    return first_few(names, str, most=NAMED, apart=", ")


def place_left(
    before: PlaceLeft | None, instances: Sequence[RecoveryInstance], working: Collection[str] = (), *, is_quiet: bool
) -> PlaceLeft:
    """What is left in an account and region after a complete read.

    `working` are servers on which jobs work, or that may get an instance, which the digest covers; `is_quiet` if no
    other job of ours may be at work there.
    """
    ids = sorted(instance.recovery_instance_id for instance in instances)
    digest = blake2s(" ".join([*ids, *sorted(working)]).encode(), digest_size=8).hexdigest() if is_quiet else ""
    return PlaceLeft(
        fewest=min(len(ids), before.fewest) if before else len(ids),
        count=len(ids),
        digest=digest,
        is_freed=before is not None and before.is_freed and before.digest == digest,
    )


def has_agreed(before: PlaceLeft | None, now: PlaceLeft) -> bool:
    """Whether two reads in a row show the same instances, and jobs at work on the same servers, and none of others."""
    return before is not None and bool(now.digest) and before.digest == now.digest and not now.is_freed


def has_progressed(before: Mapping[str, PlaceLeft], now: Mapping[str, PlaceLeft]) -> bool:
    """Whether anywhere fewer instances are left than ever, or a place was looked at for the first time."""
    return any(place not in before or left.fewest < before[place].fewest for place, left in now.items())


def is_over(progress_at: datetime, now: datetime) -> bool:
    """Whether nothing was achieved or learnt for too long."""
    return now - progress_at >= TERMINATION_PATIENCE
