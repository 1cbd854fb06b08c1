"""Room in an account and region: DRS counts jobs at once and servers in all jobs, for everybody together.

Who finds none takes a ticket. Room is given in the order of the tickets: whoever comes later is admitted only if those
before would find room all the same. After a call each ticket has its turn to call, one `stagger` after the other; when
the last of these is past nobody waits for those before, who look when they look: they find their room all the same, a
`stagger` after the call of whoever came first. A chunk that must wait is never cut.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.drs_limits import DrsQuotas, room_taken
from shared.engine.bounds import POLL_SECONDS
from shared.models.drs import JobListing
from shared.models.quota import QuotaRow, Reservation, Ticket

RENEWAL: Final = timedelta(seconds=60)
"""How old a ticket may be before it is written anew: a third of its life."""

LONGEST_QUEUE: Final = 64
"""More tickets would make the row larger than 16 KB (engine.md, 9); who finds the queue full asks again."""


@dataclass(frozen=True)
class Asked:
    """One call that needs room: whose it is, how many servers it has, and whether `more` of theirs wait after it."""

    holder: str
    reservation_id: str
    execution_id: str
    server_count: int
    more: bool = False


@dataclass(frozen=True)
class Spacing:
    """Between two calls lies a `stagger`, if any; a ticket that was not renewed for its life is passed over."""

    stagger: timedelta
    ticket_life: timedelta


@dataclass(frozen=True)
class Admission:
    """The row as it is to be written, and whether it holds the room that was asked for.

    If not: why there is none (nothing, if only the spacing keeps the call back), and in how many seconds to ask again.
    """

    row: QuotaRow
    is_granted: bool
    reason: str = ""
    wait_seconds: int = 0
    is_as_stored: bool = False
    """The row needs no write."""


def admit(
    row: QuotaRow, listing: JobListing, asked: Asked, *, limits: DrsQuotas, spacing: Spacing, now: datetime
) -> Admission:
    """Reserve the room of one call, if jobs that are not ours, all reservations and those before it leave it."""
    queue = [ticket for ticket in row.tickets if now - ticket.renewed_at < spacing.ticket_life]
    place = next((place for place, ticket in enumerate(queue) if ticket.holder == asked.holder), len(queue))
    reason = _why_no_room(row, listing, queue[:place], asked, limits)
    if reason:
        return _queued(row, queue, place, asked, now, reason=reason, wait_seconds=POLL_SECONDS)
    if spacing.stagger and row.next_call_at is not None:
        turn = row.next_call_at + place * spacing.stagger
        if now < turn:
            seconds = max(1, math.ceil((turn - now).total_seconds()))
            return _queued(row, queue, place, asked, now, wait_seconds=seconds)
    return Admission(_granted(row, queue, asked, spacing, now), is_granted=True)


def without_ticket(row: QuotaRow, holder: str) -> QuotaRow:
    """The row after somebody has left the queue."""
    return row.model_copy(update={"tickets": tuple(ticket for ticket in row.tickets if ticket.holder != holder)})


def without_reservation(row: QuotaRow, reservation_id: str) -> QuotaRow:
    """The row after that room is given back."""
    left = tuple(one for one in row.reservations if one.reservation_id != reservation_id)
    return row.model_copy(update={"reservations": left})


def without_call(row: QuotaRow, reservation_id: str, stagger: timedelta) -> QuotaRow:
    """The row after a call that started nothing: nobody waits on its account, but on that of one who called since."""
    taken_at = next((one.taken_at for one in row.reservations if one.reservation_id == reservation_id), None)
    left = without_reservation(row, reservation_id)
    if taken_at is None or row.next_call_at != taken_at + stagger:
        return left
    return left.model_copy(update={"next_call_at": None})


def _why_no_room(row: QuotaRow, listing: JobListing, ahead: Sequence[Ticket], asked: Asked, limits: DrsQuotas) -> str:
    """In words that stay the same while it waits: each change of them is a line of the timeline."""
    jobs, servers = room_taken(listing.jobs, row.reservations, limits)
    before = "; others wait before it" if ahead else ""
    if jobs + len(ahead) + 1 > limits.jobs_at_once:
        return f"{row.target}: all {limits.jobs_at_once} jobs at once are taken{before}"
    limit = limits.servers_in_all_jobs
    if servers + sum(ticket.server_count for ticket in ahead) + asked.server_count > limit:
        return f"{row.target}: of {limit} servers in all jobs too many are taken for {asked.server_count} more{before}"
    return ""


def _queued(
    row: QuotaRow,
    queue: list[Ticket],
    place: int,
    asked: Asked,
    now: datetime,
    *,
    reason: str = "",
    wait_seconds: int,
) -> Admission:
    """Keep the place in the queue, or take the last; a ticket that is fresh and says the same is left as it is."""
    refused = Admission(row, is_granted=False, reason=reason, wait_seconds=wait_seconds, is_as_stored=True)
    if place == len(queue) >= LONGEST_QUEUE:
        return refused
    if any(
        ticket.server_count == asked.server_count and now - ticket.renewed_at < RENEWAL
        for ticket in queue[place : place + 1]
    ):
        return refused
    queue[place : place + 1] = [Ticket(holder=asked.holder, server_count=asked.server_count, renewed_at=now)]
    written = row.model_copy(update={"tickets": tuple(queue), "version": row.version + 1})
    return replace(refused, row=written, is_as_stored=False)


def _granted(row: QuotaRow, queue: Sequence[Ticket], asked: Asked, spacing: Spacing, now: datetime) -> QuotaRow:
    """The row with the reservation; who has more to call goes to the end of the queue."""
    others = tuple(ticket for ticket in queue if ticket.holder != asked.holder)
    again = (Ticket(holder=asked.holder, server_count=asked.server_count, renewed_at=now),) if asked.more else ()
    reservation = Reservation(
        reservation_id=asked.reservation_id,
        execution_id=asked.execution_id,
        server_count=asked.server_count,
        taken_at=now,
    )
    return row.model_copy(
        update={
            "reservations": (*row.reservations, reservation),
            "tickets": (*others, *again),
            "next_call_at": now + spacing.stagger if spacing.stagger else row.next_call_at,
            "version": row.version + 1,
        }
    )
