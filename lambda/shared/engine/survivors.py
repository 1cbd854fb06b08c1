"""Instances that outlive their termination: when they are called for again, what is said of them, and when it ends."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2s
from typing import Final

from shared.engine.bounds import LONGEST_TERMINATION_RETRY, TERMINATION_PATIENCE, TERMINATION_RETRY
from shared.engine.texts import SERVER_REASON, shortened
from shared.models.drs import JobLogEntry, RecoveryInstance
from shared.models.server_record import LaunchStatus, ServerRecord, Survival
from shared.models.targets import Target
from shared.models.termination import PlaceLeft

NAMED: Final = 10
"""So many instances of one account, region and reason a sentence names."""

GIVEN_UP: Final = (
    f"given up, because nothing changed for {TERMINATION_PATIENCE // timedelta(hours=1)} hours; "
    "mend the cause and terminate again"
)


def retry_after(tries: int) -> timedelta:
    """How long nobody calls for an instance that has outlived so many calls: 1, 2, 4, 8, 16, then 30 minutes."""
    return min(TERMINATION_RETRY * (1 << min(tries - 1, 10)), LONGEST_TERMINATION_RETRY)


def due_at(server: ServerRecord | None, number: int) -> datetime | None:
    """When the server's instance may be called for again by this termination; None if it never outlived its call."""
    if server is None or server.survival is None or server.survival.number != number:
        return None
    return server.survival.seen_at + retry_after(server.survival.tries)


def outlived(server: ServerRecord, number: int, *, instance_id: str, reason: str, now: datetime) -> ServerRecord:
    """The record of a server whose instance is still there after a call of this termination."""
    before = server.survival if server.survival and server.survival.number == number else None
    survival = Survival(
        number=number,
        tries=(before.tries if before else 0) + 1,
        seen_at=now,
        instance_id=instance_id,
        reason=shortened(reason, SERVER_REASON),
    )
    return server.model_copy(update={"survival": survival, "updated_at": now})


def gone(servers: Iterable[ServerRecord], now: datetime) -> list[ServerRecord]:
    """The records that change because the instances of these servers are gone."""
    return [
        server.model_copy(
            update={
                "launch": LaunchStatus.TERMINATED,
                "launch_reason": "terminated after the execution",
                "survival": None,
                "updated_at": now,
            }
            if server.launch is LaunchStatus.LAUNCHED
            else {"survival": None, "updated_at": now}
        )
        for server in servers
        if server.launch is LaunchStatus.LAUNCHED or server.survival is not None
    ]


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
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def place_left(
    before: PlaceLeft | None, instances: Sequence[RecoveryInstance], working: Collection[str] = (), *, is_quiet: bool
) -> PlaceLeft:
    """What is left in an account and region after a complete read.

    `working` are servers that may get an instance, which the digest covers; `is_quiet` if no job that is awaited works
    there.
    """
    ids = sorted(instance.recovery_instance_id for instance in instances)
    digest = blake2s(" ".join([*ids, *sorted(working)]).encode(), digest_size=8).hexdigest() if is_quiet else ""
    return PlaceLeft(
        fewest=min(len(ids), before.fewest) if before else len(ids),
        digest=digest,
        is_freed=before is not None and before.is_freed and before.digest == digest,
        freed=before.freed if before else 0,
    )


def has_agreed(before: PlaceLeft | None, now: PlaceLeft) -> bool:
    """Whether two reads in a row, with no job of ours at work, show the same instances and none of other servers."""
    return before is not None and bool(now.digest) and before.digest == now.digest and not now.is_freed


def has_progressed(before: Mapping[str, PlaceLeft], now: Mapping[str, PlaceLeft]) -> bool:
    """Whether anywhere fewer instances are left than ever, or a place was looked at for the first time."""
    return any(place not in before or left.fewest < before[place].fewest for place, left in now.items())


def is_over(progress_at: datetime, now: datetime) -> bool:
    """Whether nothing was achieved or learnt for too long."""
    return now - progress_at >= TERMINATION_PATIENCE
