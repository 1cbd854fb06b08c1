"""Instances that outlive their termination: how often they are called for, and what two reads prove of the others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.engine.survivors import (
    NAMED,
    due_at,
    gone,
    has_agreed,
    has_progressed,
    is_over,
    outlived,
    place_left,
    reasons_of,
    retry_after,
    survivor_lines,
    unread_words,
    with_unread,
)
from shared.models.drs import JobLogEntry, RecoveryInstance
from shared.models.server_record import LaunchStatus, ServerRecord
from shared.models.termination import PlaceLeft
from tests.support.stage import START, TARGET, server_key


def server(number: int = 1, launch: LaunchStatus = LaunchStatus.LAUNCHED) -> ServerRecord:
    return ServerRecord(
        execution_id="e",
        plan_id="p",
        wave_number=0,
        server=server_key(number),
        launch=launch,
        recovery_point=START,
        updated_at=START,
    )


def survivor(number: int = 1, *, tries: int = 1, reason: str = "protected") -> ServerRecord:
    record = server(number)
    for _ in range(tries):
        record = outlived(record, 1, instance_id=f"i-{number:02d}", reason=reason, now=START)
    return record


def instances(*ids: str) -> list[RecoveryInstance]:
    return [RecoveryInstance(recovery_instance_id=one, ec2_instance_id=one) for one in ids]


@pytest.mark.parametrize(("tries", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (7, 30), (500, 30)])
def test_each_further_try_comes_later_but_not_later_than_half_an_hour(tries: int, minutes: int) -> None:
    assert retry_after(tries) == timedelta(minutes=minutes)


def test_another_termination_begins_to_count_anew() -> None:
    record = survivor(tries=5)

    again = outlived(record, 2, instance_id="i-01", reason="protected", now=START)

    assert due_at(record, 1) == START + timedelta(minutes=16)
    assert due_at(record, 2) is None
    assert due_at(again, 2) == START + timedelta(minutes=1)


def test_a_server_that_is_gone_is_terminated_and_survives_no_more() -> None:
    failed = survivor(2).model_copy(update={"launch": LaunchStatus.FAILED})

    changed = gone([survivor(1), failed, server(3, LaunchStatus.FAILED)], START)

    assert [(one.launch, one.survival, one.is_let_go) for one in changed] == [
        (LaunchStatus.TERMINATED, None, True),
        (LaunchStatus.FAILED, None, True),
        (LaunchStatus.FAILED, None, True),
    ]
    assert gone(changed, START) == []


def test_tries_are_those_of_the_instance_that_is_named() -> None:
    again = outlived(survivor(tries=5), 1, instance_id="i-02", reason="protected", now=START)

    assert again.survival is not None
    assert (again.survival.instance_id, again.survival.tries) == ("i-02", 1)


def test_two_quiet_reads_of_the_same_instances_agree_once() -> None:
    first = place_left(None, instances("i-1"), is_quiet=True)
    second = place_left(first, instances("i-1"), is_quiet=True)
    freed = place_left(second.model_copy(update={"is_freed": True}), instances("i-1"), is_quiet=True)

    assert not has_agreed(None, first)
    assert has_agreed(first, second)
    assert not has_agreed(second, freed)


@pytest.mark.parametrize(
    ("before", "after", "is_quiet"),
    [(("i-1", "i-2"), ("i-1",), True), (("i-1",), ("i-2",), True), (("i-1",), ("i-1",), False)],
)
def test_reads_that_differ_or_are_not_quiet_agree_on_nothing(
    before: tuple[str, ...], after: tuple[str, ...], is_quiet: bool
) -> None:
    first = place_left(None, instances(*before), is_quiet=True)

    assert not has_agreed(first, place_left(first, instances(*after), is_quiet=is_quiet))


def test_fewer_than_ever_is_progress_and_as_many_again_is_none() -> None:
    known = {"a": PlaceLeft(fewest=2)}

    assert has_progressed(known, {"a": PlaceLeft(fewest=1)})
    assert has_progressed(known, {"b": PlaceLeft(fewest=5)})
    assert not has_progressed(known, {"a": place_left(known["a"], instances("1", "2", "3"), is_quiet=True)})
    assert not has_progressed(known, {})


def test_six_hours_without_progress_are_the_end() -> None:
    assert not is_over(START, START + timedelta(hours=6) - timedelta(seconds=1))
    assert is_over(START, START + timedelta(hours=6))


def test_the_last_word_of_the_log_about_a_server_is_its_reason() -> None:
    def line(server_id: str | None, error: str | None) -> JobLogEntry:
        return JobLogEntry(time=START, event="CLEANUP_FAIL", source_server_id=server_id, raw_error=error)

    assert reasons_of([line("s-1", "busy"), line("s-1", "protected"), line(None, "odd"), line("s-2", None)]) == {
        "s-1": "protected"
    }


def test_jobs_of_which_nobody_may_read_whose_they_are_are_named_but_not_endlessly() -> None:
    many = with_unread(PlaceLeft(fewest=0), [f"drsjob-{number}" for number in range(NAMED + 2)])

    words = unread_words({"a": many, "b": PlaceLeft(fewest=0), "c": with_unread(PlaceLeft(fewest=0), ["drsjob-x"])})

    assert words.startswith("look at what was launched by job drsjob-0, job drsjob-1, ")
    assert words.endswith(" and 2 more in a; job drsjob-x in c, for nobody may read whose that is")
    assert unread_words({"b": PlaceLeft(fewest=0)}) == ""


def test_a_sentence_names_the_instances_of_one_reason_but_not_endlessly() -> None:
    many = [survivor(number) for number in range(1, NAMED + 3)]

    [line, other] = survivor_lines(TARGET, [*many, survivor(50, reason="zone is closed")])

    assert line.startswith(f"{TARGET}: i-01 of ")
    assert line.endswith(" and 2 more could not be terminated: protected")
    assert "i-50" in other
