"""Who waits is answered in time, whoever stays silent; where nobody waits a question takes the time that it takes."""

import threading

import pytest

from shared.patience import (
    READ_SECONDS,
    OutOfPatienceError,
    answer_of,
    answers_of,
    is_out_of_patience,
    measured_by,
    part_of_patience,
    patience,
    patience_left,
    somebody_waits,
)
from tests.support.silence import Silence

MOMENT = 0.05


def test_whoever_waits_is_not_kept_by_a_question_without_an_answer(silence: Silence) -> None:
    with somebody_waits(MOMENT), pytest.raises(OutOfPatienceError):
        answer_of(silence.hold)


def test_where_nobody_waits_a_question_is_asked_in_its_own_thread_and_takes_its_time() -> None:
    with patience(0):
        assert answer_of(threading.get_ident) == threading.get_ident()


def test_an_answer_and_a_refusal_reach_whoever_waits() -> None:
    def refuse() -> None:
        raise KeyError("no")

    with somebody_waits(60):
        assert answer_of(lambda: "yes") == "yes"
        with pytest.raises(KeyError, match="no"):
            answer_of(refuse)


def test_a_shorter_patience_within_a_call_is_waited_for_no_longer_either(silence: Silence) -> None:
    with somebody_waits(60), patience(MOMENT), pytest.raises(OutOfPatienceError):
        answer_of(silence.hold)


def test_a_longer_wait_does_not_lengthen_the_one_around_it_unless_it_begins_anew() -> None:
    with somebody_waits(0):
        with somebody_waits(60):
            assert is_out_of_patience()
        with somebody_waits(60, anew=True):
            assert not is_out_of_patience()
        assert is_out_of_patience()


def test_without_a_patience_nothing_is_over() -> None:
    assert patience_left() is None
    assert not is_out_of_patience()


def test_of_questions_asked_side_by_side_those_are_answered_that_are_not_silent(silence: Silence) -> None:
    questions = {"silent": silence.hold, "loud": lambda: None, "late": lambda: None}

    with somebody_waits(60):
        answers = answers_of(questions, workers=2, seconds=2)

    assert answers == {"loud": None, "late": None}


def test_what_is_no_longer_waited_for_has_no_more_patience_than_whoever_waited(silence: Silence) -> None:
    left: list[float | None] = []
    begun = threading.Event()

    def ask() -> None:
        left.append(patience_left())
        begun.set()
        silence.hold()

    with somebody_waits(60):
        assert answers_of({1: ask}, workers=1, seconds=1) == {}

    assert begun.is_set()
    assert left[0] is not None
    assert left[0] <= 1


def test_a_question_within_one_that_is_waited_for_needs_no_thread_of_its_own() -> None:
    def ask() -> bool:
        return answer_of(threading.get_ident) == threading.get_ident()

    with somebody_waits(60):
        assert answers_of({1: ask}, workers=1, seconds=60) == {1: True}


def test_each_of_several_questions_leaves_half_of_the_time_and_the_last_takes_all() -> None:
    assert part_of_patience(is_last=True) == READ_SECONDS
    with patience(40):
        assert 19 < part_of_patience(is_last=False) <= 20
        assert 39 < part_of_patience(is_last=True) <= 40
    with patience(0):
        assert part_of_patience(is_last=True) == 0


def test_patience_may_go_by_other_seconds_than_those_of_the_machine() -> None:
    told = [0.0]

    with measured_by(lambda: told[0]), patience(10):
        told[0] = 8.0
        assert patience_left() == 2.0
        told[0] = 10.0
        assert is_out_of_patience()
