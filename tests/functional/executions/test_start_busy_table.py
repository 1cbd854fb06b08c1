"""A start whose first write meets a busy table: it is patient, and it leaves nothing if it gives up."""

from collections.abc import Sequence

import pytest

from shared.stores.table import Throttled, Write
from tests.functional.executions.test_start_broken_off import furnished, start
from tests.support.tampered_table import TamperedTable


def busy_at_first(number: int) -> None:
    if number == 0:
        raise Throttled("busy")


def busy_before(number: int, _writes: Sequence[Write]) -> None:
    busy_at_first(number)


@pytest.mark.parametrize("is_written", [False, True])
def test_a_header_that_a_busy_table_does_not_take_or_does_not_confirm_is_written_again(is_written: bool) -> None:
    room = furnished()
    after = TamperedTable(room.history, after=busy_at_first)
    table = after if is_written else TamperedTable(room.history, before=busy_before)

    answer = start(room, table)

    assert answer["status"] == "PENDING"
    assert [header.execution_id for header in room.headers()] == [answer["executionId"]]


def test_a_start_whose_header_is_never_confirmed_leaves_no_row() -> None:
    room = furnished()

    def unconfirmed(number: int) -> None:
        if number == 0:
            room.clock.advance(26)
        busy_at_first(number)

    answer = start(room, TamperedTable(room.history, after=unconfirmed))

    assert answer["error"] == "THROTTLED"
    assert room.rows() == []
