"""The queue for room in an account and region: in order, never cut, and nobody is left behind."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.drs_limits import DOCUMENTED
from shared.engine.admission import LONGEST_QUEUE, Admission, Asked, Spacing, admit
from shared.models.drs import Job, JobListing, JobStatus, JobType, Participant
from shared.models.quota import QuotaRow
from shared.models.targets import Target

TARGET = Target(account_id="111122223333", region="us-west-2")
NOW = datetime(2026, 1, 29, 3, 0, tzinfo=UTC)
SPACING = Spacing(stagger=timedelta(seconds=15), ticket_life=timedelta(seconds=180))
AT_ONCE = Spacing(stagger=timedelta(), ticket_life=timedelta(seconds=180))


def asked(who: str, servers: int = 1, *, more: bool = False) -> Asked:
    return Asked(holder=who, reservation_id=f"{who}-{servers}", execution_id=who, server_count=servers, more=more)


def foreign(jobs: int = 0, servers_each: int = 1) -> JobListing:
    participants = tuple(Participant(source_server_id=f"s-{number:017d}") for number in range(servers_each))
    return JobListing(
        began_at=NOW,
        jobs=tuple(
            Job(job_id=f"j{number}", type=JobType.LAUNCH, status=JobStatus.STARTED, participants=participants)
            for number in range(jobs)
        ),
    )


@dataclass
class Room:
    """One row over time."""

    spacing: Spacing = SPACING
    listing: JobListing = field(default_factory=foreign)
    row: QuotaRow = field(default_factory=lambda: QuotaRow(target=TARGET))
    now: datetime = NOW

    def ask(self, who: str, servers: int = 1, *, after: float = 0, more: bool = False) -> Admission:
        self.now += timedelta(seconds=after)
        answer = admit(
            self.row,
            self.listing,
            asked(who, servers, more=more),
            limits=DOCUMENTED,
            spacing=self.spacing,
            now=self.now,
        )
        assert answer.row.version == self.row.version + (not answer.is_as_stored)
        self.row = answer.row
        return answer

    def free(self, who: str) -> None:
        left = tuple(one for one in self.row.reservations if one.execution_id != who)
        self.row = self.row.model_copy(update={"reservations": left})

    @property
    def queue(self) -> list[str]:
        return [ticket.holder for ticket in self.row.tickets]


def test_where_nobody_waits_room_is_given_without_a_ticket() -> None:
    room = Room()

    assert room.ask("a").is_granted
    assert room.queue == []
    assert [one.server_count for one in room.row.reservations] == [1]


def test_two_calls_are_a_stagger_apart_and_whoever_waits_for_that_only_has_no_obstacle() -> None:
    room = Room()
    room.ask("a", more=True)

    held_back = room.ask("a", after=1)

    assert (held_back.is_granted, held_back.reason, held_back.wait_seconds) == (False, "", 14)
    assert held_back.is_as_stored, "the ticket of the call before is good"
    assert room.ask("a", after=14).is_granted


def test_who_has_more_to_launch_goes_to_the_end_of_the_queue_after_each_call() -> None:
    room = Room(spacing=AT_ONCE)
    room.listing = foreign(20)
    room.ask("a", more=True)
    room.ask("b", more=True)
    assert room.queue == ["a", "b"]
    room.listing = foreign()

    assert room.ask("a", more=True).is_granted
    assert room.queue == ["b", "a"]
    assert room.ask("b").is_granted
    assert room.queue == ["a"]


def test_a_chunk_that_finds_no_room_is_not_overtaken_by_a_small_one_that_would() -> None:
    room = Room(spacing=AT_ONCE, listing=foreign(5, 90))

    big = room.ask("big", 100)
    small = room.ask("small", 10)

    assert not big.is_granted
    assert big.reason.endswith("of 500 servers in all jobs too many are taken for 100 more")
    assert not small.is_granted
    assert small.reason.endswith("; others wait before it")


def test_whoever_comes_later_is_admitted_where_those_before_find_room_all_the_same() -> None:
    room = Room(spacing=AT_ONCE, listing=foreign(20))
    room.ask("first", 100)
    room.listing = foreign()

    assert room.ask("second", 100).is_granted


def test_those_before_have_their_turn_to_call_first() -> None:
    room = Room()
    room.ask("a")
    assert room.ask("b", after=1).wait_seconds == 14
    assert room.ask("c", after=1).wait_seconds == 13 + 15

    assert not room.ask("c", after=13).is_granted
    assert room.ask("b").is_granted
    assert room.ask("c", after=15).is_granted


def test_when_no_turn_is_left_who_looks_first_calls_first_and_who_waits_longer_loses_a_stagger_and_no_room() -> None:
    room = Room(listing=foreign(20))
    room.ask("first", 100)
    room.ask("second", 100, after=10)
    room.ask("third", 100, after=1)
    room.listing = foreign(18)

    assert room.ask("third", 100, after=5).reason, "there is room for two only"
    room.listing = foreign(17)
    assert room.ask("third", 100).is_granted
    assert room.ask("second", 100, after=1).wait_seconds == 14 + 15
    assert room.ask("first", 100, after=1).wait_seconds == 13
    assert room.ask("first", 100, after=13).is_granted


def test_a_ticket_that_nobody_renews_is_passed_over() -> None:
    room = Room(spacing=AT_ONCE, listing=foreign(5, 90))
    room.ask("gone", 100)

    assert not room.ask("here", 10, after=179).is_granted
    assert room.ask("here", 10, after=1).is_granted
    assert room.queue == []


def test_a_ticket_is_renewed_once_a_minute_and_keeps_its_place() -> None:
    room = Room(spacing=AT_ONCE, listing=foreign(20))
    room.ask("a")
    room.ask("b")

    assert room.ask("a", after=59).is_as_stored
    assert not room.ask("a", after=1).is_as_stored
    assert room.queue == ["a", "b"]


def test_a_termination_neither_waits_for_the_pace_of_launches_nor_sets_it() -> None:
    room = Room()
    room.ask("a")
    next_call = room.row.next_call_at
    room.spacing = AT_ONCE

    assert room.ask("termination", 100).is_granted
    assert room.row.next_call_at == next_call


def test_the_queue_and_its_row_stay_small() -> None:
    room = Room(spacing=AT_ONCE, listing=foreign(20))
    for number in range(LONGEST_QUEUE + 10):
        assert not room.ask(f"exec-{number:026d}", 100).is_granted
    room.listing = foreign()
    for number in range(20):
        room.ask(f"exec-{number:026d}", 1)

    row = room.row.model_copy(
        update={
            "reservations": tuple(
                one.model_copy(
                    update={"job_id": "drsjob-" + "0" * 17, "reservation_id": f"{one.execution_id}-10000-20"}
                )
                for one in room.row.reservations
            )
        }
    )
    assert len(room.queue) <= LONGEST_QUEUE
    assert len(row.model_dump_json(by_alias=True)) < 16 * 1024


@given(
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=12),
    widths=st.lists(st.integers(1, 100), min_size=2, max_size=12),
    job_seconds=st.integers(30, 900),
    rng=st.randoms(use_true_random=False),
)
def test_everybody_gets_all_room_asked_for_in_time_and_the_quotas_hold(
    sizes: list[int], widths: list[int], job_seconds: int, rng: random.Random
) -> None:
    left = {f"e{index}": chunks for index, chunks in enumerate(sizes)}
    width = {f"e{index}": widths[index % len(widths)] for index in range(len(sizes))}
    next_try = {who: float(index) for index, who in enumerate(left)}
    running: list[tuple[float, str]] = []
    room, clock = Room(), 0.0
    waited: dict[str, int] = dict.fromkeys(left, 0)
    while any(left.values()):
        who = min((one for one in left if left[one]), key=lambda one: (next_try[one], rng.random()))
        clock = max(clock, next_try[who])
        for ended, reservation in [one for one in running if one[0] <= clock]:
            running.remove((ended, reservation))
            kept = tuple(one for one in room.row.reservations if one.reservation_id != reservation)
            room.row = room.row.model_copy(update={"reservations": kept})
        room.now = NOW + timedelta(seconds=clock)
        answer = admit(
            room.row,
            room.listing,
            Asked(who, f"{who}-{left[who]}", who, width[who], more=left[who] > 1),
            limits=DOCUMENTED,
            spacing=SPACING,
            now=room.now,
        )
        room.row = answer.row
        if answer.is_granted:
            running.append((clock + job_seconds, f"{who}-{left[who]}"))
            left[who] -= 1
            next_try[who], waited[who] = clock + 1, 0
        else:
            next_try[who] = clock + answer.wait_seconds
            waited[who] += 1
            assert waited[who] < 200, f"{who} starves in {room.row}"
        held = room.row.reservations
        assert len(held) <= DOCUMENTED.jobs_at_once
        assert sum(one.server_count for one in held) <= DOCUMENTED.servers_in_all_jobs
